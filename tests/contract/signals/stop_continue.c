/* SPDX-License-Identifier: MIT */
/*
 * SIGSTOP stops every thread, SIGCONT continues, each cancels what is pending of the other;
 * SIGKILL ends it.
 */
#include "lib/contract.h"

static volatile int *ticks;

static int ticker(void *arg)
{
	for (;;)
		(*ticks)++;
	return 0;
}

static volatile sig_atomic_t conts;

static void on_cont(int sig) { conts++; }

static int catches_cont(void *arg)
{
	sigset_t set;

	on_signal(SIGCONT, on_cont, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTSTP);
	raise(SIGCONT);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return conts == 1 ? 21 : 1;
}

void contract_main(void)
{
	int status, before;
	pid_t pid;

	ticks = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(ticks != MAP_FAILED);
	pid = fork_child();
	if (pid == 0)
		_exit(ticker(NULL));
	REQUIRE(EVENTUALLY(*ticks > 0, 5000));
	REQUIRE(kill(pid, SIGSTOP) == 0);
	CHECK_INT(waitpid(pid, &status, WUNTRACED), pid, "wait sees the stop");
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "by SIGSTOP");
	CHECK_INT(process_state(pid), 'T', "the state is T");
	before = *ticks;
	sleep_ms(50);
	CHECK_INT(*ticks, before, "it does not run");
	CHECK_INT(waitpid(pid, &status, WUNTRACED | WNOHANG), 0, "a stop is reported once");
	REQUIRE(kill(pid, SIGTERM) == 0);
	sleep_ms(20);
	CHECK_INT(process_state(pid), 'T', "SIGTERM waits while it is stopped");
	REQUIRE(kill(pid, SIGCONT) == 0);
	CHECK_INT(wait_status(pid), SIGTERM, "and ends it when it continues");
	pid = fork_child();
	if (pid == 0)
		_exit(ticker(NULL));
	REQUIRE(kill(pid, SIGSTOP) == 0);
	REQUIRE(EVENTUALLY(process_state(pid) == 'T', 5000));
	REQUIRE(kill(pid, SIGKILL) == 0);
	CHECK_INT(wait_status(pid), SIGKILL, "SIGKILL ends a stopped process");
	CHECK_EXIT(catches_cont, NULL, 21, "SIGCONT drops a pending SIGTSTP and runs its handler");
}
