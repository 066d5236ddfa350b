/* SPDX-License-Identifier: MIT */
/* pidfd_open: pollable on exit, waitid(P_PIDFD), pidfd_send_signal; errors for bad arguments. */
#include "lib/contract.h"

#include <poll.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

void contract_main(void)
{
	struct pollfd pfd;
	siginfo_t info;
	pid_t pid = fork_child();
	int fd;

	if (pid == 0) {
		for (;;)
			pause();
	}
	fd = (int)CHECK_OK(syscall(SYS_pidfd_open, pid, 0), "pidfd_open of a child");
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC, "the descriptor is close-on-exec");
	pfd = (struct pollfd){ .fd = fd, .events = POLLIN };
	CHECK_INT(poll(&pfd, 1, 0), 0, "not readable while the process lives");
	CHECK_INT(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), 0, "signal 0 reaches it");
	CHECK_INT(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0), 0, "SIGTERM is sent");
	CHECK_INT(poll(&pfd, 1, 5000 * contract_slow()), 1, "readable when it has ended");
	CHECK_INT(pfd.revents & POLLIN, POLLIN, "with POLLIN");
	memset(&info, 0, sizeof(info));
	CHECK_INT(waitid(P_PIDFD, (id_t)fd, &info, WEXITED), 0, "waitid by pidfd");
	CHECK_INT(info.si_pid, pid, "names the child");
	CHECK_INT(info.si_status, SIGTERM, "and its signal");
	CHECK_ERR(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), ESRCH,
		  "a reaped process is ESRCH");
	CHECK_ERR(syscall(SYS_pidfd_open, 0x7ffffffe, 0), ESRCH, "a pid nobody has is ESRCH");
	CHECK_ERR(syscall(SYS_pidfd_open, 0, 0), EINVAL, "pid 0 is EINVAL");
	CHECK_ERR(syscall(SYS_pidfd_open, -1, 0), EINVAL, "pid -1 is EINVAL");
	CHECK_ERR(syscall(SYS_pidfd_open, getpid(), 1), EINVAL, "an unknown flag is EINVAL");
}
