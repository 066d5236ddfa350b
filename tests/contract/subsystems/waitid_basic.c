/* SPDX-License-Identifier: MIT */
/*
 * waitid: siginfo for exit and kill, WNOHANG, WNOWAIT, WSTOPPED, WCONTINUED, by pid, group,
 * all; errors.
 */
#include "lib/contract.h"

static pid_t child(int code)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		if (code >= 0)
			_exit(code);
		for (;;)
			pause();
	}
	return pid;
}

void contract_main(void)
{
	siginfo_t info;
	pid_t pid = child(42), group;

	CHECK_INT(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0, "WNOWAIT");
	CHECK(info.si_pid == pid && info.si_signo == SIGCHLD, "pid and signal");
	CHECK(info.si_code == CLD_EXITED && info.si_status == 42, "code and status");
	CHECK_INT(info.si_uid, getuid(), "user");
	CHECK_INT(process_state(pid), 'Z', "leaves the zombie");
	CHECK_INT(waitid(P_PID, (id_t)pid, &info, WEXITED), 0, "a second wait takes it");
	CHECK_ERR(waitid(P_PID, (id_t)pid, &info, WEXITED), ECHILD, "then ECHILD");
	pid = child(-1);
	memset(&info, 0x77, sizeof(info));
	CHECK_INT(waitid(P_ALL, 0, &info, WEXITED | WNOHANG), 0, "WNOHANG with a running child");
	CHECK(info.si_pid == 0 && info.si_signo == 0, "clears pid and signal");
	kill(pid, SIGSTOP);
	CHECK_INT(waitid(P_PID, (id_t)pid, &info, WSTOPPED), 0, "WSTOPPED");
	CHECK(info.si_code == CLD_STOPPED && info.si_status == SIGSTOP, "CLD_STOPPED");
	kill(pid, SIGCONT);
	CHECK_INT(waitid(P_PID, (id_t)pid, &info, WCONTINUED), 0, "WCONTINUED");
	CHECK(info.si_code == CLD_CONTINUED && info.si_status == SIGCONT, "CLD_CONTINUED");
	kill(pid, SIGKILL);
	CHECK_INT(waitid(P_ALL, 0, &info, WEXITED), 0, "P_ALL");
	CHECK(info.si_code == CLD_KILLED && info.si_status == SIGKILL, "CLD_KILLED");
	pid = child(5);
	group = child(-1);
	REQUIRE(setpgid(group, group) == 0);
	kill(group, SIGTERM);
	CHECK_INT(waitid(P_PGID, (id_t)group, &info, WEXITED), 0, "P_PGID");
	CHECK_INT(info.si_pid, group, "the member of the group");
	CHECK_INT(waitid(P_PGID, 0, &info, WEXITED), 0, "P_PGID 0 is the own group");
	CHECK_INT(info.si_pid, pid, "the other");
	CHECK_ERR(waitid(P_ALL, 0, &info, 0), EINVAL, "no event is EINVAL");
	CHECK_ERR(waitid(P_ALL, 0, &info, WEXITED | 0x100), EINVAL, "an unknown option too");
	CHECK_ERR(waitid(99, 0, &info, WEXITED), EINVAL, "an unknown type too");
	CHECK_ERR(waitid(P_ALL, 0, &info, WEXITED), ECHILD, "no child is ECHILD");
}
