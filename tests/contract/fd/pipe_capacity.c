/* SPDX-License-Identifier: MIT */
/*
 * pipe: capacity 65536, short and EAGAIN when full, PIPE_BUF all or nothing, F_SETPIPE_SZ,
 * FIONREAD.
 */
#include "lib/contract.h"

#include <sys/ioctl.h>

/* Content that goes round the ring's end, and room behind it: both survive a change of the capacity (lesson 4). */
static void resize_part_full(const int fds[2])
{
	static char page[4096], back[3 * 4096];
	int wrong = 0;

	REQUIRE(fcntl(fds[1], F_SETPIPE_SZ, 16384) == 16384);
	for (int i = 0; i < 3; i++)
		REQUIRE(write(fds[1], page, 4096) == 4096);
	REQUIRE(read(fds[0], back, 3 * 4096) == 3 * 4096);
	for (int i = 1; i <= 3; i++) {
		memset(page, i, sizeof(page));
		REQUIRE(write(fds[1], page, 4096) == 4096);
	}
	CHECK_INT(fcntl(fds[1], F_SETPIPE_SZ, 65536), 65536, "a pipe that is part full grows");
	CHECK_INT(read(fds[0], back, sizeof(back)), 3 * 4096, "and keeps its content");
	for (int i = 0; i < 3 * 4096; i++)
		wrong += back[i] != 1 + i / 4096;
	CHECK_INT(wrong, 0, "in its order");
}

void contract_main(void)
{
	static char buf[1 << 20];
	long total = 0, n;
	int fds[2], queued;

	REQUIRE(pipe2(fds, O_NONBLOCK) == 0);
	CHECK_INT(fcntl(fds[1], F_GETPIPE_SZ), 65536, "the capacity is 65536");
	while ((n = write(fds[1], buf, 4096)) > 0)
		total += n;
	CHECK_INT(errno, EAGAIN, "a full pipe is EAGAIN");
	CHECK_INT(total, 65536, "after 65536 bytes");
	REQUIRE(ioctl(fds[0], FIONREAD, &queued) == 0);
	CHECK_INT(queued, 65536, "FIONREAD agrees");
	CHECK_INT(read(fds[0], buf, 100), 100, "read 100 bytes");
	CHECK_ERR(write(fds[1], buf, 200), EAGAIN, "less than a page free: EAGAIN for 200");
	CHECK_INT(read(fds[0], buf, 3996), 3996, "read the rest of the page");
	CHECK_INT(write(fds[1], buf, 4096), 4096, "then a page goes in");
	while (read(fds[0], buf, sizeof(buf)) > 0)
		;
	CHECK_INT(write(fds[1], buf, sizeof(buf)), 65536, "a write larger than the pipe is short");
	CHECK_INT(read(fds[0], buf, sizeof(buf)), 65536, "and read in one");
	CHECK_INT(fcntl(fds[1], F_SETPIPE_SZ, 4097), 8192,
		  "F_SETPIPE_SZ rounds up to a power of two pages");
	CHECK_INT(write(fds[1], buf, sizeof(buf)), 8192, "which then is the capacity");
	CHECK_ERR(fcntl(fds[1], F_SETPIPE_SZ, 4096), EBUSY, "below the content it is EBUSY");
	CHECK_INT(fcntl(fds[1], F_SETPIPE_SZ, 1 << 20), 1 << 20, "up to 1 MiB");
	CHECK_INT(read(fds[0], buf, sizeof(buf)), 8192, "the content survives the change");
	CHECK_INT(fcntl(fds[1], F_SETPIPE_SZ, 1), 4096, "the least is a page");
	resize_part_full(fds);
}
