/* SPDX-License-Identifier: MIT */
/*
 * CLOCK_REALTIME: after 2024, nanoseconds in range, COARSE close, advances at the pace of
 * CLOCK_MONOTONIC.
 */
#include "lib/contract.h"

static int64_t get(int id)
{
	struct timespec ts;

	REQUIRE(clock_gettime(id, &ts) == 0);
	REQUIRE(ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void contract_main(void)
{
	int64_t real, mono, coarse;

	real = get(CLOCK_REALTIME);
	CHECK(real > 1704067200LL * 1000000000, "it is after the start of 2024");
	coarse = get(CLOCK_REALTIME_COARSE);
	CHECK(llabs(coarse - real) < 100000000LL * contract_slow(), "COARSE is close");
	mono = get(CLOCK_MONOTONIC);
	real = get(CLOCK_REALTIME);
	sleep_ms(100);
	mono = get(CLOCK_MONOTONIC) - mono;
	real = get(CLOCK_REALTIME) - real;
	CHECK(llabs(real - mono) < 20000000LL * contract_slow(),
	      "it advances as CLOCK_MONOTONIC does");
	CHECK_ERR(syscall(SYS_clock_gettime, 9999, &(struct timespec){ 0 }), EINVAL,
		  "a bad clock is EINVAL");
}
