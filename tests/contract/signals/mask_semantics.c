/* SPDX-License-Identifier: MIT */
/*
 * A blocked signal is held, is in sigpending, and comes at unblocking; SIGKILL and SIGSTOP do
 * not block.
 */
#include "lib/contract.h"

static volatile sig_atomic_t got;

static void on_usr1(int sig) { (void)sig; got++; }

static int inherits_mask(void *arg)
{
	sigset_t mask, pending;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	sigpending(&pending);
	return sigismember(&mask, SIGUSR1) == 1 && sigismember(&pending, SIGUSR1) == 0 ? 0 : 1;
}

static int blocks_all(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	kill(getpid(), SIGKILL);
	sleep_ms(5000);
	return 0;
}

void contract_main(void)
{
	sigset_t set, old, pending;

	on_signal(SIGUSR1, on_usr1, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_INT(sigprocmask(SIG_BLOCK, &set, &old), 0, "block");
	CHECK(!sigismember(&old, SIGUSR1), "the old mask is returned");
	raise(SIGUSR1);
	CHECK_INT(got, 0, "a blocked signal is held");
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGUSR1), "it is pending");
	CHECK_EXIT(inherits_mask, NULL, 0, "a fork inherits the mask and not what is pending");
	CHECK_INT(sigprocmask(SIG_UNBLOCK, &set, &old), 0, "unblock");
	CHECK_INT(got, 1, "it comes before sigprocmask returns");
	CHECK(sigismember(&old, SIGUSR1), "the old mask had it");
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigprocmask(SIG_SETMASK, NULL, &set);
	CHECK(!sigismember(&set, SIGKILL) && !sigismember(&set, SIGSTOP),
	      "KILL and STOP stay unblocked");
	CHECK_SIGNALLED(blocks_all, NULL, SIGKILL, "and SIGKILL ends a process that blocked all");
	CHECK_ERR(sigprocmask(99, &set, NULL), EINVAL, "an unknown operation is EINVAL");
	CHECK_ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 16), EINVAL,
		  "a set size of 16 is EINVAL");
}
