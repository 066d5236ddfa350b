/* SPDX-License-Identifier: MIT */
/* ttyjob: what terminals ask of processes: the hooks of tty/job.h. */
#include "core/init.h"
#include "proc/exit.h"
#include "proc/session.h"
#include "proc/signal.h"
#include "tty/job.h"

static void job_signal_group(struct pid *pgrp, int sig)
{
	signal_group(pgrp, sig, NULL);
}

static void job_signal_leader(struct pid *session, int sig)
{
	struct process *p;
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);

	list_for_each_entry(p, &session->members[PIDTYPE_SID], pid_links[PIDTYPE_SID]) {
		if (p->session_leader)
			signal_kernel(p->leader, sig, SIGNAL_PROCESS);
	}
	read_unlock_irqrestore(&proc_tree.lock, irq);
}

static struct pid *job_group(void)
{
	return current->process->pids[PIDTYPE_PGID];
}

static struct pid *job_session(void)
{
	return current->process->pids[PIDTYPE_SID];
}

static bool job_is_leader(void)
{
	return current->process->session_leader;
}

static bool job_capable(int cap)
{
	return cred_capable(current->cred, cap);
}

static struct tty *job_tty(void)
{
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);
	struct tty *tty = current->process->tty;

	if (tty)
		tty_get(tty);
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return tty;
}

static void job_set_tty(struct tty *tty)
{
	unsigned long irq = write_lock_irqsave(&proc_tree.lock);
	struct tty *old = current->process->tty;

	current->process->tty = tty ? tty_get(tty) : NULL;
	write_unlock_irqrestore(&proc_tree.lock, irq);
	if (old)
		tty_put(old);
}

static void job_session_drop(struct pid *session, struct tty *tty)
{
	struct process *p;
	unsigned long irq = write_lock_irqsave(&proc_tree.lock);

	list_for_each_entry(p, &session->members[PIDTYPE_SID], pid_links[PIDTYPE_SID]) {
		if (p->tty != tty)
			continue;
		p->tty = NULL;
		tty_put(tty);		/* the caller holds one more */
	}
	write_unlock_irqrestore(&proc_tree.lock, irq);
}

static bool job_blocked_or_ignored(int sig)
{
	struct task *t = current;
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);
	bool yes = (t->blocked & SIGMASK(sig)) || t->sighand->action[sig - 1].handler == (unsigned long)SIG_IGN;

	spin_unlock_irqrestore(&t->sighand->lock, flags);
	return yes;
}

static bool job_stop_possible(int sig)
{
	return !job_blocked_or_ignored(sig) && !process_group_orphaned(job_group());
}

static int job_pid_nr(struct pid *pid)
{
	return pid_nr_in(pid, current->pid_ns);
}

static struct pid *job_find_group(int nr)
{
	struct pid *pid;

	rcu_read_lock();
	pid = pid_find(current->pid_ns, nr);
	if (pid && list_empty(&pid->members[PIDTYPE_PGID]))
		pid = NULL;
	pid_get(pid);
	rcu_read_unlock();
	return pid;
}

static struct pid *job_group_session(struct pid *pgrp)
{
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);
	struct pid *session = NULL;

	if (!list_empty(&pgrp->members[PIDTYPE_PGID]))
		session = list_first_entry(&pgrp->members[PIDTYPE_PGID], struct process,
					   pid_links[PIDTYPE_PGID])->pids[PIDTYPE_SID];
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return session;
}

static int ttyjob_init(void)
{
	static const struct tty_job_ops ops = {
		.pid_get = pid_get, .pid_put = pid_put, .signal_group = job_signal_group,
		.signal_session_leader = job_signal_leader, .current_group = job_group,
		.current_session = job_session, .current_is_session_leader = job_is_leader,
		.current_capable = job_capable, .current_tty = job_tty, .set_current_tty = job_set_tty,
		.session_drop_tty = job_session_drop, .stop_possible = job_stop_possible,
		.signal_blocked_or_ignored = job_blocked_or_ignored, .group_orphaned = process_group_orphaned,
		.pid_nr = job_pid_nr, .find_group = job_find_group, .group_session = job_group_session,
	};

	tty_job_register(&ops);
	return 0;
}
INIT_HOOK(INIT_VFS, ttyjob_init);
