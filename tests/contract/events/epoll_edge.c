/* SPDX-License-Identifier: MIT */
/* EPOLLET: reports once, is silent until new data comes, also when the pipe was not drained. */
#include "lib/contract.h"

#include <sys/epoll.h>

void contract_main(void)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET, .data.u64 = 0x123456789abcdefUL }, got;
	int ep = REQUIRE_OK(epoll_create1(0)), fds[2];
	char buf[16];

	REQUIRE(pipe2(fds, O_NONBLOCK) == 0);
	REQUIRE(epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &ev) == 0);
	CHECK_INT(epoll_wait(ep, &got, 1, 0), 0, "nothing at first");
	REQUIRE(write(fds[1], "a", 1) == 1);
	CHECK_INT(epoll_wait(ep, &got, 1, 1000), 1, "data is reported");
	CHECK(got.events == EPOLLIN && got.data.u64 == 0x123456789abcdefUL,
	      "EPOLLIN with its data");
	CHECK_INT(epoll_wait(ep, &got, 1, 20), 0, "once, though it was not read");
	REQUIRE(write(fds[1], "b", 1) == 1);
	CHECK_INT(epoll_wait(ep, &got, 1, 1000), 1, "more data is reported");
	REQUIRE(read(fds[0], buf, 16) == 2);
	CHECK_INT(epoll_wait(ep, &got, 1, 20), 0, "draining is silent");
	REQUIRE(write(fds[1], "c", 1) == 1);
	CHECK_INT(epoll_wait(ep, &got, 1, 1000), 1, "refilling is reported");
	ev.events = EPOLLIN | EPOLLET;
	CHECK_INT(epoll_ctl(ep, EPOLL_CTL_MOD, fds[0], &ev), 0, "EPOLL_CTL_MOD");
	CHECK_INT(epoll_wait(ep, &got, 1, 1000), 1, "reports what is there again");
	close(fds[1]);
	CHECK_INT(epoll_wait(ep, &got, 1, 1000), 1, "the writer's close is reported");
	CHECK_INT(got.events, EPOLLIN | EPOLLHUP, "as EPOLLIN and EPOLLHUP");
}
