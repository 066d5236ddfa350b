/* SPDX-License-Identifier: MIT */
/*
 * eventfd: EAGAIN at zero, values accumulate, read drains, semaphore mode, overflow, short
 * buffers.
 */
#include "lib/contract.h"

#include <poll.h>
#include <sys/eventfd.h>

static int put(int fd, uint64_t v)
{
	return (int)write(fd, &v, sizeof(v));
}

void contract_main(void)
{
	int fd = REQUIRE_OK(eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC)), sem;
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLOUT };
	uint64_t v = 0;

	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC, "EFD_CLOEXEC");
	CHECK_INT(read(fd, &v, 8), 8, "the initial value");
	CHECK_INT(v, 3, "is 3");
	CHECK_ERR(read(fd, &v, 8), EAGAIN, "zero is EAGAIN");
	CHECK_INT(poll(&pfd, 1, 0), 1, "poll");
	CHECK_INT(pfd.revents, POLLOUT, "says writable only");
	CHECK_INT(put(fd, 5), 8, "add 5");
	CHECK_INT(put(fd, 7), 8, "add 7");
	CHECK_INT(poll(&pfd, 1, 0), 1, "poll");
	CHECK_INT(pfd.revents, POLLIN | POLLOUT, "says both");
	REQUIRE(read(fd, &v, 8) == 8);
	CHECK_INT(v, 12, "read takes the sum");
	CHECK_ERR(read(fd, &v, 8), EAGAIN, "and leaves zero");
	CHECK_ERR(read(fd, &v, 4), EINVAL, "a short read buffer is EINVAL");
	CHECK_ERR(write(fd, &v, 4), EINVAL, "a short write too");
	CHECK_ERR(put(fd, UINT64_MAX), EINVAL, "all ones is EINVAL");
	CHECK_INT(put(fd, UINT64_MAX - 1), 8, "one less fits");
	CHECK_ERR(put(fd, 1), EAGAIN, "then nothing more");
	CHECK_INT(poll(&pfd, 1, 0), 1, "poll");
	CHECK_INT(pfd.revents, POLLIN, "says readable only");
	sem = REQUIRE_OK(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
	REQUIRE(read(sem, &v, 8) == 8);
	CHECK_INT(v, 1, "EFD_SEMAPHORE takes one");
	REQUIRE(read(sem, &v, 8) == 8);
	CHECK_ERR(read(sem, &v, 8), EAGAIN, "at a time");
	CHECK_ERR(eventfd(0, 0x100), EINVAL, "an unknown flag is EINVAL");
}
