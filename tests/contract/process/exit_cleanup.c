/* SPDX-License-Identifier: MIT */
/*
 * The end of a process closes its files, unlocks, unmaps, drops its locks: others notice at
 * once.
 */
#include "lib/contract.h"

#include <sys/file.h>

static int fds[2];

static int dies_holding(void *arg)
{
	int lock = REQUIRE_OK(open("lock", O_RDWR));
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10 };

	REQUIRE(flock(lock, LOCK_EX) == 0);
	REQUIRE(fcntl(REQUIRE_OK(open("range", O_RDWR)), F_SETLK, &range) == 0);
	REQUIRE(write(fds[1], "r", 1) == 1);
	for (;;)
		pause();
	return 0;
}

void contract_main(void)
{
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10 };
	int lock, range_fd;
	char byte;
	pid_t pid;

	tmp_dir();
	lock = REQUIRE_OK(open("lock", O_CREAT | O_RDWR, 0600));
	range_fd = REQUIRE_OK(open("range", O_CREAT | O_RDWR, 0600));
	REQUIRE(pipe(fds) == 0);
	pid = fork_child();
	if (pid == 0)
		_exit(dies_holding(NULL));
	close(fds[1]);
	REQUIRE(read(fds[0], &byte, 1) == 1);
	CHECK_ERR(flock(lock, LOCK_EX | LOCK_NB), EWOULDBLOCK, "its flock holds");
	CHECK_ERR(fcntl(range_fd, F_SETLK, &range), EAGAIN, "its record lock holds");
	kill(pid, SIGKILL);
	CHECK_INT(read(fds[0], &byte, 1), 0, "its end of the pipe is closed");
	CHECK_INT(wait_status(pid), SIGKILL, "it was killed");
	CHECK_INT(flock(lock, LOCK_EX | LOCK_NB), 0, "its flock is free");
	CHECK_INT(fcntl(range_fd, F_SETLK, &range), 0, "its record lock is free");
}
