/* SPDX-License-Identifier: MIT */
/*
 * What C libraries ask at start: rseq's and clone3's small sizes, affinity, scheduler, robust
 * list, prlimit.
 */
#include "lib/contract.h"

#include <sched.h>
#include <sys/resource.h>

void contract_main(void)
{
	static char area[64] __attribute__((aligned(64)));
	struct { int priority; } p = { 0 };
	unsigned long mask[128];
	struct rlimit r;

	CHECK_ERR(syscall(SYS_rseq, area, 1, 0, 0), EINVAL, "rseq with a bad size is EINVAL");
	CHECK_ERR(syscall(SYS_clone3, area, 8), EINVAL, "clone3 with a bad size is EINVAL");
	CHECK(syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask) > 0, "sched_getaffinity");
	CHECK_INT(syscall(SYS_sched_setaffinity, 0, sizeof(mask[0]), mask), 0, "sched_setaffinity");
	CHECK_INT(syscall(SYS_sched_getscheduler, 0), SCHED_OTHER, "sched_getscheduler");
	CHECK_INT(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &p), 0, "sched_setscheduler");
	CHECK_INT(syscall(SYS_prlimit64, 0, RLIMIT_STACK, NULL, &r), 0, "prlimit64");
	CHECK_INT(syscall(SYS_arch_prctl, 0x3001, 0), -1, "arch_prctl CET probe fails");
	CHECK_INT(errno, EINVAL, "with EINVAL");
	CHECK_INT(syscall(SYS_set_tid_address, area), syscall(SYS_gettid), "set_tid_address");
}
