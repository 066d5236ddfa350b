/* SPDX-License-Identifier: MIT */
/*
 * SIGCHLD: an explicit SIG_IGN or SA_NOCLDWAIT reaps children, wait then blocks for all and is
 * ECHILD.
 */
#include "lib/contract.h"

static volatile sig_atomic_t got;

static void on_chld(int sig) { (void)sig; got++; }

static pid_t start(int ms, int code)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		sleep_ms(ms);
		_exit(code);
	}
	return pid;
}

void contract_main(void)
{
	struct sigaction sa = { .sa_handler = on_chld, .sa_flags = SA_NOCLDWAIT | SA_RESTART };
	int64_t begin;
	int status;
	pid_t pid;

	on_signal(SIGCHLD, on_chld, SA_RESTART);
	pid = start(0, 3);
	CHECK_INT(wait_status(pid), 3 << 8, "with a handler the status is there");
	CHECK_INT(got, 1, "and the handler ran");

	signal(SIGCHLD, SIG_IGN);
	pid = start(0, 0);
	CHECK(EVENTUALLY(kill(pid, 0) == -1 && errno == ESRCH, 3000),
	      "under SIG_IGN a child leaves no zombie");
	begin = now_ns();
	pid = start(100, 0);
	CHECK_ERR(wait(&status), ECHILD, "wait under SIG_IGN is ECHILD");
	CHECK(now_ns() - begin >= 100000000, "when the last child has ended");

	sigaction(SIGCHLD, &sa, NULL);
	got = 0;
	pid = start(0, 0);
	CHECK_ERR(waitpid(pid, &status, 0), ECHILD, "SA_NOCLDWAIT reaps as well");
	CHECK_INT(got, 1, "but the handler runs");

	signal(SIGCHLD, SIG_DFL);
	pid = start(0, 4);
	CHECK(EVENTUALLY(process_state(pid) == 'Z', 3000),
	      "under SIG_DFL a child becomes a zombie");
	sleep_ms(20);
	CHECK_INT(wait_status(pid), 4 << 8, "and waits for its parent");
}
