/* SPDX-License-Identifier: MIT */
/*
 * A handler gets its number, runs once a signal; sigaction returns the old one, replaces it,
 * ignores.
 */
#include "lib/contract.h"

static volatile sig_atomic_t got_a, got_b;

static void handler_a(int sig) { got_a = sig; }
static void handler_b(int sig) { got_b = sig; }

void contract_main(void)
{
	struct sigaction sa = { .sa_handler = handler_a, .sa_flags = SA_RESTART }, old;

	sigaddset(&sa.sa_mask, SIGHUP);
	CHECK_INT(sigaction(SIGUSR1, &sa, &old), 0, "install");
	CHECK(old.sa_handler == SIG_DFL, "the first old action is the default");
	raise(SIGUSR1);
	CHECK_INT(got_a, SIGUSR1, "the handler gets the number");
	sa.sa_handler = handler_b;
	CHECK_INT(sigaction(SIGUSR1, &sa, &old), 0, "replace");
	CHECK(old.sa_handler == handler_a, "the old handler is returned");
	CHECK(old.sa_flags & SA_RESTART, "with its flags");
	CHECK(sigismember(&old.sa_mask, SIGHUP) && !sigismember(&old.sa_mask, SIGUSR1),
	      "and its mask");
	got_a = 0;
	raise(SIGUSR1);
	CHECK(got_a == 0 && got_b == SIGUSR1, "only the new one runs");
	signal(SIGUSR1, SIG_IGN);
	got_b = 0;
	raise(SIGUSR1);
	CHECK_INT(got_b, 0, "an ignored signal runs nothing");
	CHECK_ERR(sigaction(SIGKILL, &sa, NULL), EINVAL, "SIGKILL cannot be caught");
	CHECK_ERR(sigaction(SIGSTOP, &sa, NULL), EINVAL, "nor SIGSTOP");
	CHECK_INT(sigaction(SIGKILL, NULL, &old), 0, "but their action can be asked for");
	CHECK_ERR(syscall(SYS_rt_sigaction, 65, NULL, NULL, 8), EINVAL, "signal 65 is EINVAL");
	CHECK_ERR(syscall(SYS_rt_sigaction, 0, NULL, NULL, 8), EINVAL, "signal 0 is EINVAL");
	CHECK_ERR(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4), EINVAL,
		  "a set size of 4 is EINVAL");
}
