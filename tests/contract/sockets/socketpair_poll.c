/* SPDX-License-Identifier: MIT */
/*
 * poll on a pair: POLLOUT when fresh, POLLIN with data, POLLHUP when the peer closed, not
 * writable when full.
 */
#include "lib/contract.h"

#include <poll.h>
#include <sys/socket.h>

static int events_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

void contract_main(void)
{
	static char buf[65536];
	int s[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s) == 0);
	CHECK_INT(events_of(s[0]), POLLOUT, "fresh: POLLOUT");
	REQUIRE(write(s[1], "x", 1) == 1);
	CHECK_INT(events_of(s[0]), POLLIN | POLLOUT, "data: POLLIN");
	REQUIRE(read(s[0], buf, 1) == 1);
	while (write(s[0], buf, sizeof(buf)) > 0)
		;
	CHECK_INT(errno, EAGAIN, "full is EAGAIN");
	CHECK_INT(events_of(s[0]), 0, "and not writable");
	while (read(s[1], buf, sizeof(buf)) > 0)
		;
	CHECK_INT(events_of(s[0]), POLLOUT, "drained it is");
	close(s[1]);
	CHECK_INT(events_of(s[0]), POLLIN | POLLOUT | POLLHUP,
		  "the peer closed: POLLIN POLLOUT POLLHUP");
	CHECK_INT(read(s[0], buf, 1), 0, "read is end of file");
}
