/* SPDX-License-Identifier: MIT */
/*
 * exit: order of teardown.
 *
 *  1. PF_EXITING: no signal is routed here any more; shared ones are handed to other threads
 *  2. last thread: timers off; session leader: terminal and session are hung up
 *  3. memory: robust futexes, clear_child_tid, vfork parent, then the address space
 *  4. semaphores are undone; files, cwd, namespaces
 *  5. proc_tree.lock: children to the reaper, groups that become orphaned, parent told; zombie
 *  6. a thread, or a process whose parent does not care, is released at once; others wait for wait4
 *  7. schedule away for ever; stack and task are freed by the next thread and RCU
 */
#include "proc/exit.h"

#include "abi/ptrace.h"
#include "arch/context.h"
#include "core/assert.h"
#include "core/log.h"
#include "core/power.h"
#include "ipc/sysv.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/cgroup/cgroup.h"
#include "proc/coredump.h"
#include "proc/fork.h"
#include "proc/futex.h"
#include "proc/itimer.h"
#include "proc/namespace.h"
#include "proc/ptrace.h"
#include "proc/seccomp.h"
#include "proc/session.h"
#include "proc/signal.h"
#include "proc/task_alloc.h"
#include "proc/wait.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "trace/trace.h"
#include "vfs/fdtable.h"
#include "vfs/user.h"

/* Shared pending signals this thread was to take go to others. */
static void retarget_signals(struct task *t)
{
	uint64_t left = t->process->shared_pending.set & ~t->blocked;
	struct task *other;

	if (!left || (t->process->sig_flags & SIGNAL_GROUP_EXIT))
		return;
	list_for_each_entry(other, &t->process->tasks, group_link) {
		if (other != t && !(other->flags & PF_EXITING) && (left & ~other->blocked))
			signal_wake(other, /*fatal=*/false);
	}
}

static void exit_signals(struct task *t)
{
	struct process *p = t->process;
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);
	bool stopped = false;

	if (coredump_wants_locked(t)) {
		spin_unlock_irqrestore(&t->sighand->lock, flags);
		coredump_wait(p);
		flags = spin_lock_irqsave(&t->sighand->lock);
	}
	t->flags |= PF_EXITING;
	retarget_signals(t);
	if ((t->jobctl & JOBCTL_STOP_CONSUME) && --p->stop_count == 0) {
		p->sig_flags = (p->sig_flags & SIGNAL_UNKILLABLE) | SIGNAL_STOPPED;
		stopped = true;
	}
	t->jobctl &= ~(JOBCTL_STOP_PENDING | JOBCTL_STOP_CONSUME);
	thread_clear_work(&t->thread, WORK_SIGNAL | WORK_KILL);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	if (stopped)
		jobctl_notify_parent(p, CLD_STOPPED);
}

void task_release_mm(struct task *t)
{
	struct completion *done;
	unsigned long irq;

	futex_exit_robust(t);
	futex_exit_pi(t);
	if (t->clear_child_tid) {
		int32_t __user *uaddr = t->clear_child_tid;

		t->clear_child_tid = NULL;
		if (mm_users(t->mm) > 1 && !put_user(0, uaddr))
			ignore_result(futex_wake_user((uint32_t __user *)uaddr, 1)); /* nobody may wait */
	}
	irq = write_lock_irqsave(&proc_tree.lock);
	done = t->vfork_done;
	t->vfork_done = NULL;
	if (done)
		complete(done);
	write_unlock_irqrestore(&proc_tree.lock, irq);
}

static void exit_mm(struct task *t)
{
	struct mm *mm = t->mm;

	if (!mm)
		return;
	t->usage.maxrss_pages = mm_max_rss(mm);
	task_release_mm(t);
	t->mm = NULL;
	thread_set_mm(NULL);
	mm_put(mm);
}

static void exit_files(struct task *t)
{
	struct fdtable *files = t->vfs.files;
	struct fs_state *fs = t->vfs.fs;

	/* Out of sight of /proc first, then let go. */
	WRITE_ONCE(t->vfs.files, NULL);
	WRITE_ONCE(t->vfs.fs, NULL);
	fdtable_leave(files);
	fs_state_leave(fs);
}

/* Living thread of p, or NULL. Caller holds the tree lock. */
static struct task *alive_thread(struct process *p)
{
	struct task *t;

	list_for_each_entry(t, &p->tasks, group_link) {
		if (!(t->flags & PF_EXITING))
			return t;
	}
	return NULL;
}

/* Who adopts p's children: nearest living subreaper in the namespace, else its init. Tree lock held. */
static struct process *find_reaper(struct process *p)
{
	struct task *reaper = p->leader->pid_ns->reaper;
	struct process *up;

	if (p->has_child_subreaper) {
		for (up = p->parent; up && up != reaper->process; up = up->parent) {
			if (up->leader->pid_ns != p->leader->pid_ns)
				break;
			if (up->child_subreaper && alive_thread(up))
				return up;
		}
	}
	return reaper->process;
}

static bool group_orphaned_except(struct pid *pgrp, struct process *except)
{
	struct process *p;

	list_for_each_entry(p, &pgrp->members[PIDTYPE_PGID], pid_links[PIDTYPE_PGID]) {
		if (p == except || (p->leader->exit_state != TASK_LIVE && p->nr_tasks <= 1))
			continue;
		if (p->parent->leader == p->leader->pid_ns->reaper)
			continue;
		if (p->parent->pids[PIDTYPE_PGID] != pgrp &&
		    p->parent->pids[PIDTYPE_SID] == p->pids[PIDTYPE_SID])
			return false;
	}
	return true;
}

bool process_group_orphaned(struct pid *pgrp)
{
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);
	bool orphaned = group_orphaned_except(pgrp, NULL);

	read_unlock_irqrestore(&proc_tree.lock, irq);
	return orphaned;
}

static bool group_has_stopped(struct pid *pgrp)
{
	struct process *p;

	list_for_each_entry(p, &pgrp->members[PIDTYPE_PGID], pid_links[PIDTYPE_PGID]) {
		if (p->sig_flags & SIGNAL_STOPPED)
			return true;
	}
	return false;
}

/* POSIX: a newly orphaned group with a stopped member gets SIGHUP, SIGCONT. Tree lock held. */
static void hangup_orphaned_group(struct process *p, struct process *parent, struct process *except)
{
	struct pid *pgrp = p->pids[PIDTYPE_PGID];
	siginfo_t info;
	struct process *q;

	if (parent->pids[PIDTYPE_PGID] == pgrp || parent->pids[PIDTYPE_SID] != p->pids[PIDTYPE_SID])
		return;
	if (!group_orphaned_except(pgrp, except) || !group_has_stopped(pgrp))
		return;
	list_for_each_entry(q, &pgrp->members[PIDTYPE_PGID], pid_links[PIDTYPE_PGID]) {
		siginfo_init(&info, SIGHUP, SI_KERNEL, NULL);
		ignore_result(signal_send(q->leader, &info, SIGNAL_PROCESS));	/* forced; gone is fine */
		siginfo_init(&info, SIGCONT, SI_KERNEL, NULL);
		ignore_result(signal_send(q->leader, &info, SIGNAL_PROCESS));	/* as above */
	}
}

static void pdeath_signals(struct process *child)
{
	struct task *t;
	siginfo_t info;

	list_for_each_entry(t, &child->tasks, group_link) {
		if (!t->pdeath_signal)
			continue;
		siginfo_init(&info, t->pdeath_signal, SI_USER, NULL);
		ignore_result(signal_send(t, &info, SIGNAL_THREAD));	/* it may be exiting */
	}
}

/* Hand over all children. Zombies nobody will wait for are put on `dead`. Tree lock held. */
static void reparent_children(struct process *p, struct list_head *dead)
{
	struct process *reaper, *child, *next;

	if (list_empty(&p->children))
		return;
	reaper = find_reaper(p);
	if (reaper == p)
		return;			/* init itself: the machine is about to end */
	list_for_each_entry_safe(child, next, &p->children, sibling) {
		pdeath_signals(child);
		child->parent = reaper;
		child->parent_task = reaper->leader;
		child->leader->exit_signal = SIGCHLD;
		list_move_tail(&child->sibling, &reaper->children);
		hangup_orphaned_group(child, p, /*except=*/NULL);
		if (child->leader->exit_state == TASK_ZOMBIE && process_all_exited(child) &&
		    process_notify_parent(child)) {
			child->leader->exit_state = TASK_DEAD;
			list_add_tail(&child->leader->release_link, dead);
		}
	}
}

bool process_all_exited(const struct process *p)
{
	return p->nr_tasks == 1;
}

static void fill_child_info(siginfo_t *info, struct task *t, int sig, const struct pid_ns *viewer)
{
	struct proc_usage u;
	int code = t->exit_code;

	siginfo_init(info, sig, 0, NULL);
	info->si_pid = task_tid_in(t, viewer);
	info->si_uid = t->real_cred->uid;
	process_usage(t->process, &u);
	info->si_utime = u.utime_ns / (NSEC_PER_SEC / 100);
	info->si_stime = u.stime_ns / (NSEC_PER_SEC / 100);
	if (code & 0x7f) {
		info->si_code = code & 0x80 ? CLD_DUMPED : CLD_KILLED;
		info->si_status = code & 0x7f;
	} else {
		info->si_code = CLD_EXITED;
		info->si_status = code >> 8;
	}
}

/* Tell `parent` that t is over, by signal sig. True: nobody will wait for it. Tree lock held. */
static bool notify_process(struct task *t, struct task *parent, int sig)
{
	struct process *p = t->process;
	const struct sig_action *sa;
	bool autoreap = false;
	unsigned long flags;
	struct sighand *sh;
	siginfo_t info;

	sh = sighand_lock(parent, &flags);
	if (sh && sig == SIGCHLD) {
		sa = &sh->action[SIGCHLD - 1];
		autoreap = sa->handler == (unsigned long)SIG_IGN || (sa->flags & SA_NOCLDWAIT);
		if (sa->handler == (unsigned long)SIG_IGN)
			sig = 0;
	}
	/* clone(2) takes any number; what is no signal is not sent. */
	if (sh && sig > 0 && sig <= NR_SIGNALS) {
		fill_child_info(&info, t, sig, parent->pid_ns);
		ignore_result(signal_send_locked(parent, &info, SIGNAL_PROCESS));	/* forced */
	}
	if (sh)
		sighand_unlock(sh, flags);
	wake_up_all_sync(&parent->process->child_wait);
	if (task_is_leader(t))
		wake_up_all(&p->pids[PIDTYPE_TGID]->exit_wait);	/* the last thread left: its pidfds are readable */
	return autoreap;
}

/* A traced thread is over: its tracer is told as a parent is. Tree lock held. True: reap without waiting. */
static bool notify_tracer(struct task *t)
{
	struct process *p = t->process, *tracer = ptrace_tracer_process(t);

	if (task_is_leader(t) && tracer == p->parent)
		return notify_process(t, tracer->leader, t->exit_signal);
	return notify_process(t, tracer->leader, SIGCHLD);
}

bool process_notify_parent(struct process *p)
{
	if (task_traced(p->leader))
		return notify_tracer(p->leader);
	return notify_process(p->leader, p->parent->leader, p->leader->exit_signal);
}

/* Step 5. Returns true when the task is to be released at once. Others to release are put on `dead`. */
static bool exit_notify(struct task *t, struct list_head *dead)
{
	struct process *p = t->process;
	unsigned long irq = write_lock_irqsave(&proc_tree.lock);
	bool leader = task_is_leader(t), last = p->nr_tasks == 1, release = !leader;

	ptrace_exit_tracer(t, dead);
	if (!alive_thread(p)) {
		cgroup_exit_locked(p);
		reparent_children(p, dead);
		hangup_orphaned_group(p, p->parent, /*except=*/p);
	}
	t->exit_state = TASK_ZOMBIE;
	wake_up_all(&t->pid->exit_wait);
	if (leader && last)
		release = process_notify_parent(p);
	else if (!leader && task_traced(t))
		release = notify_tracer(t);
	if (release)
		t->exit_state = TASK_DEAD;
	if (p->group_exec)
		wake_up_all(&p->exec_wait);
	write_unlock_irqrestore(&proc_tree.lock, irq);
	return release;
}

/* Take t out of the tree. A thread that leaves its zombie leader alone lets the parent know. Tree lock held. */
static struct task *unlink_task(struct task *t)
{
	struct process *p = t->process;
	struct task *leader = NULL;
	struct proc_usage u;

	if (task_traced(t))
		ptrace_unlink(t);
	task_usage(t, &u);
	usage_add(&p->dead_usage, &u);
	list_del(&t->pid_link);
	wake_up_all(&t->pid->exit_wait);
	pid_drop_unused(t->pid);
	list_del_rcu(&t->group_link);
	p->nr_tasks--;
	cgroup_release_locked(p);
	proc_tree.nr_tasks--;
	if (task_is_leader(t)) {
		for (int i = PIDTYPE_TGID; i < PIDTYPE_MAX; i++) {
			list_del(&p->pid_links[i]);
			pid_drop_unused(p->pids[i]);
		}
		list_del(&p->sibling);
	} else if (p->nr_tasks == 1 && p->leader->exit_state == TASK_ZOMBIE) {
		if (process_notify_parent(p)) {
			p->leader->exit_state = TASK_DEAD;
			leader = p->leader;
		}
	}
	if (p->group_exec)
		wake_up_all(&p->exec_wait);
	return leader;
}

void task_release(struct task *t)
{
	struct task *leader;
	struct sighand *sh;
	unsigned long irq, flags;

	do {
		irq = write_lock_irqsave(&proc_tree.lock);
		leader = unlink_task(t);
		sh = t->sighand;
		flags = spin_lock_irqsave(&sh->lock);
		sigpending_flush(&t->pending, ~0ULL);
		if (task_is_leader(t))
			sigpending_flush(&t->process->shared_pending, ~0ULL);
		rcu_assign_pointer(t->sighand, NULL);
		spin_unlock_irqrestore(&sh->lock, flags);
		write_unlock_irqrestore(&proc_tree.lock, irq);
		sighand_put(sh);
		__atomic_sub_fetch(&user_count_of(t->real_cred)->processes, 1, __ATOMIC_RELAXED);
		task_put(t);
		t = leader;
	} while (t);
}

/* PID 1 of the machine is gone: nothing can run any more. */
static void check_init(struct task *t, int code)
{
	if (t->pid_ns != &pid_ns_init || t->pid_ns->reaper->process != t->process)
		return;
	if (code & 0x7f)
		klog(KLOG_NOTICE, "init: killed by signal %d, powering off", code & 0x7f);
	else
		klog(KLOG_NOTICE, "init: exited with status %d, powering off", (code >> 8) & 0xff);
	power_end(POWER_OFF);
}

void init_returned(int status)
{
	check_init(current, (status & 0xff) << 8);
	panic("PID 1's function ran in another process");
}

/* PTRACE_EVENT_EXIT: the signal that ends the task was taken, and does not end the stop. */
static void exit_event(struct task *t, int code)
{
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);

	t->pending.set &= ~SIGMASK(SIGKILL);
	thread_clear_work(&t->thread, WORK_KILL);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	ptrace_event(PTRACE_EVENT_EXIT, (unsigned long)code);
}

void task_exit(int code)
{
	struct task *t = current, *d, *next;
	struct process *p = t->process;
	LIST_HEAD(dead);
	bool group_dead;

	if (ptrace_event_wanted(t, PTRACE_EVENT_EXIT))
		exit_event(t, code);
	exit_signals(t);
	t->exit_code = code;
	group_dead = process_last_thread(p);
	if (group_dead) {
		/* The last thread's status is the process's, whenever the leader ended. */
		p->leader->exit_code = p->sig_flags & SIGNAL_GROUP_EXIT ? p->group_exit_code : code;
		itimer_cancel_all(p);
		check_init(t, p->leader->exit_code);
	}
	TRACE(task_exit, TRACE_PROC, task_tid(t), code, &t->thread, 0);
	exit_mm(t);
	sem_undo_put(t->sem_undo, task_tgid(t));
	t->sem_undo = NULL;
	seccomp_exit(t);
	exit_files(t);
	if (group_dead)
		session_exit(p);
	if (group_dead && t->pid_ns != &pid_ns_init && t->pid_ns->reaper->process == p)
		pid_ns_end(t);
	namespaces_exit(t);
	if (exit_notify(t, &dead))
		list_add_tail(&t->release_link, &dead);
	list_for_each_entry_safe(d, next, &dead, release_link)
		task_release(d);
	thread_exit();
}

bool process_last_thread(struct process *p)
{
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);
	bool last = !alive_thread(p);

	read_unlock_irqrestore(&proc_tree.lock, irq);
	return last;
}

void process_exit_group(int code)
{
	struct task *t = current;
	struct process *p = t->process;
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);

	if (p->sig_flags & SIGNAL_GROUP_EXIT)
		code = p->group_exit_code;
	else if (p->group_exec && p->group_exec != t)
		code = SIGKILL;
	else
		signal_group_exit_locked(p, code);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	task_exit(code);
}
