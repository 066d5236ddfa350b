/* SPDX-License-Identifier: MIT */
/*
 * A fault whose signal is blocked or ignored ends the process all the same; a queued one does
 * not.
 */
#include "lib/contract.h"

static int blocked_fault(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	return *(volatile char *)bad_pointer();
}

static int ignored_fault(void *arg)
{
	signal(SIGSEGV, SIG_IGN);
	return *(volatile char *)bad_pointer();
}

static void handler(int sig) { _exit(33); }

static int blocked_with_handler(void *arg)
{
	sigset_t all;

	on_signal(SIGSEGV, handler, 0);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	return *(volatile char *)bad_pointer();
}

static void faulting(int sig) { (void)*(volatile char *)bad_pointer(); }

static int fault_in_handler(void *arg)
{
	on_signal(SIGSEGV, faulting, 0);
	return *(volatile char *)bad_pointer();
}

static int killed_while_blocked(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	kill(getpid(), SIGSEGV);
	return 5;
}

static int killed_while_ignored(void *arg)
{
	signal(SIGSEGV, SIG_IGN);
	kill(getpid(), SIGSEGV);
	return 6;
}

void contract_main(void)
{
	CHECK_SIGNALLED(blocked_fault, NULL, SIGSEGV, "a fault with SIGSEGV blocked");
	CHECK_SIGNALLED(ignored_fault, NULL, SIGSEGV, "a fault with SIGSEGV ignored");
	CHECK_SIGNALLED(blocked_with_handler, NULL, SIGSEGV,
			"a fault with SIGSEGV blocked and caught");
	CHECK_SIGNALLED(fault_in_handler, NULL, SIGSEGV, "a fault in the handler of SIGSEGV");
	CHECK_EXIT(killed_while_blocked, NULL, 5, "a SIGSEGV that is sent stays blocked");
	CHECK_EXIT(killed_while_ignored, NULL, 6, "and stays ignored");
}
