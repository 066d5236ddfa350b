/* SPDX-License-Identifier: MIT */
/* sched_setaffinity: get, set, get; the raw call's size; moves the caller at once; errors. */
#include "lib/contract.h"

#include <sched.h>

void contract_main(void)
{
	unsigned long mask[16] = { 0 };
	cpu_set_t all, one, got;
	long size;
	int moved = 0;

	CPU_ZERO(&all);
	CHECK_INT(sched_getaffinity(0, sizeof(all), &all), 0, "get");
	CHECK(CPU_COUNT(&all) >= 1, "at least one CPU");
	size = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	CHECK(size >= 8 && size % 8 == 0, "the raw call returns its size in bytes");
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
		moved += sched_getcpu() == cpu;
		CPU_ZERO(&got);
		REQUIRE(sched_getaffinity(0, sizeof(got), &got) == 0 && CPU_EQUAL(&one, &got));
	}
	CHECK_INT(moved, CPU_COUNT(&all),
		  "the caller runs on each CPU as soon as the call returns");
	CHECK_INT(sched_setaffinity(0, sizeof(all), &all), 0, "back");
	CPU_ZERO(&one);
	CHECK_ERR(sched_setaffinity(0, sizeof(one), &one), EINVAL, "no CPU is EINVAL");
	CPU_SET(CPU_SETSIZE - 1, &one);
	CHECK_ERR(sched_setaffinity(0, sizeof(one), &one), EINVAL,
		  "only CPUs that are not there too");
	CHECK_ERR(syscall(SYS_sched_getaffinity, 0, 3, mask), EINVAL,
		  "a size that is no multiple of 8 is EINVAL");
	CHECK_ERR(sched_getaffinity(0x7ffffffe, sizeof(got), &got), ESRCH, "nobody is ESRCH");
}
