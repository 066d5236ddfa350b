/* SPDX-License-Identifier: MIT */
/*
 * task: look-up, references, numbers and accounting of tasks and processes.
 * Making them is fork.c, ending them exit.c.
 */
#include "proc/task.h"

#include "abi/errno.h"
#include "mm/dump.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/task_alloc.h"

struct proc_tree proc_tree = { .lock = RWLOCK_NAMED("proctree"), .max_tasks = 32000 };

int task_tid_in(const struct task *t, const struct pid_ns *ns)
{
	return pid_nr_in(t->pid, ns);
}

int task_tid(const struct task *t)
{
	return pid_nr_in(t->pid, t->pid_ns);
}

int process_tgid_in(const struct process *p, const struct pid_ns *ns)
{
	return pid_nr_in(p->pids[PIDTYPE_TGID], ns);
}

int process_ppid_in(const struct process *p, const struct pid_ns *ns)
{
	const struct process *parent = READ_ONCE(p->parent);

	/* Process 1 is its own parent. */
	return parent && parent != p ? process_tgid_in(parent, ns) : 0;
}

int task_tgid(const struct task *t)
{
	return pid_nr_in(t->process->pids[PIDTYPE_TGID], t->pid_ns);
}

struct task *task_get(struct task *t)
{
	thread_get(&t->thread);
	return t;
}

void task_put(struct task *t)
{
	if (t)
		thread_put(&t->thread);
}

struct process *process_get(struct process *p)
{
	refcount_inc(&p->refs);
	return p;
}

static void process_free_rcu(struct rcu_head *head)
{
	process_free(container_of(head, struct process, rcu));
}

void process_put(struct process *p)
{
	if (p && refcount_dec_and_test(&p->refs))
		call_rcu(&p->rcu, process_free_rcu);
}

static struct task *pid_first_task(struct pid *pid)
{
	if (!pid || list_empty(&pid->members[PIDTYPE_PID]))
		return NULL;
	return list_first_entry(&pid->members[PIDTYPE_PID], struct task, pid_link);
}

struct task *task_find(struct pid_ns *ns, int nr)
{
	unsigned long flags;
	struct task *t;

	rcu_read_lock();
	flags = read_lock_irqsave(&proc_tree.lock);
	t = pid_first_task(pid_find(ns, nr));
	if (t)
		task_get(t);
	read_unlock_irqrestore(&proc_tree.lock, flags);
	rcu_read_unlock();
	return t;
}

struct process *process_find(struct pid_ns *ns, int tgid)
{
	struct process *p = NULL;
	unsigned long flags;
	struct pid *pid;

	rcu_read_lock();
	flags = read_lock_irqsave(&proc_tree.lock);
	pid = pid_find(ns, tgid);
	if (pid && !list_empty(&pid->members[PIDTYPE_TGID]))
		p = process_get(list_first_entry(&pid->members[PIDTYPE_TGID], struct process,
						 pid_links[PIDTYPE_TGID]));
	read_unlock_irqrestore(&proc_tree.lock, flags);
	rcu_read_unlock();
	return p;
}

/* The next process below `top` in depth-first order; NULL: that was the last. Tree lock held. */
static struct process *next_descendant(const struct process *top, struct process *p)
{
	if (!list_empty(&p->children))
		return list_first_entry(&p->children, struct process, sibling);
	for (; p != top; p = p->parent) {
		if (!list_is_last(&p->sibling, &p->parent->children))
			return list_entry(p->sibling.next, struct process, sibling);
	}
	return NULL;
}

void process_mark_subreaper(struct process *top)
{
	unsigned long irq = write_lock_irqsave(&proc_tree.lock);
	struct process *p = top;

	while ((p = next_descendant(top, p)) != NULL)
		p->has_child_subreaper = true;
	write_unlock_irqrestore(&proc_tree.lock, irq);
}

void usage_add(struct proc_usage *to, const struct proc_usage *from)
{
	to->utime_ns += from->utime_ns;
	to->stime_ns += from->stime_ns;
	to->minflt += from->minflt;
	to->majflt += from->majflt;
	to->nvcsw += from->nvcsw;
	to->nivcsw += from->nivcsw;
	to->rchar += from->rchar;
	to->wchar += from->wchar;
	to->syscr += from->syscr;
	to->syscw += from->syscw;
	to->disk.read_bytes += from->disk.read_bytes;
	to->disk.write_bytes += from->disk.write_bytes;
	if (from->maxrss_pages > to->maxrss_pages)
		to->maxrss_pages = from->maxrss_pages;
}

void task_usage(struct task *t, struct proc_usage *out)
{
	struct thread_times times;

	*out = t->usage;
	thread_times(&t->thread, &times);
	out->disk = t->thread.io;
	out->utime_ns = times.user_ns;
	out->stime_ns = times.system_ns;
	out->minflt = t->thread.minflt;
	out->majflt = t->thread.majflt;
	out->nvcsw = t->thread.nvcsw;
	out->nivcsw = t->thread.nivcsw;
}

void process_usage(struct process *p, struct proc_usage *out)
{
	struct proc_usage one;
	struct task *t;

	*out = p->dead_usage;
	list_for_each_entry(t, &p->tasks, group_link) {
		task_usage(t, &one);
		usage_add(out, &one);
	}
}

int task_may_access(struct task *actor, struct task *target)
{
	const struct cred *a = actor->cred, *b;
	struct mm *mm;
	int err = 0;

	if (actor->process == target->process)
		return 0;
	rcu_read_lock();
	b = rcu_dereference(target->real_cred);
	mm = thread_mm(&target->thread);
	if (!cred_capable(a, CAP_SYS_PTRACE) &&
	    (a->uid != b->euid || a->uid != b->suid || a->uid != b->uid ||
	     a->gid != b->egid || a->gid != b->sgid || a->gid != b->gid ||
	     (b->cap_permitted & ~a->cap_permitted) || (mm && mm->dumpable != DUMPABLE_USER)))
		err = -EPERM;
	rcu_read_unlock();
	return err;
}
