/* SPDX-License-Identifier: MIT */
/*
 * shutdown on a unix pair: the peer reads end of file, writing is EPIPE, the other direction
 * works.
 */
#include "lib/contract.h"

#include <poll.h>
#include <sys/socket.h>

void contract_main(void)
{
	struct pollfd pfd;
	char buf[8];
	int s[2], lone;

	signal(SIGPIPE, SIG_IGN);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	REQUIRE(write(s[0], "last", 4) == 4);
	CHECK_INT(shutdown(s[0], SHUT_WR), 0, "SHUT_WR");
	CHECK_INT(read(s[1], buf, 8), 4, "the peer reads what was sent");
	CHECK_INT(read(s[1], buf, 8), 0, "then end of file");
	CHECK_ERR(write(s[0], "x", 1), EPIPE, "writing is EPIPE");
	CHECK_ERR(send(s[0], "x", 1, MSG_NOSIGNAL), EPIPE, "send with MSG_NOSIGNAL too");
	CHECK_INT(write(s[1], "back", 4), 4, "the other direction");
	CHECK_INT(read(s[0], buf, 8), 4, "works");
	pfd = (struct pollfd){ .fd = s[1], .events = POLLIN | POLLRDHUP };
	CHECK_INT(poll(&pfd, 1, 0), 1, "poll");
	CHECK_INT(pfd.revents, POLLIN | POLLRDHUP, "says POLLIN and POLLRDHUP");
	CHECK_INT(shutdown(s[0], SHUT_RD), 0, "SHUT_RD");
	CHECK_ERR(write(s[1], "x", 1), EPIPE, "then the peer's writing is EPIPE");
	lone = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	CHECK_ERR(shutdown(s[0], 9), EINVAL, "an unknown direction is EINVAL");
	CHECK_ERR(shutdown(1, SHUT_WR), ENOTSOCK, "another file is ENOTSOCK");
	close(lone);
}
