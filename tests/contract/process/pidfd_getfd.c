/* SPDX-License-Identifier: MIT */
/* pidfd_getfd: a copy of another process's descriptor: same open file, close-on-exec, errors. */
#include "lib/contract.h"

#include <sys/prctl.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static int open_by_child(int ready)
{
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char byte = (char)fd;

	if (fd < 0 || write(fd, "abcdef", 6) != 6 || lseek(fd, 2, SEEK_SET) != 2)
		_exit(1);
	if (write(ready, &byte, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static int as_nobody(void *arg)
{
	int *fds = arg;

	if (setresuid(65534, 65534, 65534))
		return 1;
	CHECK_ERR(syscall(SYS_pidfd_getfd, fds[0], fds[1], 0), EPERM, "of another user's process is EPERM");
	return 0;
}

void contract_main(void)
{
	int ready[2], pidfd, fd, fds[2];
	char buf[8] = "", byte;
	pid_t pid;

	tmp_dir();
	REQUIRE(pipe(ready) == 0);
	pid = fork_child();
	if (pid == 0)
		open_by_child(ready[1]);
	REQUIRE(read(ready[0], &byte, 1) == 1);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	REQUIRE(pidfd >= 0);
	fd = (int)CHECK_OK(syscall(SYS_pidfd_getfd, pidfd, byte, 0), "pidfd_getfd");
	CHECK_INT(read(fd, buf, 3), 3, "reads");
	CHECK_STR(buf, "cde", "from where the other process's offset is");
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC, "it is close-on-exec");
	CHECK_ERR(syscall(SYS_pidfd_getfd, pidfd, byte, 1), EINVAL, "a flag is EINVAL");
	CHECK_ERR(syscall(SYS_pidfd_getfd, pidfd, 999, 0), EBADF, "a closed descriptor is EBADF");
	CHECK_ERR(syscall(SYS_pidfd_getfd, fd, 0, 0), EBADF, "something that is no pidfd is EBADF");
	fds[0] = pidfd, fds[1] = byte;
	if (geteuid() == 0)
		CHECK_EXIT(as_nobody, fds, 0, "the unprivileged child ends well");
	kill(pid, SIGKILL);
	wait_status(pid);
	CHECK_ERR(syscall(SYS_pidfd_getfd, pidfd, byte, 0), ESRCH, "of a process that has ended is ESRCH");
}
