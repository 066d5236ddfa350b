/* SPDX-License-Identifier: MIT */
/*
 * rseq: see rseq.h.
 *
 * When. rseq_update() is due (WORK_RSEQ) after the thread came back to a CPU, if that is another CPU than the one
 * published, or if it was interrupted in user mode (a critical section contains no system call, so a thread that left
 * the CPU inside one is not in a section). Signal delivery does it too, before the frame is built. membarrier sets it
 * for all threads of an address space.
 *
 *	user mode, in a section -> interrupt, switch away .. switch in: WORK_RSEQ
 *	  -> user_exit_work(): rseq_cs says [start, start + length) holds ip -> ip = abort, rseq_cs = 0
 *
 * The area is that of the first version, 20 bytes of 32 in use: no AT_RSEQ_FEATURE_SIZE says otherwise.
 */
#include "proc/rseq.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "arch/context.h"
#include "arch/mmu.h"
#include "mm/uaccess.h"
#include "proc/signal.h"

#define RSEQ_AREA_SIZE	32u		/* of the first version: any alignment of 32 */

/* What the section's bounds must be: in user space, not around the end, and the abort address outside. */
static bool section_valid(const struct rseq_cs *cs)
{
	return cs->start_ip < ARCH_USER_MAX && cs->start_ip + cs->post_commit_offset < ARCH_USER_MAX &&
	       cs->abort_ip < ARCH_USER_MAX && !cs->version &&
	       cs->start_ip + cs->post_commit_offset >= cs->start_ip &&
	       cs->abort_ip - cs->start_ip >= cs->post_commit_offset;
}

/* Move *regs out of the section they are in. 0, -EINVAL, -EFAULT. */
static int leave_section(struct task *t, struct arch_regs *regs)
{
	struct rseq __user *area = t->rseq;
	unsigned long at, ip = arch_regs_ip(regs);
	struct rseq_cs cs;
	uint32_t sig, flags;
	bool inside;

	if (get_user(at, (unsigned long __user *)&area->rseq_cs))
		return -EFAULT;
	if (!at)
		return 0;
	if (copy_from_user(&cs, (const void __user *)at, sizeof(cs)))
		return -EFAULT;
	if (!section_valid(&cs))
		return -EINVAL;
	if (get_user(sig, (const uint32_t __user *)(unsigned long)(cs.abort_ip - sizeof(sig))))
		return -EFAULT;
	if (sig != t->rseq_sig)
		return -EINVAL;
	inside = ip - cs.start_ip < cs.post_commit_offset;
	if (inside && (get_user(flags, &area->flags) || ((flags | cs.flags) != 0)))
		return -EINVAL;		/* what the flags once meant is refused, as by Linux since 6.1 */
	if (put_user(0UL, (unsigned long __user *)&area->rseq_cs))
		return -EFAULT;
	if (inside)
		arch_regs_set_ip(regs, (unsigned long)cs.abort_ip);
	return 0;
}

static int publish_cpu(struct task *t, uint32_t cpu_start, uint32_t cpu)
{
	struct rseq __user *area = t->rseq;

	return put_user(cpu_start, &area->cpu_id_start) || put_user(cpu, &area->cpu_id) ? -EFAULT : 0;
}

void rseq_update(struct arch_regs *regs)
{
	struct task *t = current;
	uint32_t cpu = arch_cpu_id();

	thread_clear_work(&t->thread, WORK_RSEQ);
	if (!t->rseq || (t->flags & PF_EXITING))
		return;
	if (leave_section(t, regs) || publish_cpu(t, cpu, cpu)) {
		t->rseq = NULL;		/* or the handler's frame would trip over it again */
		signal_force_fault(SIGSEGV, SI_KERNEL, 0);
		return;
	}
	t->rseq_cpu = cpu;
}

/* struct thread.switched: interrupts off, run-queue lock held. */
static void rseq_switched(struct thread *thread, bool in)
{
	struct task *t = task_of(thread);

	if (!in || !t->rseq)
		return;
	if (t->rseq_cpu != arch_cpu_id() || arch_syscall_nr(arch_user_regs(thread->kstack_top)) < 0)
		__atomic_fetch_or(&thread->work, WORK_RSEQ, __ATOMIC_RELAXED);
}

static int check_area(const struct rseq __user *area, uint32_t len)
{
	size_t align = len == RSEQ_AREA_SIZE ? RSEQ_AREA_SIZE : _Alignof(struct rseq);

	if (len < RSEQ_AREA_SIZE || (uintptr_t)area % align)
		return -EINVAL;
	return user_range_ok(area, len) ? 0 : -EFAULT;
}

int rseq_register(struct rseq __user *area, uint32_t len, uint32_t sig)
{
	struct task *t = current;
	int err;

	if (t->rseq) {
		if (t->rseq != area || t->rseq_len != len)
			return -EINVAL;
		return t->rseq_sig != sig ? -EPERM : -EBUSY;
	}
	err = check_area(area, len);
	if (err)
		return err;
	t->rseq = area;
	t->rseq_len = len;
	t->rseq_sig = sig;
	t->thread.switched = rseq_switched;
	thread_set_work(&t->thread, WORK_RSEQ);
	return 0;
}

int rseq_unregister(struct rseq __user *area, uint32_t len, uint32_t sig)
{
	struct task *t = current;

	if (!t->rseq || t->rseq != area || t->rseq_len != len)
		return -EINVAL;
	if (t->rseq_sig != sig)
		return -EPERM;
	if (publish_cpu(t, 0, (uint32_t)RSEQ_CPU_ID_UNINITIALIZED))
		return -EFAULT;
	rseq_forget();
	return 0;
}

void rseq_forget(void)
{
	struct task *t = current;

	t->rseq = NULL;
	t->thread.switched = NULL;
}

void rseq_fork(struct task *child, bool shares_mm)
{
	struct task *t = current;

	if (shares_mm || !t->rseq)
		return;
	child->rseq = t->rseq;
	child->rseq_len = t->rseq_len;
	child->rseq_sig = t->rseq_sig;
	child->thread.switched = rseq_switched;
	__atomic_fetch_or(&child->thread.work, WORK_RSEQ, __ATOMIC_RELAXED);
}
