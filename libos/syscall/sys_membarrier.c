/* SPDX-License-Identifier: MIT */
/*
 * membarrier(2): a memory barrier on every CPU that may run the caller's threads, without their help.
 *
 * How. An interrupt on each CPU: a full barrier there, and its IRET orders instruction fetch too (SYNC_CORE). For
 * rseq, each thread of the address space is told to leave its critical section before it sees user mode again.
 */
#include "abi/errno.h"
#include "abi/futex.h"
#include "mm/mm.h"
#include "proc/task.h"
#include "sched/smp.h"
#include "sync/atomic.h"
#include "sync/rcu.h"
#include "syscall/syscall.h"

#define REGISTRATIONS	(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED | \
			 MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE | \
			 MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ)
#define KNOWN		(MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED | \
			 MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE | \
			 MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ | REGISTRATIONS)
#define GET_REGISTRATIONS	(1 << 9)	/* MEMBARRIER_CMD_GET_REGISTRATIONS, Linux 6.3 */

static void barrier_here(void *arg)
{
	(void)arg;
	smp_mb();
}

static long barrier_everywhere(void)
{
	smp_call_all(barrier_here, NULL);
	return 0;
}

/* The calling thread gets no interrupt: it leaves by IRET as one with work to do. */
static long barrier_sync_core(void)
{
	thread_set_work(&current->thread, WORK_NOTIFY);
	return barrier_everywhere();
}

/* Threads of our address space, on `cpu` if that is not negative, leave their restartable sequences. */
static long barrier_rseq(int cpu)
{
	struct process *p = current->process;
	struct task *t;
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);

	list_for_each_entry(t, &p->tasks, group_link) {
		if (t->rseq && (cpu < 0 || READ_ONCE(t->thread.cpu) == (uint32_t)cpu))
			thread_set_work(&t->thread, WORK_RSEQ);
	}
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return barrier_everywhere();
}

static long expedited(struct mm *mm, int cmd, int cpu)
{
	/* Each private command's registration is the next bit. */
	if (!(mm->membarrier_state & (uint64_t)cmd << 1))
		return -EPERM;
	if (cmd == MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE)
		return barrier_sync_core();
	if (cmd == MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ)
		return barrier_rseq(cpu);
	return barrier_everywhere();
}

long sys_membarrier(int cmd, unsigned int flags, int cpu)
{
	struct mm *mm = current->mm;
	bool one_cpu = cmd == MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ && flags == MEMBARRIER_CMD_FLAG_CPU;

	if (flags && !one_cpu)
		return -EINVAL;
	switch (cmd) {
	case MEMBARRIER_CMD_QUERY:
		return KNOWN | GET_REGISTRATIONS;
	case MEMBARRIER_CMD_GLOBAL:
		synchronize_rcu();	/* every CPU passed through the scheduler or user mode since */
		return 0;
	case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
		return barrier_everywhere();
	case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ:
		__atomic_fetch_or(&mm->membarrier_state, (uint64_t)cmd, __ATOMIC_SEQ_CST);
		return 0;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE:
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ:
		return expedited(mm, cmd, one_cpu ? cpu : -1);
	case GET_REGISTRATIONS:
		return (long)(mm->membarrier_state & REGISTRATIONS);
	default:
		return -EINVAL;
	}
}
