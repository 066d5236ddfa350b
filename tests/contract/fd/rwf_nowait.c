/* SPDX-License-Identifier: MIT */
/* RWF_NOWAIT where nothing is stored: EAGAIN instead of waiting, or EOPNOTSUPP. */
#include "lib/contract.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

#define RWF_NOWAIT 8L

static long read_now(int fd, off_t offset)
{
	char data[16];
	struct iovec vec = { data, 8 };

	return syscall(SYS_preadv2, fd, &vec, 1L, (long)offset, 0L, RWF_NOWAIT);
}

static long write_now(int fd)
{
	struct iovec vec = { "12345678", 8 };

	return syscall(SYS_pwritev2, fd, &vec, 1L, -1L, 0L, RWF_NOWAIT);
}

static void check_pair(const char *what, int in, int out)
{
	CHECK_ERR(read_now(in, -1), EAGAIN, "%s: empty", what);
	CHECK_INT(write_now(out), 8, "takes bytes");
	CHECK_INT(read_now(in, -1), 8, "and gives them");
	CHECK_ERR(read_now(in, 0), ESPIPE, "at no position");
}

void contract_main(void)
{
	uint64_t one = 1;
	int fds[2], fd;

	REQUIRE_OK(pipe(fds));
	check_pair("pipe", fds[0], fds[1]);
	CHECK_ERR(read_now(fds[1], -1), EBADF, "not what cannot be read at all");
	REQUIRE_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	check_pair("socket", fds[0], fds[1]);
	fd = REQUIRE_OK(eventfd(0, 0));
	CHECK_ERR(read_now(fd, -1), EAGAIN, "eventfd");
	CHECK_INT(write(fd, &one, sizeof(one)), (long)sizeof(one), "counts");
	CHECK_INT(read_now(fd, -1), 8, "and is read");
	CHECK_ERR(read_now(REQUIRE_OK(timerfd_create(CLOCK_MONOTONIC, 0)), -1), EAGAIN, "timerfd");
	fd = REQUIRE_OK(open("/dev/zero", O_RDWR));
	CHECK(read_now(fd, 0) == 8 && write_now(fd) == 8, "/dev/zero");
	CHECK_ERR(read_now(REQUIRE_OK(open("/proc/self/stat", O_RDONLY)), 0), EOPNOTSUPP, "/proc may wait for locks");
}
