/* SPDX-License-Identifier: MIT */
/*
 * signal.h: sending, masking, waiting for and delivering signals.
 *
 * Flow: a sender (signal.c) decides ignored or queued, picks a thread and sets its WORK_SIGNAL; the thread
 * takes the signal on its way back to user mode (sigdeliver.c), where default actions happen and frames are
 * pushed. Nothing else delivers.
 *
 * Source: signal(7), kill(2), sigaction(2), wait(2). Context: senders may be called from interrupts; the
 * rest is thread context.
 */
#pragma once

#include "arch/regs.h"
#include "lib/compiler.h"
#include "proc/task.h"

enum jobctl {
	JOBCTL_STOP_PENDING = 1,	/* stop at the next chance */
	JOBCTL_STOP_CONSUME = 2,	/* counted in process->stop_count */
	JOBCTL_STOPPED = 4,		/* sleeping in a group stop */
	JOBCTL_STOP_DEQUEUED = 8,	/* took a stop signal; SIGCONT clears it again */
	JOBCTL_TRAP_STOP = 0x10000,	/* ptrace: trap pending */
	JOBCTL_TRACED = 0x20000,	/* sleeping in a ptrace stop */
	JOBCTL_TRAP_NOTIFY = 0x40000,	/* ptrace: the group stop changed, to be told by another trap */
	JOBCTL_LISTENING = 0x80000,	/* in a ptrace stop after PTRACE_LISTEN */
	JOBCTL_FROZEN = 0x100000,	/* its tracer is at work on it: not to be woken */
};

/* Jobs that bring a thread to signal_deliver(). */
#define JOBCTL_PENDING	(JOBCTL_STOP_PENDING | JOBCTL_TRAP_STOP | JOBCTL_TRAP_NOTIFY)

#define UNMASKABLE	(SIGMASK(SIGKILL) | SIGMASK(SIGSTOP))
#define SIGNALS_SYNC	(SIGMASK(SIGSEGV) | SIGMASK(SIGBUS) | SIGMASK(SIGILL) | SIGMASK(SIGTRAP) | \
			 SIGMASK(SIGFPE) | SIGMASK(SIGSYS))
#define SIGNALS_STOP	(SIGMASK(SIGSTOP) | SIGMASK(SIGTSTP) | SIGMASK(SIGTTIN) | SIGMASK(SIGTTOU))
#define SIGNALS_DFL_IGNORE (SIGMASK(SIGCONT) | SIGMASK(SIGCHLD) | SIGMASK(SIGWINCH) | SIGMASK(SIGURG))
#define SIGNALS_DFL_CORE (SIGMASK(SIGQUIT) | SIGMASK(SIGILL) | SIGMASK(SIGTRAP) | SIGMASK(SIGABRT) | \
			  SIGMASK(SIGFPE) | SIGMASK(SIGSEGV) | SIGMASK(SIGBUS) | SIGMASK(SIGSYS) | \
			  SIGMASK(SIGXCPU) | SIGMASK(SIGXFSZ))

/* --- queues (sigqueue.c); caller holds the sighand lock --- */
void sigpending_init(struct sigpending *p);
/* Queue a signal; force: even when the queue limit is reached (siginfo is lost then). 0 or -EAGAIN. */
int __must_check sigpending_add(struct sigpending *p, struct task *charge, const siginfo_t *info, bool force);
/* Take the next signal not in `blocked`: synchronous ones first, then lowest number. 0: none. */
int sigpending_take(struct sigpending *p, uint64_t blocked, siginfo_t *info);
/* The n-th entry of t's own or shared queue; false: there are not so many. Takes the sighand lock. */
bool signal_peek(struct task *t, bool shared, uint64_t n, siginfo_t *info);
/* Drop all signals in `mask`. */
void sigpending_flush(struct sigpending *p, uint64_t mask);
/* Drop what timers of timer_create(2) queued. */
void sigpending_flush_timers(struct sigpending *p);

/* --- sighand life (sigqueue.c) --- */
struct sighand *sighand_create(void);			/* all default; NULL: no memory */
struct sighand *sighand_copy(struct sighand *from);	/* NULL: no memory */
void sighand_put(struct sighand *sh);
/* exec: caught signals become default, ignored stay (keep_ignored), flags and masks cleared. */
void sighand_reset(struct sighand *sh, bool keep_ignored);
/* Lock t's sighand if it still has one. Returns NULL (nothing locked) when t has exited. */
struct sighand *sighand_lock(struct task *t, unsigned long *irqflags);
void sighand_unlock(struct sighand *sh, unsigned long irqflags);

/* --- sending (signal.c) --- */
enum signal_scope { SIGNAL_THREAD, SIGNAL_PROCESS };
/* Fill a siginfo as kill(2) from `from` (NULL: the kernel, SI_KERNEL). */
void siginfo_init(siginfo_t *info, int sig, int code, const struct task *from);
/* 0, also when ignored; -ESRCH t has exited; -EAGAIN queue full. Any context. No permission check. */
int __must_check signal_send(struct task *t, const siginfo_t *info, enum signal_scope scope);
int __must_check signal_send_locked(struct task *t, const siginfo_t *info, enum signal_scope scope);
/* From the kernel to a process or thread; result does not matter to the caller (queueing is forced). */
void signal_kernel(struct task *t, int sig, enum signal_scope scope);
/* To all processes of a group. Any context. Returns 0 or -ESRCH when there is none. */
int signal_group(struct pid *pgrp, int sig, const siginfo_t *info);
/* A fault of the current thread: cannot be blocked or ignored away. */
void signal_force(const siginfo_t *info);
void signal_force_fault(int sig, int code, unsigned long addr);
/* Permission of current to signal t: 0, -EPERM. */
int __must_check signal_permission(int sig, struct task *t);
/* kill(2): pid as there. */
int __must_check signal_kill(int pid, const siginfo_t *info);
/* The same to what pid names: that thread, its process, its group; and to nobody who got its number since. */
int __must_check signal_kill_pid(struct pid *pid, enum pid_type type, const siginfo_t *info);
/* Start the end of a whole process: every thread gets SIGKILL. Caller holds sighand lock. */
void signal_group_exit_locked(struct process *p, int code);
/* Wake a thread so that it sees its pending signals; fatal also wakes killable and stopped sleeps. */
void signal_wake(struct task *t, bool fatal);
/* Recompute WORK_SIGNAL of the current task. Caller holds its sighand lock. */
void signal_recalc(struct task *t);
/*
 * The same of any task, but never clear it: its call may be returning -ERESTART*, which only signal_deliver() may see.
 * True: it is set.
 */
bool signal_recalc_set(struct task *t);
bool signal_ignored(struct task *t, int sig);

/* --- own mask and actions (sigaction.c) --- */
void signal_set_mask(uint64_t mask);			/* current's; SIGKILL and SIGSTOP are left out */
/* sigsuspend, ppoll...: mask for one wait, restored on return to user mode. */
void signal_set_temporary_mask(uint64_t mask);
int __must_check signal_action(int sig, const struct sig_action *act, struct sig_action *old);
/* sigaltstack(2). sp: current user stack pointer. min: smallest size allowed. */
int __must_check signal_altstack(const stack_t *ss, stack_t *old, unsigned long sp, size_t min);
/*
 * sigtimedwait: takes a signal of `set`; sleeps up to timeout_ns (0: no wait, UINT64_MAX: for ever). Signal,
 * -EAGAIN, -EINTR.
 */
int __must_check signal_wait(uint64_t set, siginfo_t *info, uint64_t timeout_ns);

/* --- delivery (sigdeliver.c, jobctl.c) --- */
/* Take care of everything pending for current; *regs are its user registers. May not return (fatal). */
void signal_deliver(struct arch_regs *regs);
/* Sleep in the group stop that is pending. Caller holds sighand lock (released). True: stopped and went on. */
bool jobctl_stop(int sig);
void jobctl_participate(void);
/* t takes part in the stop that is pending, if one is. True: it was the last. Sighand lock held. */
bool jobctl_count_stop(struct task *t);
/* SIGCONT arrived: forget stops, wake the stopped. Caller holds sighand lock. */
void jobctl_continue_locked(struct process *p);
/* Tell the parent of a stop or continue (SIGCHLD with CLD_STOPPED / CLD_CONTINUED). No lock held. */
void jobctl_notify_parent(struct process *p, int code);
