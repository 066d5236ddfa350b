/* SPDX-License-Identifier: MIT */
/*
 * Level-triggered epoll: empty wait, EPOLLIN that repeats, silence after draining, DEL, MOD to
 * EPOLLOUT, errors.
 */
#include "lib/contract.h"

#include <sys/epoll.h>

void contract_main(void)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = 7 }, got[4];
	int ep = REQUIRE_OK(epoll_create1(EPOLL_CLOEXEC)), fds[2], file;
	int64_t start;
	char c;

	CHECK_INT(fcntl(ep, F_GETFD), FD_CLOEXEC, "EPOLL_CLOEXEC");
	CHECK_INT(lseek(ep, 10, SEEK_SET), 0, "lseek has no effect");
	REQUIRE(pipe(fds) == 0);
	start = now_ns();
	CHECK_INT(epoll_wait(ep, got, 4, 30), 0, "an empty set times out");
	CHECK(now_ns() - start >= 30000000, "not early");
	CHECK_INT(epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &ev), 0, "add");
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &ev), EEXIST, "twice is EEXIST");
	CHECK_INT(epoll_wait(ep, got, 4, 0), 0, "no data");
	REQUIRE(write(fds[1], "x", 1) == 1);
	for (int i = 0; i < 3; i++)
		CHECK_INT(epoll_wait(ep, got, 4, 1000), 1, "data is reported each time");
	CHECK(got[0].events == EPOLLIN && got[0].data.fd == 7, "EPOLLIN with its data");
	REQUIRE(read(fds[0], &c, 1) == 1);
	CHECK_INT(epoll_wait(ep, got, 4, 0), 0, "drained, it is silent");
	CHECK_INT(epoll_ctl(ep, EPOLL_CTL_DEL, fds[0], NULL), 0, "delete");
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_DEL, fds[0], NULL), ENOENT, "twice is ENOENT");
	REQUIRE(write(fds[1], "x", 1) == 1);
	CHECK_INT(epoll_wait(ep, got, 4, 0), 0, "deleted, it is silent");
	ev.events = 0;
	REQUIRE(epoll_ctl(ep, EPOLL_CTL_ADD, fds[1], &ev) == 0);
	CHECK_INT(epoll_wait(ep, got, 4, 0), 0, "no event asked for");
	ev.events = EPOLLOUT;
	CHECK_INT(epoll_ctl(ep, EPOLL_CTL_MOD, fds[1], &ev), 0, "EPOLL_CTL_MOD to EPOLLOUT");
	CHECK_INT(epoll_wait(ep, got, 4, 0), 1, "is reported");
	CHECK_INT(got[0].events, EPOLLOUT, "as EPOLLOUT");
	close(fds[1]);
	CHECK_INT(epoll_wait(ep, got, 4, 0), 0, "closing the descriptor removes it");
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &ev), EINVAL, "itself is EINVAL");
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, 999, &ev), EBADF, "a closed one is EBADF");
	CHECK_ERR(epoll_ctl(ep, 77, fds[0], &ev), EINVAL, "an unknown operation is EINVAL");
	CHECK_ERR(epoll_wait(ep, got, 0, 0), EINVAL, "no room is EINVAL");
	CHECK_ERR(epoll_wait(fds[0], got, 1, 0), EINVAL, "on a pipe it is EINVAL");
	file = REQUIRE_OK(open("/proc/self/exe", O_RDONLY));
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, file, &ev), EPERM, "a regular file is EPERM");
	CHECK_ERR(syscall(SYS_epoll_create, 0), EINVAL, "epoll_create(0) is EINVAL");
	CHECK_ERR(epoll_create1(1), EINVAL, "an unknown flag is EINVAL");
}
