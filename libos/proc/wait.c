/* SPDX-License-Identifier: MIT */
/*
 * wait: find a child with news.
 *
 * A child is eligible by pid and by kind (__WCLONE: its exit signal is not SIGCHLD). Of an eligible one: zombie -> reap
 * (or look, WNOWAIT), stopped -> report once, continued -> report once. No eligible child at all is ECHILD.
 *
 * Threads that ours trace are eligible too, one by one: their stops and their ends are news to the tracer. A child that
 * somebody else traces reports its end here only after it was reported there.
 *
 * Sleep protocol: the waiter is on process->child_wait before it looks; whoever makes news wakes that queue
 * after changing the state under proc_tree.lock, so none is missed.
 */
#include "proc/wait.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "lib/restart.h"
#include "proc/exit.h"
#include "proc/ptrace.h"
#include "proc/signal.h"
#include "proc/task_alloc.h"
#include "sched/sched.h"

static bool eligible_tracee(const struct wait_request *w, const struct task *t)
{
	if (w->which == WAIT_PID && t->pid != w->pid)
		return false;
	if (w->which == WAIT_PGRP && t->process->pids[PIDTYPE_PGID] != w->pid)
		return false;
	return !(w->options & __WNOTHREAD) || t->trace->tracer == current;
}

static bool eligible(const struct wait_request *w, const struct process *child)
{
	bool clone_child = child->leader->exit_signal != SIGCHLD;

	if (w->which == WAIT_PID && child->pids[PIDTYPE_TGID] != w->pid)
		return false;
	if (w->which == WAIT_PGRP && child->pids[PIDTYPE_PGID] != w->pid)
		return false;
	if ((w->options & __WNOTHREAD) && child->parent_task != current)
		return false;
	if (w->options & __WALL)
		return true;
	return clone_child == !!(w->options & __WCLONE);
}

static void report(struct wait_request *w, struct task *t, int code, int child_status, int status)
{
	siginfo_init(&w->info, SIGCHLD, code, NULL);
	w->nr = task_tid_in(t, current->pid_ns);
	w->info.si_pid = w->nr;
	w->info.si_uid = t->real_cred->uid;
	w->info.si_status = child_status;
	w->status = status;
	process_usage(t->process, &w->usage);
	usage_add(&w->usage, &t->process->child_usage);
}

static void report_exit(struct wait_request *w, struct task *t)
{
	int code = t->exit_code;

	if (code & 0x7f)
		report(w, t, code & 0x80 ? CLD_DUMPED : CLD_KILLED, code & 0x7f, code);
	else
		report(w, t, CLD_EXITED, (code >> 8) & 0xff, code);
}

static bool look_continued(struct wait_request *w, struct process *child)
{
	if (!(w->options & WCONTINUED) || !(child->sig_flags & SIGNAL_CONTINUED))
		return false;
	report(w, child->leader, CLD_CONTINUED, SIGCONT, 0xffff);
	if (!(w->options & WNOWAIT))
		child->sig_flags &= ~SIGNAL_CONTINUED;
	return true;
}

/*
 * News of one child; tree lock held for writing. 1: reported, *reap is set when it is to be released; 0: may come;
 * -ECHILD: will not.
 */
static int look_at(struct wait_request *w, struct process *child, struct task **reap)
{
	struct process *me = current->process;

	if (child->leader->exit_state == TASK_ZOMBIE) {
		if (task_traced(child->leader) || !process_all_exited(child))
			return 0;
		if (!(w->options & WEXITED))
			return -ECHILD;		/* nothing else will come of it */
		report_exit(w, child->leader);
		if (!(w->options & WNOWAIT)) {
			child->leader->exit_state = TASK_DEAD;
			usage_add(&me->child_usage, &w->usage);
			*reap = child->leader;
		}
		return 1;
	}
	if ((w->options & WSTOPPED) && (child->sig_flags & SIGNAL_STOPPED) && child->stop_signal) {
		report(w, child->leader, CLD_STOPPED, child->stop_signal, (child->stop_signal << 8) | 0x7f);
		if (!(w->options & WNOWAIT))
			child->stop_signal = 0;
		return 1;
	}
	return look_continued(w, child);
}

/* The tracer has seen the end of t. A process that has another parent is now that one's to see. True: release it. */
static bool tracee_reaped(struct task *t)
{
	struct process *p = t->process, *me = current->process;

	if (task_is_leader(t) && p->parent != me) {
		ptrace_unlink(t);
		if (!process_notify_parent(p))
			return false;
	} else if (task_is_leader(t)) {
		struct proc_usage u;

		process_usage(p, &u);
		usage_add(&u, &p->child_usage);
		usage_add(&me->child_usage, &u);
	}
	t->exit_state = TASK_DEAD;
	return true;
}

/* The same for a thread that one of ours traces. */
static int look_at_tracee(struct wait_request *w, struct task *t, struct task **reap)
{
	struct task_trace *trace = t->trace;
	int code;

	if (t->exit_state == TASK_ZOMBIE) {
		if ((task_is_leader(t) && !process_all_exited(t->process)) || !(w->options & WEXITED))
			return 0;
		report_exit(w, t);
		if (!(w->options & WNOWAIT) && tracee_reaped(t))
			*reap = t;
		return 1;
	}
	code = trace->code;
	if (code && (t->jobctl & JOBCTL_TRACED) && !(t->jobctl & JOBCTL_LISTENING)) {
		report(w, t, CLD_TRAPPED, code, (code << 8) | 0x7f);
		if (!(w->options & WNOWAIT))
			trace->code = 0;
		return 1;
	}
	return task_is_leader(t) && look_continued(w, t->process);
}

static int scan_children(struct wait_request *w, struct task **reap)
{
	struct process *me = current->process, *child;
	int found = -ECHILD, one;

	list_for_each_entry(child, &me->children, sibling) {
		if (child->leader->exit_state == TASK_DEAD || !eligible(w, child))
			continue;
		if (ptrace_tracer_process(child->leader) == me)
			continue;	/* scan_tracees() has it */
		one = look_at(w, child, reap);
		if (one != -ECHILD)
			found = one;
		if (one > 0)
			break;
	}
	return found;
}

static int scan_tracees(struct wait_request *w, struct task **reap)
{
	struct task_trace *trace;
	int found = -ECHILD;

	list_for_each_entry(trace, &current->process->tracees, link) {
		if (trace->task->exit_state == TASK_DEAD || !eligible_tracee(w, trace->task))
			continue;
		found = look_at_tracee(w, trace->task, reap);
		if (found)
			break;
	}
	return found;
}

/* 1 found, 0 none yet, -ECHILD. */
static int scan(struct wait_request *w)
{
	unsigned long irq = write_lock_irqsave(&proc_tree.lock);
	struct task *reap = NULL;
	int found = scan_children(w, &reap), traced;

	if (found <= 0 && unlikely(!list_empty(&current->process->tracees))) {
		traced = scan_tracees(w, &reap);
		found = traced == -ECHILD ? found : traced;
	}
	write_unlock_irqrestore(&proc_tree.lock, irq);
	if (reap)
		task_release(reap);
	return found;
}

int process_wait(struct wait_request *w)
{
	struct process *me = current->process;
	struct wait_entry entry;
	int found;

	w->nr = 0;
	wait_entry_init(&entry);
	for (;;) {
		wait_prepare(&me->child_wait, &entry, THREAD_INTERRUPTIBLE);
		found = scan(w);
		if (found || (w->options & WNOHANG))
			break;
		found = wait_sleep(THREAD_INTERRUPTIBLE, WAIT_FOREVER);
		if (found)
			break;
	}
	wait_finish(&me->child_wait, &entry);
	return found < 0 ? found : 0;
}
