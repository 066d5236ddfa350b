/* SPDX-License-Identifier: MIT */
/*
 * jobctl: stopping and continuing whole processes.
 *
 *   running --stop signal--> jobctl_stop: every thread gets STOP_PENDING, stop_count = threads
 *           each thread: jobctl_participate -> STOPPED; the last sets SIGNAL_STOPPED, tells the parent
 *   STOPPED --SIGCONT--> jobctl_continue_locked: flags cleared, threads woken, SIGNAL_CONTINUED, parent told
 *   STOPPED --SIGKILL--> woken by signal_group_exit_locked, ends
 */
#include "proc/ptrace.h"
#include "proc/signal.h"
#include "proc/wait.h"
#include "sched/sched.h"

void jobctl_notify_parent(struct process *p, int code)
{
	siginfo_t info;
	unsigned long flags, sflags;
	struct sighand *sh;
	struct task *parent;

	flags = read_lock_irqsave(&proc_tree.lock);
	parent = p->parent->leader;
	siginfo_init(&info, SIGCHLD, code, p->leader);
	info.si_pid = process_tgid_in(p, parent->pid_ns);
	info.si_status = code == CLD_CONTINUED ? SIGCONT : p->stop_signal;
	sh = sighand_lock(parent, &sflags);
	if (sh) {
		const struct sig_action *sa = &sh->action[SIGCHLD - 1];

		if (sa->handler != (unsigned long)SIG_IGN && !(sa->flags & SA_NOCLDSTOP))
			ignore_result(signal_send_locked(parent, &info, SIGNAL_PROCESS)); /* forced */
		sighand_unlock(sh, sflags);
	}
	wake_up_all(&p->parent->child_wait);
	read_unlock_irqrestore(&proc_tree.lock, flags);
}

bool jobctl_count_stop(struct task *t)
{
	struct process *p = t->process;
	bool last = false;

	assert_held(&t->sighand->lock);
	if (!(t->jobctl & JOBCTL_STOP_PENDING))
		return false;
	if (t->jobctl & JOBCTL_STOP_CONSUME) {
		last = --p->stop_count == 0;
		if (last)
			p->sig_flags = (p->sig_flags & SIGNAL_UNKILLABLE) | SIGNAL_STOPPED;
	}
	t->jobctl &= ~(JOBCTL_STOP_PENDING | JOBCTL_STOP_CONSUME);
	return last;
}

/* This thread's part of a stop: count down, and sleep. Caller holds the lock, which is released. */
static void stop_self(struct task *t, unsigned long flags)
{
	struct process *p = t->process;
	bool last;

	if (task_traced(t)) {		/* it stops for its tracer, which counts it too */
		spin_unlock_irqrestore(&t->sighand->lock, flags);
		ptrace_trap();
		return;
	}
	last = jobctl_count_stop(t);
	t->jobctl |= JOBCTL_STOPPED;
	set_current_state(THREAD_STOPPED);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	if (last)
		jobctl_notify_parent(p, CLD_STOPPED);
	schedule();
	flags = spin_lock_irqsave(&t->sighand->lock);
	t->jobctl &= ~JOBCTL_STOPPED;
	signal_recalc(t);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
}

/* A seized tracee is to tell its tracer of the group's news: by another trap if it listens. Sighand lock held. */
static void jobctl_trap_notify(struct task *t)
{
	t->jobctl |= JOBCTL_TRAP_NOTIFY;
	signal_wake(t, /*fatal=*/false);
	if (t->jobctl & JOBCTL_LISTENING)
		thread_wake(&t->thread, THREAD_TRACED);
}

bool jobctl_stop(int sig)
{
	struct task *t = current, *other;
	struct process *p = t->process;
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);

	/* SIGCONT or SIGKILL may have come between dequeue and here. */
	if (!(t->jobctl & JOBCTL_STOP_DEQUEUED) || (p->sig_flags & SIGNAL_GROUP_EXIT) || p->group_exec) {
		spin_unlock_irqrestore(&t->sighand->lock, flags);
		return false;
	}
	t->jobctl &= ~JOBCTL_STOP_DEQUEUED;
	p->stop_signal = p->group_stop_sig = sig;
	p->stop_count = 0;
	list_for_each_entry(other, &p->tasks, group_link) {
		if ((other->flags & PF_EXITING) || (other->jobctl & JOBCTL_STOPPED))
			continue;
		other->jobctl |= JOBCTL_STOP_PENDING | JOBCTL_STOP_CONSUME;
		p->stop_count++;
		if (task_traced(other) && other->trace->seized)
			jobctl_trap_notify(other);
		else if (other != t)
			signal_wake(other, /*fatal=*/false);
	}
	stop_self(t, flags);
	return true;
}

void jobctl_participate(void)
{
	struct task *t = current;
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);

	if (!(t->jobctl & JOBCTL_STOP_PENDING)) {
		spin_unlock_irqrestore(&t->sighand->lock, flags);
		return;
	}
	stop_self(t, flags);
}

void jobctl_continue_locked(struct process *p)
{
	struct task *t;
	bool was_stopped = p->sig_flags & SIGNAL_STOPPED;

	p->stop_count = 0;
	list_for_each_entry(t, &p->tasks, group_link) {
		t->jobctl &= ~(JOBCTL_STOP_PENDING | JOBCTL_STOP_CONSUME | JOBCTL_STOP_DEQUEUED);
		thread_wake(&t->thread, THREAD_STOPPED);
		if (task_traced(t) && t->trace->seized)
			jobctl_trap_notify(t);
	}
	if (!was_stopped)
		return;
	/* The parent is told by the first thread that runs: see next_signal() in sigdeliver.c. */
	p->sig_flags = (p->sig_flags & SIGNAL_UNKILLABLE) | SIGNAL_CONTINUED | SIGNAL_TELL_CONTINUED;
	list_for_each_entry(t, &p->tasks, group_link)
		thread_set_work(&t->thread, WORK_SIGNAL);
}
