/* SPDX-License-Identifier: MIT */
/*
 * coredump.h: the file a process leaves that a signal of that kind ends. Source: core(5), signal(7).
 */
#pragma once

#include "abi/signal.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct file;
struct process;
struct task;

/*
 * Write current's core file if it is to have one: core_pattern, RLIMIT_CORE, PR_SET_DUMPABLE. The whole process is then
 * ending with that signal, the other threads stand still in exit until the file is there. Returns the wait status to
 * exit with, which has 0x80 if a file was written. Current thread, on its way to user mode; sleeps.
 */
int coredump_write(const siginfo_t *info);
/* What mm->dumpable becomes for who has, or had, other rights: /proc/sys/fs/suid_dumpable, an enum dumpable. */
uint8_t coredump_set_id(void);
/* Exit: a core file is to show this thread, which stands still in coredump_wait() until then. Sighand lock held. */
bool coredump_wants_locked(struct task *t);
void coredump_wait(struct process *p);

/* --- corefile.c --- */

/* The dumping thread first, then those that are parked. */
struct core_threads {
	struct task **task;
	unsigned count;
};

/* Write the ELF file, of at most limit bytes. Whether anything was written. Sleeps. */
bool corefile_write(struct file *file, uint64_t limit, const siginfo_t *info, const struct core_threads *threads);
