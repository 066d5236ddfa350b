/* SPDX-License-Identifier: MIT */
/*
 * EPOLLONESHOT: one report, then silence until EPOLL_CTL_MOD arms it again; nested epoll;
 * several descriptors.
 */
#include "lib/contract.h"

#include <sys/epoll.h>

void contract_main(void)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT }, got[4];
	int ep = REQUIRE_OK(epoll_create1(0)), outer = REQUIRE_OK(epoll_create1(0)), a[2], b[2];

	REQUIRE(pipe(a) == 0 && pipe(b) == 0);
	REQUIRE(epoll_ctl(ep, EPOLL_CTL_ADD, a[0], &ev) == 0);
	REQUIRE(write(a[1], "x", 1) == 1);
	CHECK_INT(epoll_wait(ep, got, 4, 1000), 1, "reported");
	CHECK_INT(epoll_wait(ep, got, 4, 20), 0, "once");
	REQUIRE(write(a[1], "y", 1) == 1);
	CHECK_INT(epoll_wait(ep, got, 4, 20), 0, "new data does not arm it");
	REQUIRE(epoll_ctl(ep, EPOLL_CTL_MOD, a[0], &ev) == 0);
	CHECK_INT(epoll_wait(ep, got, 4, 1000), 1, "EPOLL_CTL_MOD does");
	ev.events = EPOLLIN;
	ev.data.u32 = 5;
	CHECK_INT(epoll_ctl(outer, EPOLL_CTL_ADD, ep, &ev), 0, "an epoll inside another");
	CHECK_INT(epoll_wait(outer, got, 4, 0), 0, "is not ready");
	REQUIRE(epoll_ctl(ep, EPOLL_CTL_ADD, b[0], &ev) == 0);
	REQUIRE(write(b[1], "x", 1) == 1);
	CHECK_INT(epoll_wait(outer, got, 4, 1000), 1, "until one of its descriptors is");
	CHECK_INT(got[0].data.u32, 5, "with its data");
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, outer, &ev), ELOOP, "a circle is ELOOP");
	ev.events = EPOLLIN;
	REQUIRE(epoll_ctl(ep, EPOLL_CTL_MOD, a[0], &ev) == 0);
	CHECK_INT(epoll_wait(ep, got, 4, 0), 2, "two ready descriptors in one call");
	CHECK_INT(epoll_wait(ep, got, 1, 0), 1, "or one, as room allows");
}
