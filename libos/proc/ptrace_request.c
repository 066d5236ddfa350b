/* SPDX-License-Identifier: MIT */
/* ptrace_request: what a tracer does to a tracee it holds (ptrace_freeze()). See ptrace.h. */
#include "proc/ptrace.h"

#include "abi/errno.h"
#include "abi/ptrace.h"
#include "arch/ptrace.h"
#include "proc/signal.h"
#include "sched/sched.h"

static bool signal_valid(int sig)
{
	return sig >= 0 && sig <= NR_SIGNALS;
}

int ptrace_detach(struct task *t, int sig)
{
	unsigned long irq;

	if (!signal_valid(sig))
		return -EIO;
	arch_step_set(&t->thread, false);
	irq = write_lock_irqsave(&proc_tree.lock);
	t->trace->resume_sig = sig;
	ptrace_unlink(t);
	write_unlock_irqrestore(&proc_tree.lock, irq);
	return 0;
}

int ptrace_resume(struct task *t, unsigned mode, int sig)
{
	unsigned long flags;
	struct sighand *sh;

	if (!signal_valid(sig))
		return -EIO;
	t->trace->mode = (uint8_t)mode;
	task_recalc_slow(t);
	if (mode & PTRACE_MODE_STEP)		/* system calls are stepped over by hand: ptrace_syscall_exit() */
		thread_set_work(&t->thread, WORK_SYSCALL_SLOW);
	arch_step_set(&t->thread, mode & PTRACE_MODE_STEP);
	sh = sighand_lock(t, &flags);
	if (!sh)
		return -ESRCH;
	t->trace->resume_sig = sig;
	t->trace->code = 0;
	t->jobctl &= ~(JOBCTL_TRACED | JOBCTL_FROZEN);
	thread_wake(&t->thread, THREAD_TRACED);
	sighand_unlock(sh, flags);
	return 0;
}

int ptrace_interrupt(struct task *t)
{
	unsigned long flags;
	struct sighand *sh;

	if (!t->trace->seized)
		return -EIO;
	sh = sighand_lock(t, &flags);
	if (!sh)
		return -ESRCH;
	/* In a stop already: it will trap again when that ends, unless it listens, then at once. */
	t->jobctl |= JOBCTL_TRAP_STOP;
	signal_wake(t, /*fatal=*/false);
	if (t->jobctl & JOBCTL_LISTENING)
		thread_wake(&t->thread, THREAD_TRACED);
	sighand_unlock(sh, flags);
	return 0;
}

int ptrace_listen(struct task *t)
{
	struct task_trace *trace = t->trace;
	unsigned long flags;
	struct sighand *sh;
	int err = -EIO;

	if (!trace->seized)
		return -EIO;
	sh = sighand_lock(t, &flags);
	if (!sh)
		return -ESRCH;
	if (trace->have_info && trace->info.si_code >> 8 == PTRACE_EVENT_STOP) {
		t->jobctl |= JOBCTL_LISTENING;
		if (t->jobctl & JOBCTL_TRAP_NOTIFY)
			thread_wake(&t->thread, THREAD_TRACED);
		err = 0;
	}
	sighand_unlock(sh, flags);
	return err;
}
