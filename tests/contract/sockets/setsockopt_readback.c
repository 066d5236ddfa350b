/* SPDX-License-Identifier: MIT */
/* setsockopt: values read back; SO_RCVBUF doubled; timeouts hold; errors. */
#include "lib/contract.h"

#include <sys/socket.h>
#include <sys/time.h>

static int get(int fd, int option)
{
	socklen_t len = sizeof(int);
	int value = -1;

	REQUIRE(getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0);
	return value;
}

void contract_main(void)
{
	struct timeval tv = { 0, 50000 };
	int pair[2], on = 1, size = 8192;
	int64_t start;
	char c;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0,
		  "SO_REUSEADDR");
	CHECK_INT(get(pair[0], SO_REUSEADDR), 1, "reads back");
	CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)), 0,
		  "SO_KEEPALIVE");
	CHECK_INT(get(pair[0], SO_KEEPALIVE), 1, "reads back");
	CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0, "SO_RCVBUF");
	CHECK_INT(get(pair[0], SO_RCVBUF), 16384, "reads back doubled");
	CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0, "SO_RCVTIMEO");
	start = now_ns();
	CHECK_ERR(read(pair[0], &c, 1), EAGAIN, "ends a read with EAGAIN");
	CHECK(now_ns() - start >= 49000000, "after its time");
	CHECK_ERR(setsockopt(pair[0], SOL_SOCKET, 9999, &on, sizeof(on)), ENOPROTOOPT,
		  "an unknown option is ENOPROTOOPT");
	CHECK_ERR(setsockopt(pair[0], SOL_SOCKET, SO_REUSEADDR, &on, 1), EINVAL,
		  "a short value is EINVAL");
	CHECK_ERR(setsockopt(1, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), ENOTSOCK,
		  "another file is ENOTSOCK");
}
