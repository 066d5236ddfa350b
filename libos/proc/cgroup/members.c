/* SPDX-License-Identifier: MIT */
/*
 * members: which processes are in a group: fork, exit, moving them, ending them all.
 *
 * A process is on its group's list while it has a living thread; process->cgroup stays, with a reference, until its
 * memory goes, and its tasks count for pids until they are reaped. All of it changes under the tree lock.
 */
#include "proc/cgroup/internal.h"

#include "abi/errno.h"
#include "lib/strbuf.h"
#include "proc/signal.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/super.h"

/* --- cgroup.events: populated --- */

static void populate(struct cgroup *cg)
{
	for (; cg && cg->nr_populated++ == 0; cg = cg->parent)
		cgroup_event_happened(cg, &cg->events);
}

static void depopulate(struct cgroup *cg)
{
	for (; cg && --cg->nr_populated == 0; cg = cg->parent)
		cgroup_event_happened(cg, &cg->events);
}

static void join(struct cgroup *cg, struct process *p)
{
	bool first = list_empty(&cg->processes);

	list_add_tail(&p->cgroup_link, &cg->processes);
	if (first)
		populate(cg);
}

static void leave(struct cgroup *cg, struct process *p)
{
	list_del_init(&p->cgroup_link);
	if (list_empty(&cg->processes))
		depopulate(cg);
}

/* --- Life of a process --- */

void cgroup_link_init(struct process *p)
{
	p->cgroup = &cgroup_root;
	join(&cgroup_root, p);
}

int cgroup_fork_locked(struct task *child, bool thread, struct cgroup *into)
{
	struct cgroup *cg = into && !thread ? into : current->process->cgroup;
	int err;

	assert_held(&proc_tree.lock);
	if (cg->dead)
		return -ENODEV;
	err = cgroup_pids_charge(cg);
	if (!err && !thread) {
		child->process->cgroup = cgroup_get(cg);
		join(cg, child->process);
	}
	return err;
}

void cgroup_exit_locked(struct process *p)
{
	assert_held(&proc_tree.lock);
	if (!list_empty(&p->cgroup_link))
		leave(p->cgroup, p);
}

void cgroup_release_locked(struct process *p)
{
	assert_held(&proc_tree.lock);
	cgroup_pids_uncharge(p->cgroup);
}

static struct cgroup *process_cgroup(struct process *p)
{
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);
	struct cgroup *cg = cgroup_get(p->cgroup);

	read_unlock_irqrestore(&proc_tree.lock, irq);
	return cg;
}

void cgroup_print_process(struct strbuf *out, struct process *p, const struct cgroup_ns *viewer)
{
	struct cgroup *cg = process_cgroup(p);

	cgroup_print_path(out, cg, viewer->root);
	if (READ_ONCE(cg->dead))
		strbuf_puts(out, " (deleted)");
	cgroup_put(cg);
}

/* --- Moving --- */

/* As the permission bits of cgroup.procs have it. */
static bool may_write_procs(const struct cgroup *cg, const struct cred *cred)
{
	const struct pseudo_attr *attr = &cg->attr[CG_PROCS];
	unsigned bits = attr->mode;

	if (cred_capable(cred, CAP_DAC_OVERRIDE))
		return true;
	if (cred->fsuid == attr->uid)
		bits >>= 6;
	else if (cred_in_group(cred, attr->gid))
		bits >>= 3;
	return bits & 2;
}

static const struct cgroup *common_ancestor(const struct cgroup *a, const struct cgroup *b)
{
	while (!cgroup_is_descendant(a, b))
		b = b->parent;
	return b;
}

/* Who moves a process needs the right at the lowest group above both ends too: it is taken away from there. */
static int may_move(const struct cgroup *from, const struct cgroup *to, const struct cred *opener)
{
	const struct cgroup *root = current->cgroup_ns->root;

	if (!may_write_procs(common_ancestor(from, to), opener))
		return -EACCES;
	if (READ_ONCE(cgroups.nsdelegate) && (!cgroup_is_descendant(from, root) || !cgroup_is_descendant(to, root)))
		return -ENOENT;
	return 0;
}

/* May processes live in cg? Only leaves have both processes and nothing below that competes. Tree lock held. */
static int may_host(const struct cgroup *cg)
{
	if (cg->dead)
		return -ENODEV;
	if (!cgroup_is_valid_domain(cg))
		return -EOPNOTSUPP;
	if (!cgroup_may_be_thread_root(cg) && cg->subtree_control)
		return -EBUSY;
	return 0;
}

static int move_locked(struct cgroup *dst, struct process *p, const struct cred *opener)
{
	struct cgroup *src = p->cgroup;
	int err = may_move(src, dst, opener);

	assert_held(&proc_tree.lock);
	if (!err)
		err = may_host(dst);
	if (err || src == dst || list_empty(&p->cgroup_link))
		return err;
	cgroup_pids_move(src, dst, p->nr_tasks);
	list_del_init(&p->cgroup_link);
	p->cgroup = cgroup_get(dst);
	join(dst, p);
	if (list_empty(&src->processes))
		depopulate(src);
	return 0;
}

/* The task numbered nr for the caller; 0: itself. NULL: none. */
static struct task *find_task(int nr)
{
	return nr ? task_find(current->pid_ns, nr) : task_get(current);
}

int cgroup_move_process(struct cgroup *dst, int nr, const struct cred *opener)
{
	struct task *t = find_task(nr);
	struct cgroup *src;
	unsigned long irq;
	int err;

	if (!t)
		return -ESRCH;
	mutex_lock(&cgroup_mutex);
	irq = write_lock_irqsave(&proc_tree.lock);
	src = t->process->cgroup;
	err = move_locked(dst, t->process, opener);
	if (t->process->cgroup == src)
		src = NULL;
	write_unlock_irqrestore(&proc_tree.lock, irq);
	mutex_unlock(&cgroup_mutex);
	cgroup_put(src);		/* the process's reference, if it left */
	task_put(t);
	return err;
}

int cgroup_move_thread(struct cgroup *dst, int nr, const struct cred *opener)
{
	struct task *t = find_task(nr);
	struct cgroup *src;
	int err;

	if (!t)
		return -ESRCH;
	src = process_cgroup(t->process);
	err = may_move(src, dst, opener);
	if (!err && src != dst)
		err = -EOPNOTSUPP;
	cgroup_put(src);
	task_put(t);
	return err;
}

/* --- clone3(CLONE_INTO_CGROUP) --- */

static int may_fork_into(struct cgroup *dst, bool thread)
{
	struct cgroup *src = process_cgroup(current->process);
	unsigned long irq;
	int err = may_write_procs(dst, current->cred) ? may_move(src, dst, current->cred) : -EACCES;

	if (!err && thread && src != dst)
		err = -EOPNOTSUPP;
	if (!err && src != dst) {
		irq = read_lock_irqsave(&proc_tree.lock);
		err = may_host(dst);
		read_unlock_irqrestore(&proc_tree.lock, irq);
	}
	cgroup_put(src);
	return err;
}

int cgroup_fork_target(int fd, bool thread, struct cgroup **out)
{
	struct fd f = fd_get_raw(current->vfs.files, fd);
	struct cgroup *cg;
	int err;

	*out = NULL;
	if (!f.file)
		return -EBADF;
	cg = cgroup_of_folder(f.file->inode);
	if (cg)
		cgroup_get(cg);
	fd_put(f);
	if (!cg)
		return -EBADF;
	err = READ_ONCE(cg->dead) ? -ENOENT : may_fork_into(cg, thread);
	if (err)
		cgroup_put(cg);
	else
		*out = cg;
	return err;
}

/* --- cgroup.kill --- */

static void kill_processes(const struct cgroup *cg)
{
	struct process *p;
	siginfo_t info;

	list_for_each_entry(p, &cg->processes, cgroup_link) {
		siginfo_init(&info, SIGKILL, SI_KERNEL, NULL);
		ignore_result(signal_send(p->leader, &info, SIGNAL_PROCESS));	/* forced; gone is fine */
	}
}

/* A fork that is under way below is not outrun: publish() refuses a parent with a signal pending. */
int cgroup_kill(struct cgroup *top)
{
	struct cgroup *cg;
	unsigned long irq;

	mutex_lock(&cgroup_mutex);
	irq = read_lock_irqsave(&proc_tree.lock);
	for (cg = top; cg; cg = cgroup_next(top, cg))
		kill_processes(cg);
	read_unlock_irqrestore(&proc_tree.lock, irq);
	mutex_unlock(&cgroup_mutex);
	return 0;
}
