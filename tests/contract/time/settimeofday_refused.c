/* SPDX-License-Identifier: MIT */
/*
 * settimeofday, clock_settime: EPERM without the capability, EINVAL for bad values and clocks
 * that cannot be set.
 */
#include "lib/contract.h"

#include <sys/time.h>

static int unprivileged(void *arg)
{
	struct timeval tv = { 1700000000, 0 };
	struct timespec ts = { 1700000000, 0 };

	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(syscall(SYS_settimeofday, &tv, NULL), EPERM, "settimeofday");
	CHECK_ERR(syscall(SYS_clock_settime, CLOCK_REALTIME, &ts), EPERM, "clock_settime");
	return 0;
}

void contract_main(void)
{
	struct timeval tv = { 0, 1000000 };
	struct timespec ts = { 0, -1 };

	need_root();
	CHECK_EXIT(unprivileged, NULL, 0, "the unprivileged child ends well");
	CHECK_ERR(syscall(SYS_settimeofday, &tv, NULL), EINVAL,
		  "a million microseconds are EINVAL");
	CHECK_ERR(syscall(SYS_clock_settime, CLOCK_REALTIME, &ts), EINVAL,
		  "negative nanoseconds are EINVAL");
	ts.tv_nsec = 0;
	CHECK_ERR(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &ts), EINVAL,
		  "CLOCK_MONOTONIC cannot be set");
	CHECK_ERR(syscall(SYS_clock_settime, CLOCK_REALTIME, bad_pointer()), EFAULT,
		  "a bad pointer is EFAULT");
}
