/* SPDX-License-Identifier: MIT */
/*
 * namespace: which UTS, mount and PID namespace a task is in. The mount namespace hangs in vfs_ctx.
 *
 * A PID namespace takes effect for children: child_ns is where they are numbered; the first of them is its
 * init, adopts its orphans, and its end ends them all.
 */
#include "proc/namespace.h"

#include "abi/errno.h"
#include "abi/sched.h"
#include "core/init.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/signal.h"
#include "vfs/fdtable.h"

struct uts_ns uts_ns_init = {
	.refs = REFCOUNT_INIT(1),
	.lock = SPINLOCK_NAMED("uts"),
	.nodename = "(none)",
	.domainname = "(none)",
	.inum = 0xeffffffeu,	/* Linux's number of the first UTS namespace */
};

static uint32_t next_inum(void)
{
	static struct { uint32_t last; } inum = { 0xf0000000u };

	return __atomic_add_fetch(&inum.last, 1, __ATOMIC_RELAXED);
}

static struct uts_ns *uts_get(struct uts_ns *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}

static void uts_put(struct uts_ns *ns)
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

static struct pid_ns *pid_ns_get(struct pid_ns *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}

static void pid_ns_put(struct pid_ns *ns)
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

	child->uts = flags & CLONE_NEWUTS ? uts_copy(t->uts) : uts_get(t->uts);
	if (!child->uts)
		return -ENOMEM;
	child->vfs.ns = flags & CLONE_NEWNS ? mount_ns_copy(t->vfs.ns, &child->vfs) : mount_ns_get(t->vfs.ns);
	if (!child->vfs.ns)
		goto out_uts;
	child->pid_ns = flags & CLONE_NEWPID ? pid_ns_create(t->pid_ns, &err) : pid_ns_get(t->child_ns);
	if (!child->pid_ns)
		goto out_mount;
	child->child_ns = pid_ns_get(child->pid_ns);
	return 0;

out_mount:
	mount_ns_put(child->vfs.ns);
out_uts:
	uts_put(child->uts);
	return err;
}

void namespaces_put(struct task *t)
{
	uts_put(t->uts);
	mount_ns_put(t->vfs.ns);
	pid_ns_put(t->child_ns);
	pid_ns_put(t->pid_ns);
}

void namespaces_exit(struct task *t)
{
	uts_put(t->uts);
	mount_ns_put(t->vfs.ns);
	t->uts = NULL;
	t->vfs.ns = NULL;
	/* pid_ns stays: the zombie's number is read through it until task_release(). */
}

/* Each part is prepared before any takes effect. */
int namespaces_unshare(uint64_t flags)
{
	struct task *t = current;
	struct uts_ns *uts = NULL;
	struct pid_ns *pids = NULL;
	struct mount_ns *mounts = NULL;
	struct fs_state *fs = NULL;
	int err = 0;

	if (flags & ~(uint64_t)(CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWPID | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM))
		return -EINVAL;
	if ((flags & (CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWPID)) && !cred_capable(t->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if ((flags & (CLONE_FS | CLONE_NEWNS)) && !(fs = fs_state_copy(t->vfs.fs)))
		return -ENOMEM;
	if (flags & CLONE_NEWUTS && !(uts = uts_copy(t->uts)))
		err = -ENOMEM;
	if (!err && (flags & CLONE_NEWPID))
		pids = pid_ns_create(t->pid_ns, &err);
	if (!err && (flags & CLONE_NEWNS)) {
		struct vfs_ctx ctx = { .fs = fs };

		mounts = mount_ns_copy(t->vfs.ns, &ctx);
		err = mounts ? 0 : -ENOMEM;
	}
	if (!err && (flags & CLONE_FILES))
		err = fdtable_unshare(&t->vfs.files);
	if (err) {
		uts_put(uts);
		pid_ns_put(pids);
		fs_state_put(fs);
		return err;
	}
	if (fs) {
		fs_state_put(t->vfs.fs);
		t->vfs.fs = fs;
	}
	if (uts) {
		uts_put(t->uts);
		t->uts = uts;
	}
	if (pids) {
		pid_ns_put(t->child_ns);
		t->child_ns = pids;
	}
	if (mounts) {
		mount_ns_put(t->vfs.ns);
		t->vfs.ns = mounts;
	}
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
