/* SPDX-License-Identifier: MIT */
/* membarrier(2): a memory barrier on every CPU that may run the caller's threads, without their help. */
#include "abi/errno.h"
#include "abi/futex.h"
#include "mm/mm.h"
#include "proc/task.h"
#include "sched/smp.h"
#include "sync/atomic.h"
#include "sync/rcu.h"
#include "syscall/syscall.h"

#define KNOWN	(MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)

static void barrier_here(void *arg)
{
	(void)arg;
	smp_mb();
}

long sys_membarrier(int cmd, unsigned int flags, int cpu)
{
	struct mm *mm = current->mm;

	(void)cpu;			/* only MEMBARRIER_CMD_FLAG_CPU gives it a meaning */
	if (flags)
		return -EINVAL;
	switch (cmd) {
	case MEMBARRIER_CMD_QUERY:
		return KNOWN;
	case MEMBARRIER_CMD_GLOBAL:
		synchronize_rcu();	/* every CPU passed through the scheduler or user mode since */
		return 0;
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		__atomic_fetch_or(&mm->membarrier_state, (uint64_t)cmd, __ATOMIC_SEQ_CST);
		return 0;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		if (!(mm->membarrier_state & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
			return -EPERM;
		smp_call_all(barrier_here, NULL);
		return 0;
	default:
		return -EINVAL;
	}
}
