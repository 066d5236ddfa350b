/* SPDX-License-Identifier: MIT */
/*
 * fork: each CLONE_* flag decides exactly one sharing.
 *
 *   CLONE_VM       mm            CLONE_FILES    descriptor table     CLONE_FS       root, cwd, umask
 *   CLONE_SIGHAND  dispositions  CLONE_THREAD   process              CLONE_SETTLS.. what they name
 *
 * Phases: check (nothing changed) -> build, undone by one ladder -> publish under proc_tree.lock (cannot
 * fail after the last check of pending signals) -> start.
 */
#include "proc/fork.h"

#include "abi/errno.h"
#include "abi/ptrace.h"
#include "abi/sched.h"
#include "abi/wait.h"
#include "arch/context.h"
#include "core/random.h"
#include "ipc/sysv.h"
#include "lib/restart.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/cgroup/cgroup.h"
#include "proc/namespace.h"
#include "proc/pidfd.h"
#include "proc/itimer.h"
#include "proc/ptrace.h"
#include "proc/rseq.h"
#include "proc/seccomp.h"
#include "proc/session.h"
#include "proc/signal.h"
#include "proc/task_alloc.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "vfs/fdtable.h"
#include "vfs/user.h"

#define CLONE_NS_KNOWN	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWCGROUP)
/* As a Linux built without them, and without user namespaces. */
#define CLONE_NS_ABSENT	(CLONE_NEWNET | CLONE_NEWTIME)

static int check_flags(const struct fork_args *a)
{
	uint64_t f = a->flags;
	struct process *p = current->process;

	if ((f & CLONE_NEWNS) && (f & CLONE_FS))
		return -EINVAL;
	if ((f & CLONE_THREAD) && !(f & CLONE_SIGHAND))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && !(f & CLONE_VM))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && (f & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if ((f & CLONE_PARENT) && (p->sig_flags & SIGNAL_UNKILLABLE))
		return -EINVAL;
	if ((f & CLONE_THREAD) && ((f & CLONE_NEWPID) || current->child_ns != current->pid_ns))
		return -EINVAL;
	if ((f & CLONE_PIDFD) && (f & CLONE_DETACHED))
		return -EINVAL;
	if (f & CLONE_NEWUSER)
		return -EINVAL;
	if ((f & (CLONE_NS_KNOWN | CLONE_NS_ABSENT)) && !cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if ((f & CLONE_NEWIPC) && (f & CLONE_SYSVSEM))
		return -EINVAL;
	return f & CLONE_NS_ABSENT ? -EINVAL : 0;
}

static int check_limits(void)
{
	struct task *t = current;
	struct user_count *user = user_count_of(t->real_cred);
	uint64_t limit = rlimit_cur(t->process, RLIMIT_NPROC);

	if ((uint64_t)READ_ONCE(user->processes) >= limit && t->real_cred->uid != 0 &&
	    !cred_capable(t->cred, CAP_SYS_RESOURCE) && !cred_capable(t->cred, CAP_SYS_ADMIN))
		return -EAGAIN;
	if (READ_ONCE(proc_tree.nr_tasks) >= proc_tree.max_tasks)
		return -EAGAIN;
	return 0;
}

struct process *process_alloc(void)
{
	struct process *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	refcount_set(&p->refs, 1);
	INIT_LIST_HEAD(&p->tasks);
	INIT_LIST_HEAD(&p->children);
	INIT_LIST_HEAD(&p->sibling);
	INIT_LIST_HEAD(&p->posix_timers);
	INIT_LIST_HEAD(&p->tracees);
	INIT_LIST_HEAD(&p->cgroup_link);
	for (int i = 0; i < PIDTYPE_MAX; i++)
		INIT_LIST_HEAD(&p->pid_links[i]);
	sigpending_init(&p->shared_pending);
	waitq_init(&p->child_wait, "child_wait");
	waitq_init(&p->signalfd_wait, "signalfd");
	waitq_init(&p->exec_wait, "exec_wait");
	spin_lock_init(&p->rlim_lock, "rlimit");
	itimer_init(p);
	return p;
}

void process_free(struct process *p)
{
	for (int i = PIDTYPE_TGID; i < PIDTYPE_MAX; i++)
		pid_put(p->pids[i]);
	cgroup_put(p->cgroup);
	kfree(p);
}

static int fork_sem_undo(struct task *child, uint64_t flags)
{
	child->sem_undo = flags & CLONE_SYSVSEM ? sem_undo_share(&current->sem_undo) : NULL;
	return (flags & CLONE_SYSVSEM) && !child->sem_undo ? -ENOMEM : 0;
}

/* A thread joins its process; fork gets one of its own with the parent's limits and terminal. */
static int fork_process(struct task *child, uint64_t flags)
{
	struct process *from = current->process, *p;

	if (flags & CLONE_THREAD) {
		child->process = process_get(from);
		return 0;
	}
	p = process_alloc();
	if (!p)
		return -ENOMEM;
	child->process = p;
	p->leader = child;
	memcpy(p->rlim, from->rlim, sizeof(p->rlim));
	p->oom_score_adj = from->oom_score_adj;
	p->has_child_subreaper = from->has_child_subreaper || from->child_subreaper;
	return 0;
}

static int fork_sighand(struct task *child, uint64_t flags)
{
	struct sighand *sh = current->sighand;

	if (flags & CLONE_SIGHAND) {
		refcount_inc(&sh->refs);
		child->sighand = sh;
		return 0;
	}
	child->sighand = sighand_copy(sh);
	if (!child->sighand)
		return -ENOMEM;
	if (flags & CLONE_CLEAR_SIGHAND)
		sighand_reset(child->sighand, /*keep_ignored=*/true);
	return 0;
}

static int fork_files(struct task *child, uint64_t flags)
{
	struct vfs_ctx *from = &current->vfs, *to = &child->vfs;

	to->files = flags & CLONE_FILES ? fdtable_join(from->files) : fdtable_copy(from->files);
	if (!to->files)
		return -ENOMEM;
	to->fs = flags & CLONE_FS ? fs_state_join(from->fs) : fs_state_copy(from->fs);
	if (!to->fs) {
		fdtable_leave(to->files);
		to->files = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int fork_mm(struct task *child, uint64_t flags)
{
	struct mm *mm = current->mm;
	int err = 0;

	if (!mm)
		return 0;
	if (flags & CLONE_VM)
		child->mm = mm_get(mm);
	else
		err = mm_fork(mm, &child->mm);
	if (!err)
		child->thread.mm = &child->mm->arch;
	return err;
}

/* What the child inherits by value, and what it does not. */
static void fork_values(struct task *child, const struct fork_args *a)
{
	struct task *t = current;
	bool same_stack = (a->flags & CLONE_VM) && !(a->flags & CLONE_VFORK);

	child->flags = PF_FORKNOEXEC;
	child->exit_signal = a->flags & CLONE_THREAD ? -1 : a->exit_signal;
	child->blocked = t->blocked;
	sigpending_init(&child->pending);
	child->personality = t->personality;
	child->timer_slack_ns = child->default_slack_ns = t->timer_slack_ns;
	child->ioprio = t->ioprio;
	child->altstack_flags = SS_DISABLE;
	if (!same_stack) {
		child->altstack_sp = t->altstack_sp;
		child->altstack_size = t->altstack_size;
		child->altstack_flags = t->altstack_flags;
	}
	rseq_fork(child, a->flags & CLONE_VM);
	if (a->flags & CLONE_CHILD_SETTID) {
		child->set_child_tid = a->child_tid;
		thread_set_work(&child->thread, WORK_NOTIFY);	/* the child writes it: user_exit_work() */
	}
	if (a->flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = a->child_tid;
	child->start_ns = clock_ns();
}

static int fork_context(struct task *child, const struct fork_args *a)
{
	struct task *t = current;
	struct arch_regs regs = *arch_user_regs(t->thread.kstack_top);
	int err;

	if (a->start) {
		/* Below the place of its user registers, which an exec fills in. */
		arch_thread_init_kernel(&child->thread.arch, arch_user_regs(child->thread.kstack_top), a->start,
					a->start_arg);
		return 0;
	}
	if (a->stack)
		arch_regs_set_sp(&regs, a->stack);
	err = arch_thread_init_user(&child->thread.arch, child->thread.kstack_top, &regs, &t->thread.arch);
	if (!err && (a->flags & CLONE_SETTLS))
		err = arch_set_tls(&child->thread.arch, a->tls);
	return err;
}

static void fork_cred(struct task *child)
{
	const struct cred *c = current->cred;

	child->cred = cred_get(c);
	child->real_cred = cred_get(c);
	child->vfs.cred = c;
	__atomic_add_fetch(&user_count_of(c)->processes, 1, __ATOMIC_RELAXED);
}

static void unfork_cred(struct task *child)
{
	__atomic_sub_fetch(&user_count_of(child->real_cred)->processes, 1, __ATOMIC_RELAXED);
	cred_put(child->cred);
	cred_put(child->real_cred);
}

static void link_thread(struct task *child)
{
	struct process *p = child->process;

	list_add_tail(&child->group_link, &p->tasks);
	p->nr_tasks++;
}

static void link_process(struct task *child, uint64_t flags)
{
	struct process *p = child->process, *me = current->process;
	struct process *parent = flags & CLONE_PARENT ? me->parent : me;

	p->parent = parent;
	p->parent_task = flags & CLONE_PARENT ? me->parent_task : current;
	if (flags & CLONE_PARENT)
		child->exit_signal = current->process->leader->exit_signal;
	list_add_tail(&p->sibling, &parent->children);
	p->pids[PIDTYPE_TGID] = pid_get(child->pid);
	p->pids[PIDTYPE_PGID] = pid_get(me->pids[PIDTYPE_PGID]);
	p->pids[PIDTYPE_SID] = pid_get(me->pids[PIDTYPE_SID]);
	for (int i = PIDTYPE_TGID; i < PIDTYPE_MAX; i++)
		list_add_tail(&p->pid_links[i], &p->pids[i]->members[i]);
	p->tty = session_inherit_tty(me);
	if (child->pid->numbers[child->pid->level].nr == 1) {
		child->pid_ns->reaper = child;
		p->sig_flags |= SIGNAL_UNKILLABLE;
	}
	link_thread(child);
}

/*
 * Make the child visible. Fails with -ERESTARTNOINTR when a signal came, so that fork does not outrun kill(-pgrp);
 * and by its control group.
 */
static int publish(struct task *child, const struct fork_args *a, unsigned event)
{
	uint64_t flags = a->flags;
	unsigned long irq = write_lock_irqsave(&proc_tree.lock);
	struct task *t = current;
	int err = 0;

	spin_lock(&t->sighand->lock);
	signal_recalc(t);
	if (thread_has_work(&t->thread, WORK_SIGNAL) || (t->process->sig_flags & SIGNAL_GROUP_EXIT)) {
		err = -ERESTARTNOINTR;
	} else {
		err = cgroup_fork_locked(child, flags & CLONE_THREAD, a->cgroup);
	}
	if (!err) {
		list_add_tail(&child->pid_link, &child->pid->members[PIDTYPE_PID]);
		if (t->thread.tick_limit_ns)
			child->thread.tick_limit_ns = 1;	/* CPU timers and limits watch every thread */
		if (flags & CLONE_THREAD)
			link_thread(child);
		else
			link_process(child, flags);
		ptrace_fork_link(child, flags, event);
		seccomp_fork(child);
		proc_tree.nr_tasks++;
		proc_tree.forks++;
	}
	spin_unlock(&t->sighand->lock);
	write_unlock_irqrestore(&proc_tree.lock, irq);
	return err;
}

static int fork_build(struct task *child, const struct fork_args *a)
{
	int err;

	fork_values(child, a);
	fork_cred(child);
	err = fork_files(child, a->flags);
	if (err)
		goto out_cred;
	err = fork_namespaces(child, a->flags);		/* moves the child's own root and directory to its mounts */
	if (err)
		goto out_files;
	err = fork_sem_undo(child, a->flags);
	if (err)
		goto out_ns;
	err = fork_sighand(child, a->flags);
	if (err)
		goto out_undo;
	err = fork_process(child, a->flags);
	if (err)
		goto out_sighand;
	err = fork_mm(child, a->flags);
	if (err)
		goto out_process;
	err = fork_context(child, a);
	if (err)
		goto out_mm;
	child->pid = pid_alloc(child->pid_ns, a->set_tid, a->nr_set_tid, &err);
	if (!child->pid)
		goto out_context;
	return 0;

out_context:
	arch_thread_fini(&child->thread.arch);
out_mm:
	mm_put(child->mm);
out_process:
	process_put(child->process);
out_sighand:
	sighand_put(child->sighand);
out_undo:
	sem_undo_put(child->sem_undo, 0);
out_ns:
	namespaces_put(child);
out_files:
	fdtable_leave(child->vfs.files);
	fs_state_leave(child->vfs.fs);
out_cred:
	unfork_cred(child);
	return err;
}

/* Undo fork_build() of a child that was never published. */
static void fork_unbuild(struct task *child)
{
	pid_drop_unused(child->pid);
	pid_put(child->pid);
	arch_thread_fini(&child->thread.arch);
	mm_put(child->mm);
	process_put(child->process);
	sighand_put(child->sighand);
	sem_undo_put(child->sem_undo, 0);
	namespaces_put(child);
	fdtable_leave(child->vfs.files);
	fs_state_leave(child->vfs.fs);
	unfork_cred(child);
}

static void wait_for_vfork(struct task *child, struct completion *done)
{
	if (wait_for_completion_killable(done) < 0) {
		unsigned long irq = write_lock_irqsave(&proc_tree.lock);

		child->vfork_done = NULL;	/* our stack goes away with us */
		write_unlock_irqrestore(&proc_tree.lock, irq);
	}
}

static int fork_pidfd(struct task *child, const struct fork_args *a, int *fd, struct file **file)
{
	int err;

	if (!(a->flags & CLONE_PIDFD))
		return 0;
	err = pidfd_prepare(child->pid, a->flags & CLONE_THREAD ? PIDFD_THREAD : 0, fd, file);
	if (!err && put_user(*fd, a->pidfd)) {
		pidfd_abort(*fd, *file);
		err = -EFAULT;
	}
	return err;
}

long task_fork(const struct fork_args *a)
{
	struct completion vfork_done;
	struct file *pidfd_file = NULL;
	struct task *child;
	int err, tid, pidfd = -1;
	unsigned event = ptrace_fork_event(a->flags, a->exit_signal);
	struct pid *pid;

	err = check_flags(a);
	if (!err)
		err = check_limits();
	if (err)
		return err;
	child = task_alloc(&current->thread, current->thread.name);
	if (!child)
		return -ENOMEM;
	err = ptrace_fork_prepare(child, a->flags, event);
	if (!err)
		err = fork_build(child, a);
	if (err)
		goto out_task;
	err = fork_pidfd(child, a, &pidfd, &pidfd_file);
	if (err)
		goto out_build;
	tid = task_tid_in(child, current->pid_ns);
	if ((a->flags & CLONE_PARENT_SETTID) && put_user(tid, a->parent_tid)) {
		/* Linux ignores it too: the child exists as far as the caller can tell. */
	}
	if (a->flags & CLONE_VFORK) {
		completion_init(&vfork_done);
		child->vfork_done = &vfork_done;
		task_get(child);
	}
	pid = task_traced(current) ? pid_get(child->pid) : NULL;
	err = publish(child, a, event);
	if (err)
		goto out_pidfd;
	if (pidfd_file)
		fd_install(current->vfs.files, pidfd, pidfd_file);
	thread_start(&child->thread);
	if (event)
		ptrace_event_pid(event, pid);
	if (a->flags & CLONE_VFORK) {
		wait_for_vfork(child, &vfork_done);
		if (pid && ptrace_event_wanted(current, PTRACE_EVENT_VFORK_DONE))
			ptrace_event_pid(PTRACE_EVENT_VFORK_DONE, pid);
		task_put(child);
	}
	pid_put(pid);
	return tid;

out_pidfd:
	pid_put(pid);
	if (pidfd_file)
		pidfd_abort(pidfd, pidfd_file);
out_build:
	fork_unbuild(child);
out_task:
	task_free_unstarted(child);
	return err;
}
