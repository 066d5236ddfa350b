/* SPDX-License-Identifier: MIT */
/*
 * session: membership of process groups and sessions. A group lives while it has members; its struct pid is
 * the one of the process that made it, which may be long gone.
 *
 * The terminal's side (foreground group, hangup) is tty/job.c, which this file tells through tty_job_*().
 */
#include "proc/session.h"

#include "abi/errno.h"
#include "proc/signal.h"
#include "tty/job.h"

/* Move p to another group or session id. Tree lock held for writing. */
static void change_pid(struct process *p, enum pid_type type, struct pid *pid)
{
	struct pid *old = p->pids[type];

	list_del(&p->pid_links[type]);
	p->pids[type] = pid_get(pid);
	list_add_tail(&p->pid_links[type], &pid->members[type]);
	pid_drop_unused(old);
	pid_put(old);
}

static struct process *find_locked(int nr)
{
	struct pid *pid = pid_find(current->pid_ns, nr);

	assert_held(&proc_tree.lock);
	if (!pid || list_empty(&pid->members[PIDTYPE_TGID]))
		return NULL;
	return list_first_entry(&pid->members[PIDTYPE_TGID], struct process, pid_links[PIDTYPE_TGID]);
}

/* The group `pgid` in p's session, or p's own pid for a new group. NULL: -EPERM. */
static struct pid *target_group(struct process *p, int pgid, int nr)
{
	struct process *member;
	struct pid *pgrp;

	if (pgid == nr)
		return p->pids[PIDTYPE_TGID];
	pgrp = pid_find(current->pid_ns, pgid);
	if (!pgrp || list_empty(&pgrp->members[PIDTYPE_PGID]))
		return NULL;
	member = list_first_entry(&pgrp->members[PIDTYPE_PGID], struct process, pid_links[PIDTYPE_PGID]);
	return member->pids[PIDTYPE_SID] == current->process->pids[PIDTYPE_SID] ? pgrp : NULL;
}

static int setpgid_locked(int nr, int pgid)
{
	struct process *me = current->process, *p = find_locked(nr);
	struct pid *pgrp;

	assert_held(&proc_tree.lock);
	if (!p)
		return -ESRCH;
	if (p != me) {
		if (p->parent != me)
			return -ESRCH;
		if (p->pids[PIDTYPE_SID] != me->pids[PIDTYPE_SID])
			return -EPERM;
		if (p->execed)
			return -EACCES;
	}
	if (p->session_leader)
		return -EPERM;
	pgrp = target_group(p, pgid, nr);
	if (!pgrp)
		return -EPERM;
	if (p->pids[PIDTYPE_PGID] != pgrp)
		change_pid(p, PIDTYPE_PGID, pgrp);
	return 0;
}

int session_setpgid(int pid, int pgid)
{
	int nr = pid ? pid : task_tgid(current), err;
	unsigned long irq;

	if (pgid < 0)
		return -EINVAL;
	rcu_read_lock();
	irq = write_lock_irqsave(&proc_tree.lock);
	err = setpgid_locked(nr, pgid ? pgid : nr);
	write_unlock_irqrestore(&proc_tree.lock, irq);
	rcu_read_unlock();
	return err;
}

static int get_id(int nr, enum pid_type type)
{
	struct process *p;
	unsigned long irq;
	int id = -ESRCH;

	if (!nr)
		return pid_nr_in(current->process->pids[type], current->pid_ns);
	rcu_read_lock();
	irq = read_lock_irqsave(&proc_tree.lock);
	p = find_locked(nr);
	if (p)
		id = pid_nr_in(p->pids[type], current->pid_ns);
	read_unlock_irqrestore(&proc_tree.lock, irq);
	rcu_read_unlock();
	return id;
}

int session_getpgid(int pid)
{
	return get_id(pid, PIDTYPE_PGID);
}

int session_getsid(int pid)
{
	return get_id(pid, PIDTYPE_SID);
}

int session_create(void)
{
	struct process *p = current->process;
	struct pid *own = p->pids[PIDTYPE_TGID];
	unsigned long irq = write_lock_irqsave(&proc_tree.lock);
	struct tty *tty = NULL;
	int err = -EPERM;

	if (p->session_leader || !list_empty(&own->members[PIDTYPE_PGID]))
		goto out;
	p->session_leader = true;
	change_pid(p, PIDTYPE_SID, own);
	change_pid(p, PIDTYPE_PGID, own);
	tty = p->tty;
	p->tty = NULL;
	err = pid_nr_in(own, current->pid_ns);
out:
	write_unlock_irqrestore(&proc_tree.lock, irq);
	if (tty)
		tty_put(tty);
	return err;
}

struct tty *session_inherit_tty(struct process *p)
{
	return p->tty ? tty_get(p->tty) : NULL;
}

void session_exit(struct process *p)
{
	struct pid *session = p->session_leader ? p->pids[PIDTYPE_SID] : NULL;
	struct tty *tty;
	unsigned long irq;

	irq = write_lock_irqsave(&proc_tree.lock);
	tty = p->tty;
	p->tty = NULL;
	write_unlock_irqrestore(&proc_tree.lock, irq);
	if (!tty)
		return;
	if (session)
		tty_job_leave_session(tty, session, /*exits=*/true);
	tty_put(tty);
}
