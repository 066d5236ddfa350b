/* SPDX-License-Identifier: MIT */
/*
 * sched_setscheduler: SCHED_OTHER, FIFO, RR, BATCH, IDLE read back; priorities' limits; reset
 * on fork; errors.
 */
#include "lib/contract.h"

#include <sched.h>

static int set(int policy, int priority)
{
	struct { int priority; } p = { priority };

	return (int)syscall(SYS_sched_setscheduler, 0, policy, &p);
}

static int policy_of_child(void *arg)
{
	return (int)syscall(SYS_sched_getscheduler, 0);
}

static int unprivileged(void *arg)
{
	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(set(SCHED_FIFO, 1), EPERM, "SCHED_FIFO without privilege is EPERM");
	CHECK_INT(set(SCHED_BATCH, 0), 0, "SCHED_BATCH needs none");
	return 0;
}

void contract_main(void)
{
	struct { int priority; } p;
	struct timespec ts;

	need_root();
	CHECK_INT(syscall(SYS_sched_getscheduler, 0), SCHED_OTHER, "SCHED_OTHER at first");
	CHECK_INT(set(SCHED_OTHER, 0), 0, "can be set");
	CHECK_ERR(set(SCHED_OTHER, 1), EINVAL, "with a priority it is EINVAL");
	CHECK_INT(set(SCHED_RR, 7), 0, "SCHED_RR");
	CHECK_INT(syscall(SYS_sched_getscheduler, 0), SCHED_RR, "reads back");
	CHECK_INT(syscall(SYS_sched_getparam, 0, &p), 0, "sched_getparam");
	CHECK_INT(p.priority, 7, "the priority");
	CHECK_INT(syscall(SYS_sched_rr_get_interval, 0, &ts), 0, "sched_rr_get_interval");
	CHECK(ts.tv_sec > 0 || ts.tv_nsec > 0, "is not 0");
	CHECK_EXIT(policy_of_child, NULL, SCHED_RR, "a fork inherits it");
	CHECK_INT(set(SCHED_FIFO | SCHED_RESET_ON_FORK, 3), 0,
		  "SCHED_FIFO with SCHED_RESET_ON_FORK");
	CHECK_EXIT(policy_of_child, NULL, SCHED_OTHER, "a fork does not");
	CHECK_INT(set(SCHED_IDLE, 0), 0, "SCHED_IDLE");
	CHECK_INT(set(SCHED_OTHER, 0), 0, "back");
	CHECK_ERR(set(SCHED_FIFO, 0), EINVAL, "SCHED_FIFO with priority 0 is EINVAL");
	CHECK_ERR(set(SCHED_FIFO, 100), EINVAL, "with 100 too");
	CHECK_ERR(set(77, 0), EINVAL, "an unknown policy is EINVAL");
	CHECK_INT(sched_get_priority_max(SCHED_FIFO), 99, "the greatest priority is 99");
	CHECK_INT(sched_get_priority_min(SCHED_FIFO), 1, "the least 1");
	CHECK_INT(sched_get_priority_max(SCHED_OTHER), 0, "0 for SCHED_OTHER");
	CHECK_ERR(sched_get_priority_max(77), EINVAL, "an unknown policy is EINVAL");
	CHECK_ERR(syscall(SYS_sched_getscheduler, 0x7ffffffe), ESRCH, "nobody is ESRCH");
	CHECK_ERR(syscall(SYS_sched_getscheduler, -1), EINVAL, "a negative pid is EINVAL");
	CHECK_EXIT(unprivileged, NULL, 0, "the unprivileged child ends well");
}
