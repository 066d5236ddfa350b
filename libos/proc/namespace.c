/* SPDX-License-Identifier: MIT */
/*
 * namespace: which UTS, IPC, cgroup, mount and PID namespace a task is in. The mount namespace hangs in vfs_ctx.
 *
 * A PID namespace takes effect for children: child_ns is where they are numbered; the first of them is its
 * init, adopts its orphans, and its end ends them all.
 */
#include "proc/namespace.h"

#include "abi/errno.h"
#include "abi/sched.h"
#include "abi/wait.h"
#include "core/init.h"
#include "ipc/sysv.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/cgroup/cgroup.h"
#include "proc/signal.h"
#include "proc/wait.h"
#include "sched/sched.h"
#include "vfs/fdtable.h"

struct uts_ns uts_ns_init = {
	.refs = REFCOUNT_INIT(1),
	.lock = SPINLOCK_NAMED("uts"),
	.nodename = "(none)",
	.domainname = "(none)",
	.inum = 0xeffffffeu,	/* Linux's number of the first UTS namespace */
};

static struct {
	/* task->uts, ipc, cgroup_ns, vfs.ns, child_ns: written by the task, read by others */
	struct spinlock lock;
} namespaces = { .lock = SPINLOCK_NAMED("namespaces") };

static uint32_t next_inum(void)
{
	static struct { uint32_t last; } inum = { 0xf0000000u };

	return __atomic_add_fetch(&inum.last, 1, __ATOMIC_RELAXED);
}

struct uts_ns *uts_ns_get(struct uts_ns *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}

void uts_ns_put(struct uts_ns *ns)
{
	if (ns && refcount_dec_and_test(&ns->refs))
		kfree(ns);
}

static struct uts_ns *uts_copy(struct uts_ns *from)
{
	struct uts_ns *ns = kzalloc(sizeof(*ns), GFP_KERNEL);

	if (!ns)
		return NULL;
	refcount_set(&ns->refs, 1);
	spin_lock_init(&ns->lock, "uts");
	spin_lock(&from->lock);
	memcpy(ns->nodename, from->nodename, sizeof(ns->nodename));
	memcpy(ns->domainname, from->domainname, sizeof(ns->domainname));
	spin_unlock(&from->lock);
	ns->inum = next_inum();
	return ns;
}

struct pid_ns *pid_ns_get(struct pid_ns *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}

void pid_ns_put(struct pid_ns *ns)
{
	struct pid_ns *parent;

	while (ns && refcount_dec_and_test(&ns->refs)) {
		parent = ns->parent;
		xa_destroy(&ns->pids);
		kfree(ns);
		ns = parent;
	}
}

static struct pid_ns *pid_ns_create(struct pid_ns *parent, int *err)
{
	struct pid_ns *ns;

	if (parent->level + 1 >= PID_NS_DEPTH) {
		*err = -ENOSPC;
		return NULL;
	}
	ns = kzalloc(sizeof(*ns), GFP_KERNEL);
	if (!ns) {
		*err = -ENOMEM;
		return NULL;
	}
	refcount_set(&ns->refs, 1);
	spin_lock_init(&ns->lock, "pid_ns");
	xa_init(&ns->pids);
	waitq_init(&ns->drained, "pid_ns_drained");
	ns->parent = pid_ns_get(parent);
	ns->level = parent->level + 1;
	ns->max = parent->max;
	ns->inum = next_inum();
	return ns;
}

int fork_namespaces(struct task *child, uint64_t flags)
{
	struct task *t = current;
	int err = -ENOMEM;

	child->uts = flags & CLONE_NEWUTS ? uts_copy(t->uts) : uts_ns_get(t->uts);
	if (!child->uts)
		return -ENOMEM;
	child->ipc = flags & CLONE_NEWIPC ? ipc_ns_create(next_inum()) : ipc_ns_get(t->ipc);
	if (!child->ipc)
		goto out_uts;
	child->cgroup_ns = flags & CLONE_NEWCGROUP ? cgroup_ns_create(next_inum()) : cgroup_ns_get(t->cgroup_ns);
	if (!child->cgroup_ns)
		goto out_ipc;
	child->vfs.ns = flags & CLONE_NEWNS ? mount_ns_copy(t->vfs.ns, &child->vfs) : mount_ns_get(t->vfs.ns);
	if (!child->vfs.ns)
		goto out_cgroup;
	child->pid_ns = flags & CLONE_NEWPID ? pid_ns_create(t->pid_ns, &err) : pid_ns_get(t->child_ns);
	if (!child->pid_ns)
		goto out_mount;
	child->child_ns = pid_ns_get(child->pid_ns);
	return 0;

out_mount:
	mount_ns_put(child->vfs.ns);
out_cgroup:
	cgroup_ns_put(child->cgroup_ns);
out_ipc:
	ipc_ns_put(child->ipc);
out_uts:
	uts_ns_put(child->uts);
	return err;
}

void namespaces_put(struct task *t)
{
	uts_ns_put(t->uts);
	ipc_ns_put(t->ipc);
	cgroup_ns_put(t->cgroup_ns);
	mount_ns_put(t->vfs.ns);
	pid_ns_put(t->child_ns);
	pid_ns_put(t->pid_ns);
}

void namespaces_exit(struct task *t)
{
	struct mount_ns *mounts = t->vfs.ns;
	struct uts_ns *uts = t->uts;
	struct ipc_ns *ipc = t->ipc;
	struct cgroup_ns *cgroups = t->cgroup_ns;

	spin_lock(&namespaces.lock);
	t->uts = NULL;
	t->ipc = NULL;
	t->cgroup_ns = NULL;
	t->vfs.ns = NULL;
	spin_unlock(&namespaces.lock);
	uts_ns_put(uts);
	ipc_ns_put(ipc);
	cgroup_ns_put(cgroups);
	mount_ns_put(mounts);
	/* pid_ns stays: the zombie's number is read through it. */
}

void namespaces_release(struct task *t)
{
	pid_ns_put(t->child_ns);
	pid_ns_put(t->pid_ns);
}

/* --- Other tasks' namespaces, and joining them --- */

struct uts_ns *task_grab_uts(struct task *t)
{
	struct uts_ns *ns;

	spin_lock(&namespaces.lock);
	ns = t->uts ? uts_ns_get(t->uts) : NULL;
	spin_unlock(&namespaces.lock);
	return ns;
}

struct ipc_ns *task_grab_ipc(struct task *t)
{
	struct ipc_ns *ns;

	spin_lock(&namespaces.lock);
	ns = t->ipc ? ipc_ns_get(t->ipc) : NULL;
	spin_unlock(&namespaces.lock);
	return ns;
}

struct cgroup_ns *task_grab_cgroups(struct task *t)
{
	struct cgroup_ns *ns;

	spin_lock(&namespaces.lock);
	ns = t->cgroup_ns ? cgroup_ns_get(t->cgroup_ns) : NULL;
	spin_unlock(&namespaces.lock);
	return ns;
}

/* For ipc/, which does not know tasks: see ipc/sysv.h. */
struct ipc_who ipc_current(void)
{
	struct task *t = current;

	return (struct ipc_who){ .ns = t->ipc, .cred = t->cred, .tgid = task_tgid(t) };
}

struct mount_ns *task_grab_mounts(struct task *t)
{
	struct mount_ns *ns;

	spin_lock(&namespaces.lock);
	ns = t->vfs.ns ? mount_ns_get(t->vfs.ns) : NULL;
	spin_unlock(&namespaces.lock);
	return ns;
}

struct pid_ns *task_grab_pids(struct task *t, bool children)
{
	struct pid_ns *ns;

	spin_lock(&namespaces.lock);
	ns = pid_ns_get(children ? t->child_ns : t->pid_ns);
	spin_unlock(&namespaces.lock);
	return ns;
}

void namespace_enter_uts(struct uts_ns *ns)
{
	struct task *t = current;
	struct uts_ns *old = t->uts;

	spin_lock(&namespaces.lock);
	t->uts = uts_ns_get(ns);
	spin_unlock(&namespaces.lock);
	uts_ns_put(old);
}

/* What is to be undone belongs to the namespace that is left. */
static void leave_undo_list(struct task *t)
{
	struct sem_undo_list *list = t->sem_undo;

	t->sem_undo = NULL;
	sem_undo_put(list, task_tgid(t));
}

void namespace_enter_ipc(struct ipc_ns *ns)
{
	struct task *t = current;
	struct ipc_ns *old = t->ipc;

	leave_undo_list(t);
	spin_lock(&namespaces.lock);
	t->ipc = ipc_ns_get(ns);
	spin_unlock(&namespaces.lock);
	ipc_ns_put(old);
}

void namespace_enter_cgroups(struct cgroup_ns *ns)
{
	struct task *t = current;
	struct cgroup_ns *old = t->cgroup_ns;

	spin_lock(&namespaces.lock);
	t->cgroup_ns = cgroup_ns_get(ns);
	spin_unlock(&namespaces.lock);
	cgroup_ns_put(old);
}

int namespace_enter_pids(struct pid_ns *ns)
{
	struct task *t = current;
	struct pid_ns *old = t->child_ns, *up = ns;

	while (up && up != t->pid_ns)
		up = up->parent;
	if (!up)
		return -EINVAL;
	spin_lock(&namespaces.lock);
	t->child_ns = pid_ns_get(ns);
	spin_unlock(&namespaces.lock);
	pid_ns_put(old);
	return 0;
}

int namespace_enter_mounts(struct mount_ns *ns)
{
	struct task *t = current;
	struct vfs_ctx ctx = t->vfs;
	int err;

	if (fs_state_tasks(t->vfs.fs) > 1)
		return -EINVAL;
	ctx.ns = mount_ns_get(t->vfs.ns);	/* put by mount_ns_enter(): others may be looking at ours */
	err = mount_ns_enter(mount_ns_get(ns), &ctx);
	if (err)
		mount_ns_put(ns);
	spin_lock(&namespaces.lock);
	if (!err)
		swap(t->vfs.ns, ctx.ns);
	spin_unlock(&namespaces.lock);
	mount_ns_put(ctx.ns);
	return err;
}

/* --- The end of a PID namespace --- */

static void kill_everybody(struct pid_ns *ns)
{
	struct process *p;
	struct pid *pid;
	int nr = 1;

	while ((pid = pid_next(ns, nr + 1)) != NULL) {
		nr = pid_nr_in(pid, ns);
		pid_put(pid);
		p = process_find(ns, nr);
		if (!p)
			continue;
		signal_kernel(p->leader, SIGKILL, SIGNAL_PROCESS);
		process_put(p);
		cond_resched();
	}
}

/* Nothing interrupts an exiting task's waits: what is pending is nobody's any more. */
static void forget_signals(struct task *t)
{
	thread_clear_work(&t->thread, WORK_SIGNAL | WORK_KILL);
}

void pid_ns_end(struct task *init)
{
	struct pid_ns *ns = init->pid_ns;
	struct wait_request w = { .which = WAIT_ANY, .options = WEXITED | __WALL };
	unsigned long flags;

	flags = spin_lock_irqsave(&init->sighand->lock);
	init->sighand->action[SIGCHLD - 1].handler = (unsigned long)SIG_IGN;	/* who ends from here on is reaped */
	spin_unlock_irqrestore(&init->sighand->lock, flags);
	flags = spin_lock_irqsave(&ns->lock);
	ns->dying = true;
	spin_unlock_irqrestore(&ns->lock, flags);
	kill_everybody(ns);
	do {
		forget_signals(init);
	} while (process_wait(&w) != -ECHILD);
	/* Some have a parent outside, which has to see their end. */
	forget_signals(init);
	wait_event(&ns->drained, READ_ONCE(ns->count) <= init->process->nr_tasks);
	if (READ_ONCE(ns->reboot))
		init->process->leader->exit_code = ns->reboot;
}

void pid_ns_reboot(struct pid_ns *ns, int sig)
{
	struct process *p = process_find(ns, 1);

	WRITE_ONCE(ns->reboot, sig);
	if (!p)
		return;
	signal_kernel(p->leader, SIGKILL, SIGNAL_PROCESS);
	process_put(p);
}

#define NEW_KNOWN	(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWCGROUP)

/* What unshare() is about to put in the place of the task's. */
struct fresh {
	struct uts_ns *uts;
	struct ipc_ns *ipc;
	struct cgroup_ns *cgroups;
	struct pid_ns *pids;
	struct mount_ns *mounts;
	struct fs_state *fs;
};

static int check_unshare(uint64_t flags)
{
	struct task *t = current;

	if (flags & ~(uint64_t)(NEW_KNOWN | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_THREAD | CLONE_SIGHAND |
				CLONE_VM))
		return -EINVAL;
	/* A thread alone shares none of these. */
	if ((flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) &&
	    (t->process->nr_tasks > 1 || refcount_read(&t->sighand->refs) > 1))
		return -EINVAL;
	return (flags & NEW_KNOWN) && !cred_capable(t->cred, CAP_SYS_ADMIN) ? -EPERM : 0;
}

/* Each part is prepared before any takes effect. */
static int prepare_unshare(struct fresh *f, uint64_t flags)
{
	struct task *t = current;
	int err = 0;

	if ((flags & (CLONE_FS | CLONE_NEWNS)) && !(f->fs = fs_state_copy(t->vfs.fs)))
		return -ENOMEM;
	if ((flags & CLONE_NEWUTS) && !(f->uts = uts_copy(t->uts)))
		return -ENOMEM;
	if ((flags & CLONE_NEWIPC) && !(f->ipc = ipc_ns_create(next_inum())))
		return -ENOMEM;
	if ((flags & CLONE_NEWCGROUP) && !(f->cgroups = cgroup_ns_create(next_inum())))
		return -ENOMEM;
	if (flags & CLONE_NEWPID)
		f->pids = pid_ns_create(t->pid_ns, &err);
	if (!err && (flags & CLONE_NEWNS)) {
		struct vfs_ctx ctx = { .fs = f->fs };

		f->mounts = mount_ns_copy(t->vfs.ns, &ctx);
		err = f->mounts ? 0 : -ENOMEM;
	}
	if (!err && (flags & CLONE_FILES))
		err = fdtable_unshare(&t->vfs.files);
	return err;
}

static void put_fresh(struct fresh *f)
{
	uts_ns_put(f->uts);
	ipc_ns_put(f->ipc);
	cgroup_ns_put(f->cgroups);
	pid_ns_put(f->pids);
	mount_ns_put(f->mounts);
	fs_state_leave(f->fs);
}

int namespaces_unshare(uint64_t flags)
{
	struct task *t = current;
	struct fresh f = { .uts = NULL };
	int err = check_unshare(flags);

	if (!err)
		err = prepare_unshare(&f, flags);
	if (err) {
		put_fresh(&f);
		return err;
	}
	if (flags & (CLONE_NEWIPC | CLONE_SYSVSEM))
		leave_undo_list(t);
	if (f.fs)
		swap(t->vfs.fs, f.fs);
	spin_lock(&namespaces.lock);
	if (f.uts)
		swap(t->uts, f.uts);
	if (f.ipc)
		swap(t->ipc, f.ipc);
	if (f.cgroups)
		swap(t->cgroup_ns, f.cgroups);
	if (f.pids)
		swap(t->child_ns, f.pids);
	if (f.mounts)
		swap(t->vfs.ns, f.mounts);
	spin_unlock(&namespaces.lock);
	put_fresh(&f);
	return 0;
}

/* The next task from thread number *nr on, with a reference on its fs_state. False: no more. */
static bool next_fs_state(unsigned long *nr, struct fs_state **out)
{
	unsigned long flags = read_lock_irqsave(&proc_tree.lock);
	struct task *t;
	struct pid *pid;

	*out = NULL;
	rcu_read_lock();
	pid = xa_find(&pid_ns_init.pids, nr, ULONG_MAX, XA_PRESENT);
	if (pid && !list_empty(&pid->members[PIDTYPE_PID])) {
		t = list_first_entry(&pid->members[PIDTYPE_PID], struct task, pid_link);
		*out = READ_ONCE(t->vfs.fs);
		if (*out && !refcount_inc_not_zero(&(*out)->refs))
			*out = NULL;
	}
	rcu_read_unlock();
	read_unlock_irqrestore(&proc_tree.lock, flags);
	return pid;
}

/* For pivot_root(2): fn may sleep. */
static void visit_fs_states(void (*fn)(struct fs_state *fs, void *arg), void *arg)
{
	struct fs_state *fs;

	for (unsigned long nr = 1; next_fs_state(&nr, &fs); nr++) {
		if (fs)
			fn(fs, arg);
		fs_state_put(fs);
	}
}

static int namespace_init(void)
{
	mount_set_visitor(visit_fs_states);
	return 0;
}
INIT_HOOK(INIT_VFS, namespace_init);
