/* SPDX-License-Identifier: MIT */
/*
 * gettimeofday, time: within a second of clock_gettime, microseconds in range; a NULL pointer
 * is fine.
 */
#include "lib/contract.h"

#include <sys/time.h>

void contract_main(void)
{
	struct timespec ts;
	struct timeval tv;
	time_t t;

	CHECK_INT(syscall(SYS_gettimeofday, &tv, NULL), 0, "gettimeofday");
	clock_gettime(CLOCK_REALTIME, &ts);
	CHECK(ts.tv_sec - tv.tv_sec >= 0 && ts.tv_sec - tv.tv_sec <= contract_slow(),
	      "agrees with clock_gettime");
	CHECK(tv.tv_usec >= 0 && tv.tv_usec < 1000000, "microseconds in range");
	CHECK_INT(syscall(SYS_time, &t), t, "time returns what it stores");
	CHECK(t - ts.tv_sec >= 0 && t - ts.tv_sec <= contract_slow(), "and agrees");
	CHECK(syscall(SYS_time, NULL) >= t, "time(NULL)");
	CHECK_INT(syscall(SYS_gettimeofday, NULL, NULL), 0, "gettimeofday(NULL, NULL)");
	CHECK_ERR(syscall(SYS_gettimeofday, bad_pointer(), NULL), EFAULT,
		  "a bad pointer is EFAULT");
}
