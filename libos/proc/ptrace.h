/* SPDX-License-Identifier: MIT */
/*
 * ptrace.h: tracing threads: who traces whom, stops, and what a tracer may do with a stopped thread.
 *
 * Model. A task's `trace` is made when it is first traced and lives as long as the task; trace->tracer says whether
 * it is traced now. A traced thread stops by itself, in ptrace_stop(), at the places the hooks below stand; its tracer
 * learns of it by SIGCHLD and wait4(2), and resumes it by a request.
 *
 *	running --hook--> ptrace_stop(): JOBCTL_TRACED, state TRACED, tracer told --> sleeps
 *	   ^                                                                            |
 *	   +------ ptrace_resume(): resume_sig = data, TRACED cleared, woken -----------+   (SIGKILL wakes too)
 *
 * While the tracer is at work on it, JOBCTL_FROZEN keeps SIGKILL from waking it.
 *
 * Locking. tracer, the lists: proc_tree.lock for writing, and the tracee's sighand lock for `tracer` and `options`
 * (either is enough to read). The stop's facts: sighand lock, or by the tracer while it is frozen.
 * Source: ptrace(2).
 */
#pragma once

#include "abi/signal.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"
#include "proc/task.h"

struct arch_regs;

/* How a thread was resumed: what it stops for next. */
enum ptrace_mode {
	PTRACE_MODE_SYSCALL = 1,	/* at entry and exit of system calls */
	PTRACE_MODE_EMULATE = 2,	/* at entry, and the call is skipped */
	PTRACE_MODE_STEP = 4,		/* after one instruction */
};

/* Field legend: [t] proc_tree.lock and sighand lock, [s] sighand lock, [f] tracer, while the tracee is frozen */
struct task_trace {
	struct list_head link;		/* [t] tracer->process->tracees */
	struct task *task;		/* [I] whose this is */
	struct task *tracer;		/* [t] referenced; NULL: not traced */
	unsigned options;		/* [s] PTRACE_O_* */
	bool seized;			/* [s] by PTRACE_SEIZE */
	bool have_info;			/* [s] info is about this stop */
	uint8_t syscall_op;		/* [s] PTRACE_SYSCALL_INFO_*: what the stop is about */
	uint8_t mode;			/* [s] enum ptrace_mode */
	int code;			/* [s] of the stop, for wait; 0: reported already */
	int resume_sig;			/* [s] signal to go on with */
	unsigned long message;		/* [s] PTRACE_GETEVENTMSG */
	siginfo_t info;			/* [s] */
};

static inline bool task_traced(const struct task *t)
{
	return unlikely(t->trace != NULL) && t->trace->tracer;
}

static inline bool ptrace_option(const struct task *t, unsigned option)
{
	return task_traced(t) && (t->trace->options & option);
}

/* --- requests (ptrace.c, ptrace_request.c): current is the tracer; 0 or -errno as ptrace(2) --- */
int __must_check ptrace_traceme(void);
int __must_check ptrace_attach(struct task *t, bool seize, unsigned long options);
/*
 * Make sure t is stopped, is ours and stays so: -ESRCH if not. running_ok: it need only be ours.
 * Undone by ptrace_thaw().
 */
int __must_check ptrace_freeze(struct task *t, bool running_ok);
void ptrace_thaw(struct task *t);
int __must_check ptrace_detach(struct task *t, int sig);
int __must_check ptrace_resume(struct task *t, unsigned mode, int sig);
int __must_check ptrace_interrupt(struct task *t);
int __must_check ptrace_listen(struct task *t);

/* --- hooks: current is the tracee; no lock held; may sleep --- */
/* A signal was taken: 0: the tracer swallowed it, else the signal to deliver, *info to match. */
int ptrace_signal(int sig, siginfo_t *info);
/* Pending JOBCTL_TRAP_STOP, JOBCTL_TRAP_NOTIFY: group stops, PTRACE_INTERRUPT. */
void ptrace_trap(void);
/* A PTRACE_EVENT_*: stops if its option is set; exec without the option sends SIGTRAP. */
void ptrace_event(unsigned event, unsigned long message);
static inline bool ptrace_event_wanted(const struct task *t, unsigned event)
{
	return ptrace_option(t, 1U << event);
}
/* The event's message is a pid: as the tracer's namespace numbers it. */
void ptrace_event_pid(unsigned event, struct pid *pid);
/* Current's thread id as its tracer sees it; 0: not traced. */
unsigned long ptrace_own_nr(void);
/* exec: may a set-id program gain privilege? Not under a tracer that has no CAP_SYS_PTRACE. */
bool ptrace_allows_setid(void);
/* Entry of a system call: false: skip it, its result stands in *regs. */
bool ptrace_syscall_enter(struct arch_regs *regs);
void ptrace_syscall_exit(struct arch_regs *regs);
/* A handler's frame was pushed during a single step. */
void ptrace_step_report(void);

/* --- fork, exit, wait --- */
/* The event a fork with these flags is to its tracer, or 0. */
unsigned ptrace_fork_event(uint64_t flags, int exit_signal);
/* 0 or -ENOMEM: make room for the child's trace when it will have one. Child not visible yet. */
int __must_check ptrace_fork_prepare(struct task *child, uint64_t flags, unsigned event);
/* The child is linked: let it be traced like current. Tree lock and current's sighand lock held. */
void ptrace_fork_link(struct task *child, uint64_t flags, unsigned event);
/* Thread t ends: everybody it traces is let go. Tracees that are dead and nobody's go on `dead`. Tree lock held. */
void ptrace_exit_tracer(struct task *t, struct list_head *dead);
/* t is no longer traced. Tree lock held for writing; t is a zombie, or frozen, or its sighand lock is not held. */
void ptrace_unlink(struct task *t);
/* The tracer's process, or NULL. Tree lock held. */
struct process *ptrace_tracer_process(const struct task *t);
/* Number of the tracer in ns, 0: none. Takes the tree lock. */
int ptrace_tracer_nr(struct task *t, const struct pid_ns *ns);
