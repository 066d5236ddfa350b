/* SPDX-License-Identifier: MIT */
/*
 * epoll_wait sleeps until another process writes; a dup keeps the entry alive; timeouts both
 * ways (lesson 9).
 */
#include "lib/contract.h"

#include <sys/epoll.h>

void contract_main(void)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = 9 }, got;
	int ep = REQUIRE_OK(epoll_create1(0)), fds[2], copy;
	int64_t start;
	pid_t pid;

	REQUIRE(pipe(fds) == 0);
	REQUIRE(epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &ev) == 0);
	start = now_ns();
	pid = fork_child();
	if (pid == 0) {
		sleep_ms(50);
		_exit(write(fds[1], "x", 1) == 1 ? 0 : 1);
	}
	CHECK_INT(epoll_wait(ep, &got, 1, 10000), 1, "a sleeper is woken");
	CHECK(now_ns() - start >= 50000000 && now_ns() - start < 5000000000LL * contract_slow(),
	      "by the write");
	wait_status(pid);
	copy = dup(fds[0]);
	close(fds[0]);
	CHECK_INT(epoll_wait(ep, &got, 1, 0), 1, "while a dup is open, the entry stays");
	CHECK_INT(got.data.u32, 9, "with its data");
	close(copy);
	CHECK_INT(epoll_wait(ep, &got, 1, 0), 0, "the last close removes it");
	start = now_ns();
	CHECK_INT(epoll_wait(ep, &got, 1, 100), 0, "a timeout of 100 ms");
	CHECK(now_ns() - start >= 100000000, "is not shorter");
	CHECK(now_ns() - start < 2000000000LL * contract_slow(), "and not much longer");
}
