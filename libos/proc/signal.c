/* SPDX-License-Identifier: MIT */
/*
 * signal: the sender's half. Is the signal wanted, where is it queued, who is woken.
 *
 * Invariants
 *  (1) A stop signal pending anywhere in a process excludes a pending SIGCONT, and the other way round.
 *  (2) When a signal is queued and some thread can take it, at least one such thread has WORK_SIGNAL.
 *  (3) SIGKILL reaches every sleep but the uninterruptible; masks never matter for it.
 * All under the sighand lock; callers may be interrupts.
 */
#include "proc/signal.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "proc/ptrace.h"
#include "sched/sched.h"

void siginfo_init(siginfo_t *info, int sig, int code, const struct task *from)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = code;
	if (from) {
		info->si_pid = task_tgid(from);
		info->si_uid = from->real_cred->uid;
	}
}

void signal_wake(struct task *t, bool fatal)
{
	if (fatal && unlikely(t->jobctl & JOBCTL_FROZEN)) {
		thread_set_work(&t->thread, WORK_SIGNAL | WORK_KILL);	/* ptrace_thaw() wakes it */
		return;
	}
	thread_signal(&t->thread, fatal);
}

bool signal_recalc_set(struct task *t)
{
	uint64_t pending = t->pending.set | t->process->shared_pending.set;

	assert_held(&t->sighand->lock);
	if (!(pending & ~t->blocked) && !(t->jobctl & JOBCTL_PENDING) &&
	    !(t->process->sig_flags & SIGNAL_GROUP_EXIT))
		return false;
	thread_set_work(&t->thread, WORK_SIGNAL);
	return true;
}

void signal_recalc(struct task *t)
{
	if (signal_recalc_set(t))
		return;
	if (!(t->process->sig_flags & SIGNAL_TELL_CONTINUED))
		thread_clear_work(&t->thread, WORK_SIGNAL);
}

static bool default_ignores(const struct task *t, int sig)
{
	if (SIGMASK(sig) & SIGNALS_DFL_IGNORE)
		return true;
	/* A namespace's init takes only what it installed a handler for. */
	return (t->process->sig_flags & SIGNAL_UNKILLABLE) && sig != SIGKILL && sig != SIGSTOP;
}

bool signal_ignored(struct task *t, int sig)
{
	unsigned long handler = t->sighand->action[sig - 1].handler;

	if ((t->blocked | t->sigwait_set) & SIGMASK(sig))
		return false;		/* may be unblocked, or waited for, with another action by then */
	if (task_traced(t) && sig != SIGKILL)
		return false;		/* the tracer decides */
	if (handler == (unsigned long)SIG_IGN)
		return true;
	if (handler != (unsigned long)SIG_DFL)
		return false;
	return default_ignores(t, sig);
}

/* Invariant (1); also what SIGCONT does at once, blocked or ignored as it may be. */
static void prepare_stop_cont(struct process *p, int sig)
{
	uint64_t drop = 0;
	struct task *t;

	if (SIGMASK(sig) & SIGNALS_STOP)
		drop = SIGMASK(SIGCONT);
	else if (sig == SIGCONT)
		drop = SIGNALS_STOP;
	if (!drop)
		return;
	sigpending_flush(&p->shared_pending, drop);
	list_for_each_entry(t, &p->tasks, group_link)
		sigpending_flush(&t->pending, drop);
	if (sig == SIGCONT)
		jobctl_continue_locked(p);
}

/* Can t take sig now? */
static bool thread_wants(struct task *t, int sig)
{
	if (t->flags & PF_EXITING)
		return false;
	if (sig == SIGKILL)
		return true;
	if (t->blocked & SIGMASK(sig))
		return false;
	if (t->jobctl & (JOBCTL_STOPPED | JOBCTL_TRACED))
		return false;
	return !thread_has_work(&t->thread, WORK_SIGNAL) || READ_ONCE(t->thread.blocker.on_cpu);
}

static struct task *choose_thread(struct task *t, int sig, enum signal_scope scope)
{
	struct process *p = t->process;
	struct task *leader = p->leader, *other;

	if (scope == SIGNAL_THREAD)
		return thread_wants(t, sig) ? t : NULL;
	if (thread_wants(leader, sig))
		return leader;
	list_for_each_entry(other, &p->tasks, group_link) {
		if (thread_wants(other, sig))
			return other;
	}
	return NULL;
}

void signal_group_exit_locked(struct process *p, int code)
{
	struct task *t;

	if (!(p->sig_flags & SIGNAL_GROUP_EXIT)) {
		p->sig_flags = (p->sig_flags & SIGNAL_UNKILLABLE) | SIGNAL_GROUP_EXIT;
		p->group_exit_code = code;
		p->stop_count = 0;
	}
	list_for_each_entry(t, &p->tasks, group_link) {
		if (t->flags & PF_EXITING)
			continue;
		t->jobctl &= ~(JOBCTL_STOP_PENDING | JOBCTL_STOP_CONSUME);
		t->pending.set |= SIGMASK(SIGKILL);
		signal_wake(t, /*fatal=*/true);
	}
}

/* True when sig ends the whole process with nothing to run first. */
static bool fatal_at_once(struct task *t, int sig)
{
	uint64_t m = SIGMASK(sig);

	if (sig == SIGKILL)
		return true;
	if (task_traced(t))
		return false;
	if (t->sighand->action[sig - 1].handler != (unsigned long)SIG_DFL)
		return false;
	if ((t->blocked | t->sigwait_set) & m)
		return false;
	return !(m & (SIGNALS_DFL_IGNORE | SIGNALS_STOP | SIGNALS_DFL_CORE));
}

static void complete_signal(struct task *t, int sig, enum signal_scope scope)
{
	struct process *p = t->process;
	struct task *target = choose_thread(t, sig, scope);

	if (!target)
		return;
	if (fatal_at_once(target, sig) && !(p->sig_flags & SIGNAL_GROUP_EXIT)) {
		signal_group_exit_locked(p, sig);
		return;
	}
	signal_wake(target, sig == SIGKILL);
}

static void wake_sigwaiters(struct task *t, int sig)
{
	struct task *other;

	wake_up_all(&t->process->signalfd_wait);
	list_for_each_entry(other, &t->process->tasks, group_link) {
		if (other->sigwait_set & SIGMASK(sig))
			thread_wake(&other->thread, THREAD_INTERRUPTIBLE);
	}
}

static bool from_program(const siginfo_t *info)
{
	return info->si_code == SI_USER || info->si_code == SI_TKILL || info->si_code == SI_QUEUE;
}

/* Not even SIGKILL and SIGSTOP reach a namespace's init from inside. From outside, and from the kernel, they do. */
static bool init_protected(const struct task *t, const siginfo_t *info)
{
	return (t->process->sig_flags & SIGNAL_UNKILLABLE) && (SIGMASK(info->si_signo) & UNMASKABLE) &&
	       from_program(info) && task_tid_in(current, t->pid_ns);
}

int signal_send_locked(struct task *t, const siginfo_t *info, enum signal_scope scope)
{
	int sig = info->si_signo, err;
	struct sigpending *pending;
	siginfo_t seen;
	bool force;

	assert_held(&t->sighand->lock);
	if (unlikely(init_protected(t, info)))
		return 0;
	if (unlikely(t->pid_ns != &pid_ns_init) && from_program(info)) {
		seen = *info;		/* the sender's number as the receiver's namespace has it */
		seen.si_pid = process_tgid_in(current->process, t->pid_ns);
		info = &seen;
	}
	if (t->process->sig_flags & SIGNAL_GROUP_EXIT) {
		if (sig == SIGKILL && t->process->core_dumper)
			WRITE_ONCE(t->process->core_abort, true);
		return 0;
	}
	prepare_stop_cont(t->process, sig);
	if (signal_ignored(t, sig))
		return 0;
	pending = scope == SIGNAL_PROCESS ? &t->process->shared_pending : &t->pending;
	if (sig < SIGRTMIN && (pending->set & SIGMASK(sig)))
		return 0;
	force = sig < SIGRTMIN;
	err = sigpending_add(pending, t, info, force);
	if (err)
		return err;
	wake_sigwaiters(t, sig);
	complete_signal(t, sig, scope);
	return 0;
}

int signal_send(struct task *t, const siginfo_t *info, enum signal_scope scope)
{
	unsigned long flags;
	struct sighand *sh = sighand_lock(t, &flags);
	int err;

	if (!sh)
		return -ESRCH;
	err = signal_send_locked(t, info, scope);
	sighand_unlock(sh, flags);
	return err;
}

void signal_kernel(struct task *t, int sig, enum signal_scope scope)
{
	siginfo_t info;

	siginfo_init(&info, sig, SI_KERNEL, NULL);
	ignore_result(signal_send(t, &info, scope));	/* -ESRCH: it is gone, nobody to tell */
}

int signal_group(struct pid *pgrp, int sig, const siginfo_t *info)
{
	struct process *p;
	unsigned long flags = read_lock_irqsave(&proc_tree.lock);
	int err = -ESRCH, ret;
	siginfo_t kernel;

	if (!info) {
		siginfo_init(&kernel, sig, SI_KERNEL, NULL);
		info = &kernel;
	}
	list_for_each_entry(p, &pgrp->members[PIDTYPE_PGID], pid_links[PIDTYPE_PGID]) {
		ret = sig ? signal_send(p->leader, info, SIGNAL_PROCESS) : 0;
		if (err)
			err = ret;
	}
	read_unlock_irqrestore(&proc_tree.lock, flags);
	return err;
}

void signal_force(const siginfo_t *info)
{
	struct task *t = current;
	int sig = info->si_signo;
	struct sig_action *sa = &t->sighand->action[sig - 1];
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);
	bool blocked = t->blocked & SIGMASK(sig);

	if (blocked || sa->handler == (unsigned long)SIG_IGN) {
		sa->handler = (unsigned long)SIG_DFL;
		t->blocked &= ~SIGMASK(sig);
	}
	if (sa->handler == (unsigned long)SIG_DFL && !task_traced(t))
		t->process->sig_flags &= ~SIGNAL_UNKILLABLE;
	ignore_result(sigpending_add(&t->pending, t, info, /*force=*/true));	/* forced: cannot fail */
	thread_set_work(&t->thread, WORK_SIGNAL);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
}

void signal_force_fault(int sig, int code, unsigned long addr)
{
	siginfo_t info;

	siginfo_init(&info, sig, code, NULL);
	info.si_addr = (void *)addr;
	signal_force(&info);
}

int signal_permission(int sig, struct task *t)
{
	const struct cred *c = current->cred, *tc;
	bool same_session;
	int err = 0;

	rcu_read_lock();
	tc = rcu_dereference(t->real_cred);
	same_session = sig == SIGCONT &&
		       t->process->pids[PIDTYPE_SID] == current->process->pids[PIDTYPE_SID];
	if (t->process != current->process && c->euid != tc->suid && c->euid != tc->uid &&
	    c->uid != tc->suid && c->uid != tc->uid && !cred_capable(c, CAP_KILL) && !same_session)
		err = -EPERM;
	rcu_read_unlock();
	return err;
}

static int kill_process(struct process *p, const siginfo_t *info)
{
	int err = signal_permission(info->si_signo, p->leader);

	if (err || !info->si_signo)
		return err;
	return signal_send(p->leader, info, SIGNAL_PROCESS);
}

static int kill_group(struct pid *pgrp, const siginfo_t *info)
{
	struct process *p;
	unsigned long flags = read_lock_irqsave(&proc_tree.lock);
	int err = -ESRCH, ret;
	bool good = false;

	list_for_each_entry(p, &pgrp->members[PIDTYPE_PGID], pid_links[PIDTYPE_PGID]) {
		ret = kill_process(p, info);
		good |= !ret;
		err = ret;
	}
	read_unlock_irqrestore(&proc_tree.lock, flags);
	return good ? 0 : err;
}

/* kill(-1): everything but init and ourselves. */
static int kill_all(const siginfo_t *info)
{
	struct pid_ns *ns = current->pid_ns;
	int nr = 0, err = -ESRCH, ret;
	struct process *p;
	struct pid *pid;

	while ((pid = pid_next(ns, nr + 1)) != NULL) {
		nr = pid_nr_in(pid, ns);
		p = process_find(ns, nr);
		pid_put(pid);
		if (!p)
			continue;
		if (nr > 1 && p != current->process) {
			ret = kill_process(p, info);
			if (ret != -EPERM)
				err = ret;
		}
		process_put(p);
	}
	return err;
}

int signal_kill_pid(struct pid *pid, enum pid_type type, const siginfo_t *info)
{
	unsigned long flags;
	struct task *t;
	int err;

	if (type == PIDTYPE_PGID)
		return kill_group(pid, info);
	flags = read_lock_irqsave(&proc_tree.lock);
	t = list_first_entry_or_null(&pid->members[PIDTYPE_PID], struct task, pid_link);
	err = t ? signal_permission(info->si_signo, t) : -ESRCH;
	if (!err && info->si_signo)
		err = signal_send(t, info, type == PIDTYPE_PID ? SIGNAL_THREAD : SIGNAL_PROCESS);
	read_unlock_irqrestore(&proc_tree.lock, flags);
	return err;
}

int signal_kill(int nr, const siginfo_t *info)
{
	struct pid_ns *ns = current->pid_ns;
	struct pid *pid;
	int err;

	if (nr == -1)
		return kill_all(info);
	if (nr == INT32_MIN)
		return -ESRCH;
	rcu_read_lock();
	pid = nr == 0 ? current->process->pids[PIDTYPE_PGID] : pid_find(ns, nr < 0 ? -nr : nr);
	pid_get(pid);
	rcu_read_unlock();
	if (!pid)
		return -ESRCH;
	/* Any thread's number names its process. */
	err = nr > 0 ? signal_kill_pid(pid, PIDTYPE_TGID, info) : kill_group(pid, info);
	pid_put(pid);
	return err;
}
