/* SPDX-License-Identifier: MIT */
/* clock_getres: 1 ns for the fine clocks, a tick for the coarse, NULL is fine, a bad id EINVAL. */
#include "lib/contract.h"

void contract_main(void)
{
	struct timespec ts = { 9, 9 };

	CHECK_INT(syscall(SYS_clock_getres, CLOCK_MONOTONIC, &ts), 0, "CLOCK_MONOTONIC");
	CHECK(ts.tv_sec == 0 && ts.tv_nsec == 1, "1 ns");
	CHECK_INT(syscall(SYS_clock_getres, CLOCK_REALTIME, &ts), 0, "CLOCK_REALTIME");
	CHECK(ts.tv_sec == 0 && ts.tv_nsec == 1, "1 ns");
	CHECK_INT(syscall(SYS_clock_getres, CLOCK_MONOTONIC_COARSE, &ts), 0,
		  "CLOCK_MONOTONIC_COARSE");
	CHECK(ts.tv_sec == 0 && ts.tv_nsec >= 1000000 && ts.tv_nsec <= 10000000,
	      "a tick of 1 to 10 ms");
	CHECK_INT(syscall(SYS_clock_getres, CLOCK_PROCESS_CPUTIME_ID, &ts), 0,
		  "CLOCK_PROCESS_CPUTIME_ID");
	CHECK_INT(syscall(SYS_clock_getres, CLOCK_MONOTONIC, NULL), 0, "NULL is fine");
	CHECK_ERR(syscall(SYS_clock_getres, 9999, &ts), EINVAL, "a bad id is EINVAL");
	CHECK_ERR(syscall(SYS_clock_getres, CLOCK_MONOTONIC, bad_pointer()), EFAULT,
		  "a bad pointer is EFAULT");
}
