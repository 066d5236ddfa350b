/* SPDX-License-Identifier: MIT */
/*
 * wait: find a child with news.
 *
 * A child is eligible by pid and by kind (__WCLONE: its exit signal is not SIGCHLD). Of an eligible one: zombie -> reap
 * (or look, WNOWAIT), stopped -> report once, continued -> report once. No eligible child at all is ECHILD.
 *
 * Sleep protocol: the waiter is on process->child_wait before it looks; whoever makes news wakes that queue
 * after changing the state under proc_tree.lock, so none is missed.
 */
#include "proc/wait.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "lib/restart.h"
#include "proc/exit.h"
#include "proc/signal.h"
#include "proc/task_alloc.h"
#include "sched/sched.h"

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

static void report(struct wait_request *w, struct process *child, int code, int child_status, int status)
{
	siginfo_init(&w->info, SIGCHLD, code, NULL);
	w->nr = process_tgid_in(child, current->pid_ns);
	w->info.si_pid = w->nr;
	w->info.si_uid = child->leader->real_cred->uid;
	w->info.si_status = child_status;
	w->status = status;
	process_usage(child, &w->usage);
	usage_add(&w->usage, &child->child_usage);
}

static void report_exit(struct wait_request *w, struct process *child)
{
	int code = child->leader->exit_code;

	if (code & 0x7f)
		report(w, child, code & 0x80 ? CLD_DUMPED : CLD_KILLED, code & 0x7f, code);
	else
		report(w, child, CLD_EXITED, (code >> 8) & 0xff, code);
}

/* News of one child; tree lock held for writing. 1: reported, *reap is set when it is to be released. */
static int look_at(struct wait_request *w, struct process *child, struct task **reap)
{
	struct process *me = current->process;

	if (child->leader->exit_state == TASK_ZOMBIE) {
		if (!process_all_exited(child) || !(w->options & WEXITED))
			return 0;
		report_exit(w, child);
		if (!(w->options & WNOWAIT)) {
			child->leader->exit_state = TASK_DEAD;
			usage_add(&me->child_usage, &w->usage);
			*reap = child->leader;
		}
		return 1;
	}
	if ((w->options & WSTOPPED) && (child->sig_flags & SIGNAL_STOPPED) && child->stop_signal) {
		report(w, child, CLD_STOPPED, child->stop_signal, (child->stop_signal << 8) | 0x7f);
		if (!(w->options & WNOWAIT))
			child->stop_signal = 0;
		return 1;
	}
	if ((w->options & WCONTINUED) && (child->sig_flags & SIGNAL_CONTINUED)) {
		report(w, child, CLD_CONTINUED, SIGCONT, 0xffff);
		if (!(w->options & WNOWAIT))
			child->sig_flags &= ~SIGNAL_CONTINUED;
		return 1;
	}
	return 0;
}

/* 1 found, 0 none yet, -ECHILD. */
static int scan(struct wait_request *w)
{
	struct process *me = current->process, *child;
	unsigned long irq = write_lock_irqsave(&proc_tree.lock);
	struct task *reap = NULL;
	int found = -ECHILD;

	list_for_each_entry(child, &me->children, sibling) {
		if (child->leader->exit_state == TASK_DEAD || !eligible(w, child))
			continue;
		found = look_at(w, child, &reap);
		if (found)
			break;
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
