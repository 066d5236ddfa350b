/* SPDX-License-Identifier: MIT */
/*
 * exec.h: replacing the current task's program. Source: execve(2), elf(5), getauxval(3).
 */
#pragma once

#include "lib/compiler.h"
#include "proc/task.h"

/* Where argument and environment pointers come from: user memory (execve) or the kernel (PID 1). */
struct exec_args {
	int dirfd;
	const char *name;		/* kernel string, as the caller gave it */
	unsigned lookup;		/* enum lookup_flags */
	const char __user *const __user *argv;
	const char __user *const __user *envp;
	const char *const *kargv;	/* used when not NULL, NULL-terminated; then kenvp too */
	const char *const *kenvp;
};

/*
 * Returns 0 with the current task's registers set to the new program's start, or -errno with the caller whole.
 * A failure after the point of no return ends the process with SIGSEGV, as on Linux (it then returns the error
 * towards a return to user mode that does not happen). Current task, may sleep.
 */
int __must_check exec_program(const struct exec_args *args);
