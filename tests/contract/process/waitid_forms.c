/* SPDX-License-Identifier: MIT */
/*
 * waitid: by pid, group, pidfd and all; WNOWAIT leaves the child, WSTOPPED and WCONTINUED report once, WNOHANG without
 * news zeroes si_pid, rusage, errors.
 */
#include "lib/contract.h"

#include <sys/resource.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#define PIDFD 3

static siginfo_t info;

static long wait_for(int type, long id, int options)
{
	memset(&info, 0xee, sizeof(info));
	return syscall(SYS_waitid, type, id, &info, options, NULL);
}

static pid_t exiting(int code)
{
	pid_t pid = fork_child();

	if (pid == 0)
		_exit(code);
	return pid;
}

static pid_t sleeping(void)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

static void check_info(pid_t pid, int code, int status, const char *what)
{
	CHECK_INT(info.si_pid, pid, "%s: si_pid", what);
	CHECK_INT(info.si_code, code, "%s: si_code", what);
	CHECK_INT(info.si_status, status, "%s: si_status", what);
	CHECK_INT(info.si_signo, SIGCHLD, "%s: si_signo", what);
	CHECK_INT(info.si_uid, getuid(), "%s: si_uid", what);
}

static void stop_and_continue(void)
{
	pid_t pid = sleeping();

	CHECK_INT(wait_for(P_PID, pid, WEXITED | WSTOPPED | WCONTINUED | WNOHANG), 0, "no news with WNOHANG");
	CHECK_INT(info.si_pid, 0, "si_pid is 0");
	CHECK_INT(info.si_signo, 0, "si_signo is 0");
	kill(pid, SIGSTOP);
	CHECK_INT(wait_for(P_PID, pid, WSTOPPED | WNOWAIT), 0, "stopped, WNOWAIT");
	check_info(pid, CLD_STOPPED, SIGSTOP, "stopped");
	CHECK_INT(wait_for(P_PID, pid, WSTOPPED), 0, "it is still news");
	CHECK_INT(wait_for(P_PID, pid, WSTOPPED | WNOHANG), 0, "but only once");
	CHECK_INT(info.si_pid, 0, "now none");
	kill(pid, SIGCONT);
	CHECK_INT(wait_for(P_PID, pid, WCONTINUED), 0, "continued");
	check_info(pid, CLD_CONTINUED, SIGCONT, "continued");
	kill(pid, SIGKILL);
	CHECK_INT(wait_for(P_PID, pid, WEXITED), 0, "killed");
	check_info(pid, CLD_KILLED, SIGKILL, "killed");
}

static void id_types(void)
{
	pid_t pid = exiting(5), other;
	int fd;

	CHECK_INT(wait_for(P_PID, pid, WEXITED | WNOWAIT), 0, "WNOWAIT");
	check_info(pid, CLD_EXITED, 5, "looked at");
	CHECK_ERR(wait_for(P_PID, pid, WSTOPPED | WNOHANG), ECHILD, "who has ended does not stop any more");
	CHECK_ERR(wait_for(P_PID, pid, WCONTINUED), ECHILD, "nor go on");
	CHECK_INT(wait_for(P_ALL, 0, WEXITED), 0, "P_ALL");
	check_info(pid, CLD_EXITED, 5, "reaped");
	CHECK_ERR(wait_for(P_PID, pid, WEXITED), ECHILD, "then it is gone");
	pid = sleeping();
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	CHECK_INT(wait_for(PIDFD, fd, WEXITED | WNOHANG), 0, "P_PIDFD of a running child");
	CHECK_INT(info.si_pid, 0, "has no news");
	kill(pid, SIGTERM);
	CHECK_INT(wait_for(PIDFD, fd, WEXITED), 0, "P_PIDFD");
	check_info(pid, CLD_KILLED, SIGTERM, "by pidfd");
	CHECK_ERR(wait_for(PIDFD, fd, WEXITED), ECHILD, "a second time is ECHILD");
	pid = sleeping();
	other = exiting(6);
	REQUIRE(setpgid(pid, pid) == 0);
	kill(pid, SIGKILL);
	CHECK_INT(wait_for(P_PGID, pid, WEXITED), 0, "P_PGID");
	check_info(pid, CLD_KILLED, SIGKILL, "by group");
	CHECK_INT(wait_for(P_PGID, 0, WEXITED), 0, "P_PGID 0: the caller's group");
	check_info(other, CLD_EXITED, 6, "own group");
}

static void errors(void)
{
	int null = open("/dev/null", O_RDONLY);

	CHECK_ERR(wait_for(P_ALL, 0, WEXITED), ECHILD, "no child is ECHILD");
	CHECK_ERR(wait_for(P_ALL, 0, 0), EINVAL, "nothing to wait for is EINVAL");
	CHECK_ERR(wait_for(P_ALL, 0, WNOHANG), EINVAL, "WNOHANG alone is EINVAL");
	CHECK_ERR(wait_for(P_ALL, 0, WEXITED | 0x10000), EINVAL, "an unknown option is EINVAL");
	CHECK_ERR(wait_for(9, 0, WEXITED), EINVAL, "an unknown type is EINVAL");
	CHECK_ERR(wait_for(P_PID, 0, WEXITED), EINVAL, "P_PID 0 is EINVAL");
	CHECK_ERR(wait_for(P_PID, -1, WEXITED), EINVAL, "a negative pid is EINVAL");
	CHECK_ERR(wait_for(P_PGID, -1, WEXITED), EINVAL, "a negative group is EINVAL");
	CHECK_ERR(wait_for(PIDFD, -1, WEXITED), EINVAL, "a negative pidfd is EINVAL");
	CHECK_ERR(wait_for(PIDFD, 999, WEXITED), EBADF, "a closed pidfd is EBADF");
	CHECK_ERR(wait_for(PIDFD, null, WEXITED), EBADF, "another file is EBADF");
}

void contract_main(void)
{
	struct rusage usage;
	pid_t pid;

	stop_and_continue();
	id_types();
	errors();
	pid = exiting(0);
	memset(&usage, 0xee, sizeof(usage));
	CHECK_INT(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED, &usage), 0, "without siginfo, with rusage");
	CHECK_INT(usage.ru_utime.tv_sec, 0, "rusage is filled in");
}
