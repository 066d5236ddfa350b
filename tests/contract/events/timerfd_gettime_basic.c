/* SPDX-License-Identifier: MIT */
/*
 * timerfd_gettime: zero when unarmed, what is left when armed with the interval, zero after
 * disarming.
 */
#include "lib/contract.h"

#include <sys/timerfd.h>

void contract_main(void)
{
	struct itimerspec set = { { 7, 0 }, { 100, 0 } }, off = { { 0, 0 }, { 0, 0 } }, got;
	int fd = REQUIRE_OK(timerfd_create(CLOCK_REALTIME, 0));

	CHECK_INT(timerfd_gettime(fd, &got), 0, "gettime");
	CHECK(!got.it_value.tv_sec && !got.it_value.tv_nsec && !got.it_interval.tv_sec,
	      "unarmed is zero");
	CHECK_INT(timerfd_settime(fd, 0, &set, &got), 0, "arm");
	CHECK(!got.it_value.tv_sec && !got.it_value.tv_nsec, "the old setting was zero");
	REQUIRE(timerfd_gettime(fd, &got) == 0);
	CHECK(got.it_value.tv_sec == 99 || (got.it_value.tv_sec == 100 && !got.it_value.tv_nsec),
	      "what is left");
	CHECK_INT(got.it_interval.tv_sec, 7, "the interval");
	CHECK_INT(timerfd_settime(fd, 0, &off, &got), 0, "disarm");
	CHECK(got.it_value.tv_sec >= 98, "tells what was left");
	REQUIRE(timerfd_gettime(fd, &got) == 0);
	CHECK(!got.it_value.tv_sec && !got.it_value.tv_nsec, "zero after it");
}
