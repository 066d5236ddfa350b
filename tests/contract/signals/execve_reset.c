/* SPDX-License-Identifier: MIT */
/*
 * execve: caught signals return to default, ignored ones stay, mask and pending stay, but for those of POSIX timers;
 * alternate stack goes.
 */
#include "lib/contract.h"

static void handler(int sig) { (void)sig; }

int contract_role(const char *role, int argc, char **argv)
{
	struct sigaction sa;
	sigset_t mask, pending;
	stack_t ss;

	sigaction(SIGUSR1, NULL, &sa);
	if (sa.sa_handler != SIG_DFL)
		return 1;
	sigaction(SIGUSR2, NULL, &sa);
	if (sa.sa_handler != SIG_IGN)
		return 2;
	sigaction(SIGCHLD, NULL, &sa);
	if (sa.sa_handler != (argv[2][0] == 'i' ? SIG_IGN : SIG_DFL))
		return 3;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	if (!sigismember(&mask, SIGTERM) || sigismember(&mask, SIGHUP))
		return 4;
	sigpending(&pending);
	if (!sigismember(&pending, SIGTERM))
		return 5;
	if (sigismember(&pending, SIGURG) || !sigismember(&pending, SIGWINCH))
		return 7;
	sigaltstack(NULL, &ss);
	return ss.ss_flags == SS_DISABLE ? 50 : 6;
}

static void queue_by_timer(int sig)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = sig };
	struct itimerspec soon = { .it_value.tv_nsec = 1 };
	sigset_t pending;
	timer_t timer;

	REQUIRE_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
	REQUIRE_OK(timer_settime(timer, 0, &soon, NULL));
	REQUIRE(EVENTUALLY(!sigpending(&pending) && sigismember(&pending, sig), 1000));
}

static int reexec(void *arg)
{
	static char stack[16384];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	sigset_t set;

	on_signal(SIGURG, handler, 0);
	on_signal(SIGWINCH, handler, 0);
	on_signal(SIGUSR1, handler, SA_RESTART | SA_NODEFER);
	on_signal(SIGUSR2, SIG_IGN, 0);
	on_signal(SIGCHLD, *(char *)arg == 'i' ? SIG_IGN : handler, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGURG);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaltstack(&ss, NULL);
	raise(SIGTERM);
	queue_by_timer(SIGURG);
	raise(SIGWINCH);
	queue_by_timer(SIGWINCH);
	execl(contract_self(), contract_self(), "@look", arg, (char *)NULL);
	return 100;
}

void contract_main(void)
{
	CHECK_EXIT(reexec, "c", 50, "after exec with SIGCHLD caught");
	CHECK_EXIT(reexec, "i", 50, "after exec with SIGCHLD ignored");
}
