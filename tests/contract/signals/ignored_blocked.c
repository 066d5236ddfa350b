/* SPDX-License-Identifier: MIT */
/*
 * A signal whose action is ignore is dropped even when blocked; setting SIG_IGN drops what is
 * pending.
 */
#include "lib/contract.h"

static volatile sig_atomic_t got;

static void handler(int sig) { (void)sig; got++; }

void contract_main(void)
{
	sigset_t set, pending;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGURG);
	sigprocmask(SIG_BLOCK, &set, NULL);
	on_signal(SIGUSR1, handler, 0);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	sigpending(&pending);
	CHECK(!sigismember(&pending, SIGUSR1), "SIG_IGN discards a pending signal");
	raise(SIGUSR1);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGUSR1),
	      "a blocked signal is queued although it is ignored now");
	signal(SIGUSR1, SIG_DFL);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGUSR1),
	      "SIG_DFL keeps it for a signal that would end the process");
	signal(SIGUSR1, SIG_IGN);
	raise(SIGURG);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGURG), "so is one that the default ignores");
	on_signal(SIGURG, handler, 0);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_INT(got, 1, "and a handler installed later gets it");
	raise(SIGURG);
	CHECK_INT(got, 2, "unblocked it comes at once");
	signal(SIGURG, SIG_DFL);
	raise(SIGURG);
	on_signal(SIGURG, handler, 0);
	CHECK_INT(got, 2, "unblocked and ignored by default it is lost");
}
