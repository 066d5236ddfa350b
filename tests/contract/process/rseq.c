/* SPDX-License-Identifier: MIT */
/* rseq: registers a 32-byte area, keeps cpu_id right, refuses a wrong length and a second area. */
#include "lib/contract.h"

#include <sched.h>

struct rseq_area {
	uint32_t cpu_id_start, cpu_id;
	uint64_t rseq_cs;
	uint32_t flags, node_id, mm_cid, end;
} __attribute__((aligned(32)));

#define RSEQ_UNREGISTER 1
#define SIGNATURE 0x53053053

static volatile struct rseq_area area;

static int register_in_child(void *arg)
{
	area.cpu_id = (uint32_t)-1;
	CHECK_ERR(syscall(SYS_rseq, &area, 16, 0, SIGNATURE), EINVAL, "a length of 16 is EINVAL");
	CHECK_ERR(syscall(SYS_rseq, (char *)&area + 4, 32, 0, SIGNATURE), EINVAL,
		  "a misaligned area is EINVAL");
	CHECK_ERR(syscall(SYS_rseq, &area, 32, 2, SIGNATURE), EINVAL, "an unknown flag is EINVAL");
	CHECK_INT(syscall(SYS_rseq, &area, 32, 0, SIGNATURE), 0, "registered");
	CHECK_ERR(syscall(SYS_rseq, &area, 32, 0, SIGNATURE), EBUSY, "twice is EBUSY");
	CHECK_ERR(syscall(SYS_rseq, &area, 32, 0, 1), EPERM, "with another signature EPERM");
	CHECK(EVENTUALLY(area.cpu_id == (uint32_t)sched_getcpu(), 1000), "cpu_id is the CPU");
	CHECK_INT(area.cpu_id_start, area.cpu_id, "cpu_id_start as well");
	CHECK_INT(syscall(SYS_rseq, &area, 32, RSEQ_UNREGISTER, SIGNATURE), 0, "unregistered");
	CHECK_INT(area.cpu_id, (uint32_t)-1, "cpu_id says uninitialised");
	CHECK_ERR(syscall(SYS_rseq, &area, 32, RSEQ_UNREGISTER, SIGNATURE), EINVAL,
		  "unregistering twice is EINVAL");
	return 0;
}

static int follows_cpu(void *arg)
{
	cpu_set_t all, one;
	int wrong = 0;

	REQUIRE(sched_getaffinity(0, sizeof(all), &all) == 0);
	REQUIRE(syscall(SYS_rseq, &area, 32, 0, SIGNATURE) == 0);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
		wrong += area.cpu_id != (uint32_t)cpu;
	}
	CHECK_INT(wrong, 0, "cpu_id is right on each CPU of the mask");
	return 0;
}

void contract_main(void)
{
#ifdef __GLIBC__
	skip_all("glibc registers rseq by itself");
#endif
	CHECK_EXIT(register_in_child, NULL, 0, "the registering child ends well");
	CHECK_EXIT(follows_cpu, NULL, 0, "the migrating child ends well");
}
