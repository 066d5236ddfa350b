/* SPDX-License-Identifier: MIT */
/*
 * ppoll: nanosecond times, NULL time, POLLHUP with a NULL mask, EINVAL for a bad time; time is
 * written back.
 */
#include "lib/contract.h"

#include <poll.h>

void contract_main(void)
{
	struct timespec zero = { 0, 0 }, some = { 0, 30000000 }, bad = { 0, 1000000000 };
	struct pollfd p;
	int64_t start;
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	p = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	CHECK_INT(ppoll(&p, 1, &zero, NULL), 0, "zero time, nothing ready");
	start = now_ns();
	CHECK_INT(ppoll(&p, 1, &some, NULL), 0, "30 ms, nothing ready");
	CHECK(now_ns() - start >= 30000000, "not early");
	REQUIRE(write(fds[1], "x", 1) == 1);
	CHECK_INT(ppoll(&p, 1, NULL, NULL), 1, "NULL time, readable");
	CHECK_INT(p.revents, POLLIN, "POLLIN");
	REQUIRE(read(fds[0], &(char){ 0 }, 1) == 1);
	close(fds[1]);
	CHECK_INT(ppoll(&p, 1, &zero, NULL), 1, "no writer, NULL mask");
	CHECK_INT(p.revents, POLLHUP, "POLLHUP");
	CHECK_ERR(ppoll(&p, 1, &bad, NULL), EINVAL, "a bad time is EINVAL");
	some = (struct timespec){ 5, 0 };
	p.fd = REQUIRE_OK(open("/dev/null", O_RDONLY));
	CHECK_INT(syscall(SYS_ppoll, &p, 1, &some, NULL, 8), 1, "the raw call");
	CHECK(some.tv_sec == 4 && some.tv_nsec > 0, "writes back what is left");
	CHECK_ERR(syscall(SYS_ppoll, &p, 1, &zero, &zero, 4), EINVAL, "a set size of 4 is EINVAL");
}
