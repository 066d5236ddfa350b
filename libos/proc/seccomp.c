/* SPDX-License-Identifier: MIT */
/*
 * seccomp: see seccomp.h.
 *
 * A task's mode and filter are written under its sighand lock: by itself, and by a thread of its process that
 * synchronises (TSYNC). Each filter keeps the ones before it, and TSYNC only puts a descendant in the place of an
 * ancestor: so the task itself reads them without a lock.
 */
#include "proc/seccomp.h"

#include "abi/errno.h"
#include "abi/ptrace.h"
#include "abi/unistd.h"
#include "arch/ptrace.h"
#include "arch/regs.h"
#include "core/log.h"
#include "mm/slab.h"
#include "proc/exit.h"
#include "proc/ptrace.h"
#include "proc/signal.h"
#include "sched/sched.h"

#define PATH_MAX_INSNS	32768u		/* of all filters a call passes */
#define FILTER_COST	4u		/* instructions each filter counts more */

/* Field legend: [I] immutable once attached, [a] atomic */
struct seccomp_filter {
	struct refcount refs;		/* [a] tasks, and the filter after it */
	struct seccomp_filter *prev;	/* [I] older one; referenced */
	struct sock_filter *insns;	/* [I] owned */
	unsigned count;			/* [I] */
	bool log;			/* [I] what it refuses is told in the log */
};

static struct seccomp_filter *filter_get(struct seccomp_filter *f)
{
	if (f)
		refcount_inc(&f->refs);
	return f;
}

static void filter_put(struct seccomp_filter *f)
{
	while (f && refcount_dec_and_test(&f->refs)) {
		struct seccomp_filter *prev = f->prev;

		kfree(f->insns);
		kfree(f);
		f = prev;
	}
}

/* --- Changing --- */

/* Sighand lock held. */
static void set_mode(struct task *t, unsigned mode)
{
	WRITE_ONCE(t->seccomp_mode, (uint8_t)mode);
	smp_mb();	/* pairs with task_recalc_slow(): one of the two sees the other */
	thread_set_work(&t->thread, WORK_SYSCALL_SLOW);
}

int seccomp_set_strict(void)
{
	struct task *t = current;
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);
	int err = t->seccomp_mode && t->seccomp_mode != SECCOMP_MODE_STRICT ? -EINVAL : 0;

	if (!err)
		set_mode(t, SECCOMP_MODE_STRICT);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	return err;
}

int seccomp_may_filter(void)
{
	const struct task *t = current;

	return t->no_new_privs || cred_capable(t->cred, CAP_SYS_ADMIN) ? 0 : -EACCES;
}

static bool is_ancestor(const struct seccomp_filter *old, const struct seccomp_filter *f)
{
	while (f && f != old)
		f = f->prev;
	return f == old;
}

/* A thread whose filters are not all ours cannot follow us: its id, or 0. Sighand lock held. */
static int find_stray(const struct task *t)
{
	struct task *other;

	list_for_each_entry(other, &t->process->tasks, group_link) {
		if (other == t || (other->flags & PF_EXITING) || !other->seccomp_mode)
			continue;
		if (other->seccomp_mode != SECCOMP_MODE_FILTER || !is_ancestor(other->seccomp, t->seccomp))
			return task_tid_in(other, t->pid_ns);
	}
	return 0;
}

static void take_filter(struct task *to, struct task *from)
{
	struct seccomp_filter *old = to->seccomp;

	WRITE_ONCE(to->seccomp, filter_get(from->seccomp));
	to->seccomp_count = from->seccomp_count;
	if (from->no_new_privs)
		to->no_new_privs = true;
	set_mode(to, SECCOMP_MODE_FILTER);
	filter_put(old);		/* the new one's ancestor: never the last reference */
}

/* The new filter is in force from the next call on. Tree lock (thread list) and sighand lock held. */
static int attach(struct seccomp_filter *f, unsigned flags)
{
	struct task *t = current, *other;
	unsigned total = f->count;
	int stray = flags & SECCOMP_FILTER_FLAG_TSYNC ? find_stray(t) : 0;

	if (t->seccomp_mode == SECCOMP_MODE_STRICT)
		return -EINVAL;
	for (struct seccomp_filter *p = t->seccomp; p; p = p->prev)
		total += p->count + FILTER_COST;
	if (total > PATH_MAX_INSNS)
		return -ENOMEM;
	if (stray)
		return flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH ? -ESRCH : stray;
	f->prev = t->seccomp;		/* its reference moves */
	WRITE_ONCE(t->seccomp, f);
	t->seccomp_count++;
	set_mode(t, SECCOMP_MODE_FILTER);
	if (!(flags & SECCOMP_FILTER_FLAG_TSYNC))
		return 0;
	list_for_each_entry(other, &t->process->tasks, group_link) {
		if (other != t && !(other->flags & PF_EXITING))
			take_filter(other, t);
	}
	return 0;
}

int seccomp_add_filter(struct sock_filter *insns, unsigned count, unsigned flags)
{
	struct seccomp_filter *f = NULL;
	struct task *t = current;
	unsigned long irq;
	int ret = seccomp_bpf_check(insns, count);

	if (!ret) {
		f = kzalloc(sizeof(*f), GFP_KERNEL);
		ret = f ? 0 : -ENOMEM;
	}
	if (ret) {
		kfree(insns);
		return ret;
	}
	refcount_set(&f->refs, 1);
	f->insns = insns;
	f->count = count;
	f->log = flags & SECCOMP_FILTER_FLAG_LOG;
	irq = read_lock_irqsave(&proc_tree.lock);
	spin_lock(&t->sighand->lock);
	ret = attach(f, flags);
	spin_unlock(&t->sighand->lock);
	read_unlock_irqrestore(&proc_tree.lock, irq);
	if (ret)
		filter_put(f);
	return ret;
}

void seccomp_fork(struct task *child)
{
	struct task *t = current;

	assert_held(&t->sighand->lock);
	child->no_new_privs = t->no_new_privs;
	if (!t->seccomp_mode)
		return;
	child->seccomp = filter_get(t->seccomp);
	child->seccomp_count = t->seccomp_count;
	set_mode(child, t->seccomp_mode);
}

/* It is exiting: no thread gives it a filter any more. */
void seccomp_exit(struct task *t)
{
	struct seccomp_filter *f = t->seccomp;

	t->seccomp = NULL;
	filter_put(f);
}

/* --- System calls --- */

bool seccomp_action_known(uint32_t action)
{
	switch (action) {
	case SECCOMP_RET_KILL_PROCESS: case SECCOMP_RET_KILL_THREAD: case SECCOMP_RET_TRAP: case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_TRACE: case SECCOMP_RET_LOG: case SECCOMP_RET_ALLOW:
		return true;
	default:
		return false;
	}
}

static void fill_data(struct seccomp_data *data, const struct arch_regs *regs)
{
	data->nr = (int)arch_syscall_nr(regs);
	data->arch = arch_audit_arch();
	data->instruction_pointer = arch_regs_ip(regs);
	for (unsigned i = 0; i < 6; i++)
		data->args[i] = arch_syscall_arg(regs, i);
}

/* The strictest answer; among equals the newest filter's. */
static uint32_t run_filters(const struct seccomp_filter *f, const struct seccomp_data *data, bool *log)
{
	uint32_t strictest = SECCOMP_RET_ALLOW, answer;

	for (; f; f = f->prev) {
		answer = seccomp_bpf_run(f->insns, data);
		if ((int32_t)(answer & SECCOMP_RET_ACTION_FULL) < (int32_t)(strictest & SECCOMP_RET_ACTION_FULL)) {
			strictest = answer;
			*log = f->log;
		}
	}
	return strictest;
}

/* SIGSYS, as if the call had not been begun. */
static void send_sigsys(struct arch_regs *regs, const struct seccomp_data *data, uint32_t answer, bool fatal)
{
	struct task *t = current;
	unsigned long flags;
	siginfo_t info;

	siginfo_init(&info, SIGSYS, SYS_SECCOMP, NULL);
	info.si_errno = (int)(answer & SECCOMP_RET_DATA);
	info.si_call_addr = (void *)data->instruction_pointer;
	info.si_syscall = data->nr;
	info.si_arch = data->arch;
	arch_syscall_set_result(regs, data->nr);
	if (fatal) {
		flags = spin_lock_irqsave(&t->sighand->lock);
		t->sighand->action[SIGSYS - 1].handler = (unsigned long)SIG_DFL;
		spin_unlock_irqrestore(&t->sighand->lock, flags);
	}
	signal_force(&info);
}

static void log_answer(const struct seccomp_data *data, uint32_t answer)
{
	klog(KLOG_NOTICE, "seccomp: %s[%d]: system call %d at %#lx: action %#x", current->thread.name,
	     task_tid(current), data->nr, (unsigned long)data->instruction_pointer, answer);
}

/* Strict mode: exit, not a signal that could be caught, ends a thread that asks for more. */
static bool strict_enter(const struct arch_regs *regs)
{
	switch (arch_syscall_nr(regs)) {
	case __NR_read: case __NR_write: case __NR_exit: case __NR_rt_sigreturn:
		return true;
	default:
		task_exit(SIGKILL);
	}
}

static bool refuse(struct arch_regs *regs, long result)
{
	arch_syscall_set_result(regs, result);
	return false;
}

/* The tracer decides, and may change the call: which the filters then see. */
static bool ask_tracer(struct arch_regs *regs, uint32_t answer)
{
	struct seccomp_data data;
	bool log;

	if (!ptrace_event_wanted(current, PTRACE_EVENT_SECCOMP))
		return refuse(regs, -ENOSYS);
	ptrace_event(PTRACE_EVENT_SECCOMP, answer & SECCOMP_RET_DATA);
	fill_data(&data, regs);
	if (data.nr < 0 || fatal_signal_pending())
		return false;
	answer = run_filters(current->seccomp, &data, &log) & SECCOMP_RET_ACTION_FULL;
	if (answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG || answer == SECCOMP_RET_TRACE)
		return true;
	return refuse(regs, -ENOSYS);
}

static bool obey(struct arch_regs *regs, const struct seccomp_data *data, uint32_t answer)
{
	uint32_t value = answer & SECCOMP_RET_DATA;

	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW: case SECCOMP_RET_LOG:
		return true;
	case SECCOMP_RET_ERRNO:
		return refuse(regs, -(long)min(value, 4095u));
	case SECCOMP_RET_USER_NOTIF:		/* without a listener */
		return refuse(regs, -ENOSYS);
	case SECCOMP_RET_TRACE:
		return ask_tracer(regs, answer);
	case SECCOMP_RET_TRAP:
		send_sigsys(regs, data, answer, /*fatal=*/false);
		return false;
	case SECCOMP_RET_KILL_THREAD:
		if (current->process->nr_tasks > 1)
			task_exit(SIGSYS);
		send_sigsys(regs, data, answer, /*fatal=*/true);
		return false;
	default:
		send_sigsys(regs, data, answer, /*fatal=*/true);
		return false;
	}
}

bool seccomp_enter(struct arch_regs *regs)
{
	struct seccomp_data data;
	uint32_t answer, action;
	bool log = false;

	if (likely(!current->seccomp_mode))
		return true;
	if (current->seccomp_mode == SECCOMP_MODE_STRICT)
		return strict_enter(regs);
	fill_data(&data, regs);
	answer = run_filters(READ_ONCE(current->seccomp), &data, &log);
	action = answer & SECCOMP_RET_ACTION_FULL;
	if (action == SECCOMP_RET_LOG || (log && action != SECCOMP_RET_ALLOW))
		log_answer(&data, answer);
	return obey(regs, &data, answer);
}
