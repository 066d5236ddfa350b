/* SPDX-License-Identifier: MIT */
/*
 * clock_nanosleep: relative and absolute, not early; zero and the past return at once; bad
 * arguments.
 */
#include "lib/contract.h"

void contract_main(void)
{
	struct timespec ts = { 0, 50000000 }, zero = { 0, 0 }, now;
	int64_t start = now_ns();

	CHECK_INT(clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL), 0, "50 ms by CLOCK_MONOTONIC");
	CHECK(now_ns() - start >= 50000000, "not early");
	CHECK(now_ns() - start < 1000000000LL * contract_slow(), "nor much too late");
	start = now_ns();
	CHECK_INT(clock_nanosleep(CLOCK_REALTIME, 0, &ts, NULL), 0, "by CLOCK_REALTIME");
	CHECK(now_ns() - start >= 49000000, "not early");
	CHECK_INT(clock_nanosleep(CLOCK_MONOTONIC, 0, &zero, NULL), 0, "zero returns at once");
	clock_gettime(CLOCK_MONOTONIC, &now);
	/* One second earlier, where the machine is old enough for it. */
	now = now.tv_sec > 0 ? (struct timespec){ now.tv_sec - 1, now.tv_nsec } : (struct timespec){ 0, 1 };
	CHECK_INT(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, NULL), 0,
		  "so does the past");
	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_nsec += 30000000;
	if (now.tv_nsec >= 1000000000)
		now.tv_sec++, now.tv_nsec -= 1000000000;
	CHECK_INT(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &now, NULL), 0,
		  "an absolute real time");
	clock_gettime(CLOCK_REALTIME, &ts);
	CHECK(ts.tv_sec > now.tv_sec || (ts.tv_sec == now.tv_sec && ts.tv_nsec >= now.tv_nsec),
	      "has come");
	CHECK_INT(clock_nanosleep(9999, 0, &zero, NULL), EINVAL, "a bad clock is EINVAL");
	CHECK_INT(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &zero, NULL), EINVAL,
		  "one's own CPU time too");
	ts.tv_nsec = -1;
	CHECK_INT(clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL), EINVAL,
		  "negative nanoseconds too");
	CHECK_INT(clock_nanosleep(CLOCK_MONOTONIC, 0, bad_pointer(), NULL), EFAULT,
		  "a bad pointer is EFAULT");
}
