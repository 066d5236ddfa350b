/* SPDX-License-Identifier: MIT */
/* Nice values and I/O priorities: getpriority(2), setpriority(2), ioprio_set(2), ioprio_get(2). */
#include "abi/errno.h"
#include "abi/ioprio.h"
#include "proc/task.h"
#include "sched/sched.h"
#include "syscall/sys_ioprio.h"
#include "syscall/syscall.h"

/* The caller's effective user owns the task, or the caller may do anything. */
static bool owns(const struct task *t)
{
	const struct cred *me = current->cred, *c;
	bool same;

	rcu_read_lock();
	c = rcu_dereference(t->real_cred);
	same = me->euid == c->euid || me->euid == c->uid;
	rcu_read_unlock();
	return same || cred_capable(me, CAP_SYS_NICE);
}

/*
 * A walk over the tasks that getpriority(2), ioprio_get(2) and their sisters mean: visit() combines results.
 */
struct priority_walk {
	void (*visit)(struct priority_walk *w, struct task *t);
	int nice;			/* nice value or I/O priority. Set: wanted; get: best so far */
	long result;			/* -ESRCH until somebody was visited */
};

static void priority_get(struct priority_walk *w, struct task *t)
{
	int nice = READ_ONCE(t->thread.se.nice);

	if (w->result == -ESRCH || nice < w->nice)
		w->nice = nice;
	w->result = 20 - w->nice;	/* never negative: raw value of the call */
}

static void priority_set(struct priority_walk *w, struct task *t)
{
	int now = READ_ONCE(t->thread.se.nice);
	int limit = 20 - (int)min_t(uint64_t, rlimit_cur(t->process, RLIMIT_NICE), 40);

	if (!owns(t)) {
		w->result = -EPERM;
		return;
	}
	if (w->nice < now && w->nice < limit && !cred_capable(current->cred, CAP_SYS_NICE)) {
		w->result = -EACCES;
		return;
	}
	sched_set_nice(&t->thread, w->nice);
	if (w->result == -ESRCH)
		w->result = 0;
}

static void walk_process(struct priority_walk *w, struct process *p)
{
	struct task *t;

	list_for_each_entry(t, &p->tasks, group_link)
		w->visit(w, t);
}

static void walk_group(struct priority_walk *w, int who)
{
	struct process *p;
	struct pid *group;
	unsigned long irq;

	rcu_read_lock();
	group = who ? pid_find(current->pid_ns, who) : current->process->pids[PIDTYPE_PGID];
	irq = read_lock_irqsave(&proc_tree.lock);
	if (group) {
		list_for_each_entry(p, &group->members[PIDTYPE_PGID], pid_links[PIDTYPE_PGID])
			walk_process(w, p);
	}
	read_unlock_irqrestore(&proc_tree.lock, irq);
	rcu_read_unlock();
}

static bool process_has_uid(const struct process *p, uint32_t uid)
{
	bool same;

	rcu_read_lock();
	same = rcu_dereference(p->leader->real_cred)->uid == uid;
	rcu_read_unlock();
	return same;
}

static void walk_user(struct priority_walk *w, uint32_t uid)
{
	struct pid_ns *ns = current->pid_ns;
	struct process *p;
	struct pid *pid;
	unsigned long irq;
	int nr = 0;

	while ((pid = pid_next(ns, nr + 1)) != NULL) {
		nr = pid_nr_in(pid, ns);
		pid_put(pid);
		p = process_find(ns, nr);
		if (!p)
			continue;
		irq = read_lock_irqsave(&proc_tree.lock);
		if (process_has_uid(p, uid))
			walk_process(w, p);
		read_unlock_irqrestore(&proc_tree.lock, irq);
		process_put(p);
	}
}

static long priority_walk(struct priority_walk *w, int which, int who)
{
	struct task *t;

	w->result = -ESRCH;
	switch (which) {
	case PRIO_PROCESS:
		t = who ? task_find(current->pid_ns, who) : task_get(current);
		if (!t)
			return -ESRCH;
		w->visit(w, t);
		task_put(t);
		return w->result;
	case PRIO_PGRP:
		walk_group(w, who);
		return w->result;
	case PRIO_USER:
		walk_user(w, who ? (uint32_t)who : current->cred->uid);
		return w->result;
	default:
		return -EINVAL;
	}
}

_Static_assert(IOPRIO_WHO_PROCESS == PRIO_PROCESS + 1 && IOPRIO_WHO_USER == PRIO_USER + 1, "ioprio_walk()");

long sys_getpriority(int which, int who)
{
	struct priority_walk w = { .visit = priority_get };

	return priority_walk(&w, which, who);
}

long sys_setpriority(int which, int who, int nice)
{
	struct priority_walk w = { .visit = priority_set };

	w.nice = nice < NICE_MIN ? NICE_MIN : nice > NICE_MAX ? NICE_MAX : nice;
	return priority_walk(&w, which, who);
}


/* --- I/O priorities: kept and shown; the block layer serves requests in order --- */

static void ioprio_set_one(struct priority_walk *w, struct task *t)
{
	const struct cred *me = current->cred, *c;
	bool same;

	rcu_read_lock();
	c = rcu_dereference(t->real_cred);
	same = c->uid == me->euid || c->uid == me->uid;
	rcu_read_unlock();
	if (!same && !cred_capable(me, CAP_SYS_NICE)) {
		w->result = -EPERM;
		return;
	}
	WRITE_ONCE(t->ioprio, (uint32_t)w->nice);
	if (w->result == -ESRCH)
		w->result = 0;
}

/* What a task without a priority of its own is served at: by its nice value. */
static int ioprio_effective(struct task *t)
{
	int nice = READ_ONCE(t->thread.se.nice);
	unsigned value = READ_ONCE(t->ioprio);

	if (IOPRIO_PRIO_CLASS(value) != IOPRIO_CLASS_NONE)
		return (int)value;
	if (READ_ONCE(t->thread.se.rt_prio))
		return IOPRIO_PRIO_VALUE(IOPRIO_CLASS_RT, (nice + 20) / 5);
	if (READ_ONCE(t->thread.se.policy) == POLICY_IDLE)
		return IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, (nice + 20) / 5);
	return IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, (nice + 20) / 5);
}

static void ioprio_get_best(struct priority_walk *w, struct task *t)
{
	int value = ioprio_effective(t);

	if (w->result == -ESRCH || value < w->nice)
		w->nice = value;
	w->result = w->nice;
}

/* One task: as it was set. */
static void ioprio_get_raw(struct priority_walk *w, struct task *t)
{
	w->result = (long)READ_ONCE(t->ioprio);
}

int check_ioprio(int value)
{
	const struct cred *c = current->cred;

	switch (IOPRIO_PRIO_CLASS((unsigned)value)) {
	case IOPRIO_CLASS_RT:
		return cred_capable(c, CAP_SYS_ADMIN) || cred_capable(c, CAP_SYS_NICE) ? 0 : -EPERM;
	case IOPRIO_CLASS_BE:
	case IOPRIO_CLASS_IDLE:
		return 0;
	case IOPRIO_CLASS_NONE:
		return IOPRIO_PRIO_LEVEL((unsigned)value) ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

long sys_ioprio_set(int which, int who, int ioprio)
{
	struct priority_walk w = { .visit = ioprio_set_one, .nice = ioprio };
	int err = check_ioprio(ioprio);

	return err ? err : priority_walk(&w, which - 1, who);
}

long sys_ioprio_get(int which, int who)
{
	struct priority_walk w = { .visit = which == IOPRIO_WHO_PROCESS ? ioprio_get_raw : ioprio_get_best };

	return priority_walk(&w, which - 1, who);
}
