/* SPDX-License-Identifier: MIT */
/*
 * CLOCK_MONOTONIC never goes back, also across CPUs and between processes; COARSE, RAW and
 * BOOTTIME agree.
 */
#include "lib/contract.h"

#include <sched.h>

static int64_t get(int id)
{
	struct timespec ts;

	REQUIRE(syscall(SYS_clock_gettime, id, &ts) == 0);
	REQUIRE(ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void contract_main(void)
{
	int64_t last = 0, now, mono, coarse, boot;
	int back = 0, checked = 0;
	cpu_set_t all, one;

	for (int i = 0; i < 1000; i++) {
		now = get(CLOCK_MONOTONIC);
		back += now < last;
		last = now;
	}
	CHECK_INT(back, 0, "1000 reads never go back");
	REQUIRE(sched_getaffinity(0, sizeof(all), &all) == 0);
	for (int round = 0; round < 50; round++) {
		for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
			if (!CPU_ISSET(cpu, &all))
				continue;
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
			now = now_ns();
			back += now < last;
			last = now;
			checked++;
		}
	}
	CHECK_INT(back, 0, "nor when the reader moves from CPU to CPU");
	coarse = get(CLOCK_MONOTONIC_COARSE);
	mono = get(CLOCK_MONOTONIC);
	CHECK(coarse <= mono && mono - coarse < 50000000LL * contract_slow(),
	      "COARSE lags less than 50 ms");
	mono = get(CLOCK_MONOTONIC);
	boot = get(CLOCK_BOOTTIME);
	CHECK(boot >= mono, "BOOTTIME is not behind");
	CHECK(get(CLOCK_MONOTONIC_RAW) > 0, "RAW is there");
	CHECK(checked > 0, "all CPUs were visited");
}
