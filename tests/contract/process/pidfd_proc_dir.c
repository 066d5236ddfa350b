/* SPDX-License-Identifier: MIT */
/* pidfd_send_signal through an open /proc/PID folder; other files of /proc are no pidfds. */
#include "lib/contract.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

static volatile sig_atomic_t hits;

static void count(int sig)
{
	hits++;
}

static long send(int fd, int sig)
{
	return syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
}

static void refuses(const char *path)
{
	int fd = open(path, O_RDONLY);

	REQUIRE(fd >= 0);
	CHECK_ERR(send(fd, 0), EBADF, "%s is EBADF", path);
	close(fd);
}

void contract_main(void)
{
	int self = open("/proc/self", O_RDONLY | O_DIRECTORY), fd;
	char path[40];
	pid_t pid;

	on_signal(SIGUSR1, count, 0);
	CHECK_INT(send(self, SIGUSR1), 0, "to /proc/self");
	CHECK_INT(hits, 1, "it arrives");
	refuses("/proc");
	refuses("/proc/self/task");
	refuses("/proc/self/stat");
	refuses("/proc/self/fd");
	refuses("/proc/thread-self");
	pid = fork_child();
	if (pid == 0) {
		for (;;)
			pause();
	}
	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_RDONLY);
	REQUIRE(fd >= 0);
	CHECK_INT(send(fd, 0), 0, "signal 0 asks");
	CHECK_INT(send(fd, SIGTERM), 0, "SIGTERM to /proc/PID");
	CHECK_INT(wait_status(pid), SIGTERM, "ends it");
	CHECK_ERR(send(fd, 0), ESRCH, "a reaped process is ESRCH");
}
