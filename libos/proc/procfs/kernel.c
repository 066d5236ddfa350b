/* SPDX-License-Identifier: MIT */
/*
 * procfs/kernel: what a thread does in the kernel: wchan, stack, syscall; timers and timerslack_ns.
 *
 * A thread that sleeps is pinned by its run queue's lock while its stack is read (thread_sleeping_trace()): one that
 * runs has no place to show.
 */
#include "proc/procfs/internal.h"

#include "abi/errno.h"
#include "arch/regs.h"
#include "core/ksyms.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "proc/posix_timer.h"
#include "proc/signal.h"
#include "sched/sched.h"

#define TRACE_DEPTH	32

/* Functions that every sleep goes through: whoever called them is the place. */
static bool is_sleep(const char *name)
{
	static const char *const prefixes[] = { "schedule", "sched_", "wait_sleep", "wait_for_", "mutex_lock", "down_",
						"switch_stacks", "arch_thread_switch", "sleep_until", "__wait" };

	for (unsigned i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	}
	return false;
}

int procfs_show_wchan(struct strbuf *out, const struct pseudo_target *t)
{
	uintptr_t pc[TRACE_DEPTH], offset;
	struct task *task = procfs_task(t);
	char name[KSYM_NAME_MAX];
	unsigned n;

	if (!task)
		return -ESRCH;
	n = task_may_access(current, task) ? 0 : thread_sleeping_trace(&task->thread, pc, TRACE_DEPTH);
	task_put(task);
	for (unsigned i = 0; i < n; i++) {
		/* A return address may lie behind its function's end. */
		if (ksym_lookup(pc[i] - 1, name, sizeof(name), &offset) && !is_sleep(name)) {
			strbuf_puts(out, name);
			return 0;
		}
	}
	strbuf_putc(out, '0');
	return 0;
}

int procfs_show_stack(struct strbuf *out, const struct pseudo_target *t)
{
	uintptr_t pc[TRACE_DEPTH], offset;
	struct task *task = procfs_task(t);
	char name[KSYM_NAME_MAX];
	unsigned n;

	if (!task)
		return -ESRCH;
	if (!cred_capable(current->cred, CAP_SYS_ADMIN)) {
		task_put(task);
		return -EACCES;
	}
	n = thread_sleeping_trace(&task->thread, pc, TRACE_DEPTH);
	task_put(task);
	for (unsigned i = 0; i < n; i++) {
		if (ksym_lookup(pc[i] - 1, name, sizeof(name), &offset))
			strbuf_printf(out, "[<0>] %s+%#lx\n", name, (unsigned long)offset + 1);
	}
	return 0;
}

/*
 * Number and arguments of the call a thread sleeps in (the reader: its own), its stack pointer and instruction pointer;
 * -1: in none.
 */
int procfs_show_syscall(struct strbuf *out, const struct pseudo_target *t)
{
	struct arch_regs *regs;
	struct task *task;
	uintptr_t pc[1];
	int err = procfs_task_access(t, &task);

	if (err)
		return err;
	if (task != current && !thread_sleeping_trace(&task->thread, pc, ARRAY_SIZE(pc))) {
		strbuf_puts(out, "running\n");
	} else if (!thread_mm(&task->thread)) {
		strbuf_puts(out, "0 0x0 0x0\n");
	} else {
		regs = arch_user_regs(task->thread.kstack_top);
		strbuf_printf(out, "%ld", arch_syscall_nr(regs));
		for (unsigned i = 0; i < 6 && arch_syscall_nr(regs) >= 0; i++)
			strbuf_printf(out, " 0x%lx", arch_syscall_arg(regs, i));
		strbuf_printf(out, " 0x%lx 0x%lx\n", arch_regs_sp(regs), arch_regs_ip(regs));
	}
	task_put(task);
	return 0;
}

int procfs_show_timerslack(struct strbuf *out, const struct pseudo_target *t)
{
	struct task *task;
	int err = procfs_task_access(t, &task);

	if (err)
		return err;
	strbuf_printf(out, "%lu\n", (unsigned long)READ_ONCE(task->timer_slack_ns));
	task_put(task);
	return 0;
}

/* One line each, of the timer made as the nth. Field legend: [o] of the reader */
struct timer_view {
	int id, signo, notify, clock, to;	/* [o] */
	bool thread;			/* [o] */
	void *value;			/* [o] */
};

static bool view_timer(struct task *task, unsigned n, struct timer_view *v)
{
	const struct posix_timer *timer;
	struct sighand *sighand;
	unsigned long flags;
	bool found = false;

	sighand = sighand_lock(task, &flags);
	if (!sighand)
		return false;
	list_for_each_entry(timer, &task->process->posix_timers, link) {
		struct pid *to = timer->thread ? timer->thread : task->process->pids[PIDTYPE_TGID];

		if (n--)
			continue;
		*v = (struct timer_view){ timer->id, timer->signo, timer->notify & ~SIGEV_THREAD_ID, timer->clock,
					  pid_nr_in(to, current->pid_ns), timer->thread, timer->value.sival_ptr };
		found = true;
		break;
	}
	sighand_unlock(sighand, flags);
	return found;
}

/* Timers of timer_create(2), as checkpointing wants them. */
int procfs_show_timers(struct strbuf *out, const struct pseudo_target *t)
{
	static const char *const how[] = {
		[SIGEV_SIGNAL] = "signal", [SIGEV_NONE] = "none", [SIGEV_THREAD] = "thread",
	};
	struct timer_view v;
	struct task *task;
	int err = procfs_task_access(t, &task);

	if (err)
		return err;
	for (unsigned n = 0; view_timer(task, n, &v); n++)
		strbuf_printf(out, "ID: %d\nsignal: %d/%016lx\nnotify: %s/%s.%d\nClockID: %d\n", v.id, v.signo,
			      (unsigned long)v.value, how[v.notify], v.thread ? "tid" : "pid", v.to, v.clock);
	task_put(task);
	return 0;
}
