/* SPDX-License-Identifier: MIT */
/*
 * dethread: see dethread.h.
 *
 *   execing thread: group_exec = me, the others get SIGKILL -> waits on exec_wait
 *   each other thread: sees group_exec on its way out (sigdeliver.c), exits, is released, wakes exec_wait
 *   the leader, if another: becomes a zombie and stays until the execing thread takes its identity and releases it
 */
#include "proc/dethread.h"

#include "abi/errno.h"
#include "proc/exit.h"
#include "proc/ptrace.h"
#include "proc/signal.h"
#include "sync/waitq.h"

/* Threads that must still go: all but me, and a zombie leader that waits to be replaced. */
static bool others_gone(struct process *p, struct task *me)
{
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);
	bool gone = task_is_leader(me) ? p->nr_tasks == 1 :
					 p->nr_tasks == 2 && p->leader->exit_state == TASK_ZOMBIE;

	read_unlock_irqrestore(&proc_tree.lock, irq);
	return gone;
}

static int kill_others(struct process *p, struct task *me)
{
	unsigned long flags = spin_lock_irqsave(&me->sighand->lock);
	struct task *t;

	if ((p->sig_flags & SIGNAL_GROUP_EXIT) || p->group_exec) {
		spin_unlock_irqrestore(&me->sighand->lock, flags);
		return -EAGAIN;
	}
	p->group_exec = me;
	list_for_each_entry(t, &p->tasks, group_link) {
		if (t == me || (t->flags & PF_EXITING))
			continue;
		t->pending.set |= SIGMASK(SIGKILL);
		signal_wake(t, /*fatal=*/true);
	}
	spin_unlock_irqrestore(&me->sighand->lock, flags);
	return 0;
}

/* me takes the place of the zombie leader: number, position, exit signal. Returns the old leader to release. */
static struct task *take_leadership(struct process *p, struct task *me)
{
	unsigned long irq = write_lock_irqsave(&proc_tree.lock);
	struct task *old = p->leader;
	struct pid *pid = me->pid;

	/* Exchange the numbers: the old leader goes away under mine. */
	list_del(&me->pid_link);
	list_del(&old->pid_link);
	me->pid = old->pid;
	old->pid = pid;
	list_add_tail(&me->pid_link, &me->pid->members[PIDTYPE_PID]);
	list_add_tail(&old->pid_link, &old->pid->members[PIDTYPE_PID]);
	me->exit_signal = old->exit_signal;
	old->exit_signal = -1;
	me->start_ns = old->start_ns;
	p->leader = me;
	if (p->parent_task == old)
		p->parent_task = me;
	if (me->pid_ns->reaper == old)
		me->pid_ns->reaper = me;
	old->exit_state = TASK_DEAD;
	if (task_traced(old))		/* task_release() unlinks it silently: its tracer may be waiting for it alone */
		wake_up_all(&ptrace_tracer_process(old)->child_wait);
	write_unlock_irqrestore(&proc_tree.lock, irq);
	return old;
}

int task_dethread(void)
{
	struct task *me = current;
	struct process *p = me->process;
	unsigned long flags;
	int err;

	if (p->nr_tasks == 1)
		return 0;
	err = kill_others(p, me);
	if (err)
		return err;
	err = wait_event_killable(&p->exec_wait, others_gone(p, me));
	if (!err && !task_is_leader(me))
		task_release(take_leadership(p, me));
	flags = spin_lock_irqsave(&me->sighand->lock);
	p->group_exec = NULL;
	spin_unlock_irqrestore(&me->sighand->lock, flags);
	return err ? -EINTR : 0;
}

int signal_unshare_for_exec(struct task *t)
{
	struct sighand *old = t->sighand, *own;
	unsigned long irq, flags;

	if (refcount_read(&old->refs) == 1)
		return 0;
	own = sighand_copy(old);
	if (!own)
		return -ENOMEM;
	irq = write_lock_irqsave(&proc_tree.lock);
	flags = spin_lock_irqsave(&old->lock);
	rcu_assign_pointer(t->sighand, own);
	spin_unlock_irqrestore(&old->lock, flags);
	write_unlock_irqrestore(&proc_tree.lock, irq);
	sighand_put(old);
	return 0;
}
