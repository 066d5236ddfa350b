/* SPDX-License-Identifier: MIT */
/*
 * wait: ECHILD without a child, status 42; SIGCHLD's siginfo for exit, kill, stop, continue;
 * SA_NOCLDSTOP.
 */
#include "lib/contract.h"

static volatile int got, code, status_field;
static volatile pid_t from;

static void on_chld(int sig, siginfo_t *info, void *uc)
{
	got++;
	code = info->si_code;
	status_field = info->si_status;
	from = info->si_pid;
}

static void expect(pid_t pid, int want_code, int want_status, const char *text)
{
	CHECK(EVENTUALLY(got > 0, 3000), "SIGCHLD: %s", text);
	CHECK_INT(code, want_code, "code");
	CHECK_INT(status_field, want_status, "status");
	CHECK_INT(from, pid, "pid");
	got = 0;
}

void contract_main(void)
{
	int status;
	pid_t pid;

	CHECK_ERR(wait(&status), ECHILD, "no child: ECHILD");
	on_siginfo(SIGCHLD, on_chld, SA_RESTART);
	pid = fork_child();
	if (pid == 0)
		_exit(42);
	expect(pid, CLD_EXITED, 42, "exit");
	CHECK_INT(wait(&status), pid, "wait returns the child");
	CHECK_INT(status, 42 << 8, "status 42");
	pid = fork_child();
	if (pid == 0) {
		for (;;)
			pause();
	}
	kill(pid, SIGSTOP);
	expect(pid, CLD_STOPPED, SIGSTOP, "stop");
	kill(pid, SIGCONT);
	expect(pid, CLD_CONTINUED, SIGCONT, "continue");
	on_siginfo(SIGCHLD, on_chld, SA_RESTART | SA_NOCLDSTOP);
	kill(pid, SIGSTOP);
	CHECK_INT(waitpid(pid, &status, WUNTRACED), pid, "WUNTRACED returns a stopped child");
	CHECK_INT(status, SIGSTOP << 8 | 0x7f, "with its status");
	kill(pid, SIGCONT);
	CHECK_INT(waitpid(pid, &status, WCONTINUED), pid, "WCONTINUED returns a continued child");
	CHECK_INT(status, 0xffff, "with status 0xffff");
	CHECK_INT(got, 0, "SA_NOCLDSTOP: no SIGCHLD for stop and continue");
	kill(pid, SIGKILL);
	expect(pid, CLD_KILLED, SIGKILL, "kill");
	wait_status(pid);
}
