/* SPDX-License-Identifier: MIT */
/*
 * A FIFO: exists, carries data between processes, open blocks for the other side, ENXIO,
 * O_RDWR, poll.
 */
#include "lib/contract.h"

#include <poll.h>

void contract_main(void)
{
	struct pollfd pfd;
	char buf[16] = "";
	struct stat st;
	int64_t start;
	pid_t pid;
	int fd, wr;

	tmp_dir();
	CHECK_INT(mknodat(AT_FDCWD, "fifo", S_IFIFO | 0640, 0), 0, "mknodat");
	REQUIRE(stat("fifo", &st) == 0);
	CHECK_INT(st.st_mode, S_IFIFO | 0640, "a FIFO exists");
	CHECK_ERR(mknod("fifo", S_IFIFO | 0600, 0), EEXIST, "again is EEXIST");
	CHECK_ERR(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO, "writing without a reader is ENXIO");
	start = now_ns();
	pid = fork_child();
	if (pid == 0) {
		sleep_ms(50);
		fd = open("fifo", O_WRONLY);
		_exit(write(fd, "message", 7) == 7 ? 0 : 1);
	}
	fd = (int)CHECK_OK(open("fifo", O_RDONLY), "open waits for a writer");
	CHECK(now_ns() - start >= 50000000, "until it comes");
	CHECK_INT(read(fd, buf, 16), 7, "its data arrives");
	CHECK_STR(buf, "message", "whole");
	CHECK_INT(read(fd, buf, 16), 0, "then end of file");
	wait_status(pid);
	pfd = (struct pollfd){ .fd = fd, .events = POLLIN };
	CHECK_INT(poll(&pfd, 1, 0), 1, "poll");
	CHECK_INT(pfd.revents, POLLHUP, "says POLLHUP");
	wr = (int)CHECK_OK(open("fifo", O_WRONLY | O_NONBLOCK), "with a reader a writer opens");
	CHECK_INT(poll(&pfd, 1, 0), 0, "and POLLHUP is gone");
	REQUIRE(write(wr, "x", 1) == 1 && fstat(fd, &st) == 0);
	CHECK_INT(st.st_size, 0, "its size is 0 always");
	close(wr);
	close(fd);
	fd = (int)CHECK_OK(open("fifo", O_RDWR), "O_RDWR does not wait");
	CHECK_INT(write(fd, "y", 1), 1, "and writes");
	CHECK_INT(read(fd, buf, 16), 1, "what was left at the last close is lost");
	CHECK_INT(buf[0], 'y', "only the new is there");
}
