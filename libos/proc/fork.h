/* SPDX-License-Identifier: MIT */
/*
 * fork.h: new tasks and processes. Source: clone(2), fork(2), vfork(2).
 */
#pragma once

#include "arch/regs.h"
#include "lib/compiler.h"
#include "proc/task.h"

struct fork_args {
	uint64_t flags;			/* CLONE_*, without the exit signal */
	int exit_signal;		/* 0..255; what is no signal is not sent */
	unsigned long stack;		/* user stack pointer; 0: the parent's */
	unsigned long tls;		/* with CLONE_SETTLS */
	int32_t __user *parent_tid;
	int32_t __user *child_tid;
	int32_t __user *pidfd;
	const int *set_tid;		/* clone3: numbers wanted, innermost namespace first; NULL: any */
	unsigned nr_set_tid;
	struct cgroup *cgroup;		/* clone3: where the child starts, the caller's reference; NULL: where we are */
	/* A task without user registers, which calls this in the kernel and ends or execs there (api/). */
	void (*start)(void *arg);
	void *start_arg;
};

/*
 * clone: validate, copy or share as each flag says, start the child, and under CLONE_VFORK sleep until it
 * execs or exits. Returns the child's thread id in the caller's namespace, or what clone(2) documents:
 * -EINVAL, -EAGAIN (limits), -ENOMEM, -EPERM, -EFAULT. Current task, may sleep.
 */
long task_fork(const struct fork_args *args);

/* A task for PID 1, not yet running user code: runs fn(arg), which execs. NULL: no memory. Boot only. */
struct task *task_create_init(void (*fn)(void *arg), void *arg);

/* Numbers of tasks, for sysinfo and /proc/loadavg. */
unsigned task_count(void);
