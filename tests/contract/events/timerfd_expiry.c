/* SPDX-License-Identifier: MIT */
/*
 * timerfd: unarmed EAGAIN, readable on expiry, counts expirations, absolute and past times,
 * errors.
 */
#include "lib/contract.h"

#include <poll.h>
#include <sys/timerfd.h>

void contract_main(void)
{
	struct itimerspec once = { { 0, 0 }, { 0, 30000000 } }, every = { { 0, 10000000 }, { 0, 10000000 } };
	struct itimerspec abs = { { 0, 0 }, { 0, 1 } }, off = { { 0, 0 }, { 0, 0 } };
	int fd = REQUIRE_OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint64_t count = 0;
	int64_t start;

	CHECK_ERR(read(fd, &count, 8), EAGAIN, "unarmed is EAGAIN");
	start = now_ns();
	REQUIRE(timerfd_settime(fd, 0, &once, NULL) == 0);
	CHECK_INT(poll(&pfd, 1, 5000), 1, "readable on expiry");
	CHECK(now_ns() - start >= 30000000, "not early");
	CHECK_INT(read(fd, &count, 8), 8, "read");
	CHECK_INT(count, 1, "one expiration");
	CHECK_ERR(read(fd, &count, 8), EAGAIN, "then EAGAIN");
	REQUIRE(timerfd_settime(fd, 0, &every, NULL) == 0);
	sleep_ms(100);
	REQUIRE(read(fd, &count, 8) == 8);
	CHECK(count >= 9, "an interval of 10 ms expires at least 9 times in 100 ms");
	CHECK(count <= 12ULL * (unsigned int)contract_slow() * 10, "and not without end");
	REQUIRE(timerfd_settime(fd, 0, &off, NULL) == 0);
	CHECK_ERR(read(fd, &count, 8), EAGAIN, "disarmed is EAGAIN");
	REQUIRE(timerfd_settime(fd, TFD_TIMER_ABSTIME, &abs, NULL) == 0);
	CHECK_INT(poll(&pfd, 1, 1000), 1, "an absolute time in the past expires at once");
	CHECK_ERR(read(fd, &count, 4), EINVAL, "a short buffer is EINVAL");
	CHECK_ERR(write(fd, &count, 8), EINVAL, "write is EINVAL");
	once.it_value.tv_nsec = 1000000000;
	CHECK_ERR(timerfd_settime(fd, 0, &once, NULL), EINVAL, "a bad time is EINVAL");
	CHECK_ERR(timerfd_create(99, 0), EINVAL, "an unknown clock is EINVAL");
	CHECK_ERR(timerfd_settime(0, 0, &off, NULL), EINVAL, "another file is EINVAL");
}
