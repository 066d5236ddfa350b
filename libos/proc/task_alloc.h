/* SPDX-License-Identifier: MIT */
/*
 * task_alloc.h: memory of tasks and processes, and sums of their resource use. For proc/ only.
 */
#pragma once

#include "proc/task.h"

/* Zeroed, with locks and lists initialised, one reference; NULL: no memory. May sleep. */
struct process *process_alloc(void);
void process_free(struct process *p);

/* A task with a kernel stack and nothing else; NULL: no memory. May sleep. */
struct task *task_alloc(const struct thread *parent, const char *name);
/* Undo task_alloc() of a task that never ran. */
void task_free_unstarted(struct task *t);

void usage_add(struct proc_usage *to, const struct proc_usage *from);
/* One thread's use so far. */
void task_usage(struct task *t, struct proc_usage *out);
