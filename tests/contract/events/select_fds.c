/* SPDX-License-Identifier: MIT */
/*
 * select: empty times out, write side ready, read side ready, end of file; EBADF; the time left
 * is written back.
 */
#include "lib/contract.h"

#include <sys/select.h>

/* The raw call: a C library may pass a copy of the time. */
static long select_(int count, fd_set *r, fd_set *w, fd_set *x, struct timeval *tv)
{
	return syscall(SYS_select, count, r, w, x, tv);
}

void contract_main(void)
{
	struct timeval tv = { 0, 20000 };
	fd_set r, w;
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(fds[0], &r);
	CHECK_INT(select_(fds[1] + 1, &r, NULL, NULL, &tv), 0, "an empty pipe times out");
	CHECK(tv.tv_sec == 0 && tv.tv_usec == 0, "no time is left");
	FD_SET(fds[0], &r);
	FD_SET(fds[1], &w);
	tv = (struct timeval){ 5, 0 };
	CHECK_INT(select_(fds[1] + 1, &r, &w, NULL, &tv), 1, "the write side is ready");
	CHECK(FD_ISSET(fds[1], &w) && !FD_ISSET(fds[0], &r), "only it");
	CHECK(tv.tv_sec == 4 || (tv.tv_sec == 5 && tv.tv_usec == 0),
	      "the time left is written back");
	REQUIRE(write(fds[1], "x", 1) == 1);
	FD_SET(fds[0], &r);
	CHECK_INT(select_(fds[1] + 1, &r, &w, NULL, NULL), 2, "both sides count");
	REQUIRE(read(fds[0], &(char){ 0 }, 1) == 1);
	close(fds[1]);
	FD_SET(fds[0], &r);
	CHECK_INT(select_(fds[0] + 1, &r, NULL, NULL, NULL), 1, "end of file is readable");
	FD_SET(fds[1], &r);
	CHECK_ERR(select_(fds[1] + 1, &r, NULL, NULL, NULL), EBADF, "a closed one is EBADF");
	tv = (struct timeval){ 0, 0 };
	CHECK_INT(select_(0, NULL, NULL, NULL, &tv), 0, "nothing at all, zero time");
	CHECK_ERR(syscall(SYS_select, -1, NULL, NULL, NULL, &tv), EINVAL,
		  "a negative count is EINVAL");
	tv.tv_sec = -1;
	CHECK_ERR(syscall(SYS_select, 0, NULL, NULL, NULL, &tv), EINVAL,
		  "a negative time is EINVAL");
}
