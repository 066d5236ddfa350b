/* SPDX-License-Identifier: MIT */
/*
 * exitwork: the one gate back to user mode. What others asked of this thread happens here: another thread's turn,
 * signals, a mask to put back; and faults of user mode enter here as signals.
 */
#include "abi/signal.h"
#include "arch/irq.h"
#include "arch/upcall.h"
#include "mm/uaccess.h"
#include "proc/diag.h"
#include "proc/rseq.h"
#include "proc/signal.h"
#include "sched/sched.h"
#include "trace/trace.h"

/* CLONE_CHILD_SETTID: in the child's memory, so by the child itself. A bad address is ignored, as on Linux. */
static void write_child_tid(struct task *t)
{
	int32_t __user *uaddr = t->set_child_tid;

	t->set_child_tid = NULL;
	if (uaddr && put_user(task_tid(t), uaddr))
		return;
}

void user_exit_work(struct arch_regs *regs)
{
	struct task *t = current;
	uint32_t work = READ_ONCE(t->thread.blocker.work);

	arch_irq_enable();
	if (work & WORK_RESCHED)
		sched_exit_work();
	if (work & (WORK_SIGNAL | WORK_KILL | WORK_NOTIFY | WORK_STOP)) {
		thread_clear_work(&t->thread, WORK_NOTIFY | WORK_STOP);
		if (unlikely(t->set_child_tid))
			write_child_tid(t);
		signal_deliver(regs);
	}
	if (work & WORK_SYSCALL_EXIT)
		thread_clear_work(&t->thread, WORK_SYSCALL_EXIT);
	if (thread_has_work(&t->thread, WORK_RSEQ))
		rseq_update(regs);
	arch_irq_disable();
}

void user_fault(struct arch_regs *regs, const struct arch_fault *fault)
{
	siginfo_t info;

	TRACE(fault_user, TRACE_FAULT, &current->thread, fault->addr, fault->signo, arch_regs_ip(regs));
	if (unlikely(trace_config.chosen & TRACE_FAULT))
		diag_user_fault(regs, fault);
	siginfo_init(&info, fault->signo, fault->code, NULL);
	info.si_addr = (void *)fault->addr;
	signal_force(&info);
}
