/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads: functions that run in a thread of their own and never enter user mode.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "sched/thread.h"

/*
 * Create and start a thread that calls fn(arg); when fn returns the thread ends. `name` is copied. Returns
 * the thread with a reference for the caller (thread_put()), or NULL: no memory. May sleep.
 */
struct thread *kthread_create(void (*fn)(void *arg), void *arg, const char *name);
/* The same without a reference kept. 0 or -ENOMEM. */
int __must_check kthread_run(void (*fn)(void *arg), void *arg, const char *name);
/* Bound to one CPU. */
struct thread *kthread_create_on(unsigned cpu, void (*fn)(void *arg), void *arg, const char *name);

/* Ask a thread to end and wait until its function returned. May sleep. */
void kthread_stop(struct thread *t);
/* In the thread's function: it is to return soon. */
bool kthread_should_stop(void);

/* For /proc: calls fn for each kernel thread, under a lock: fn must not sleep. Ids are stable and count from 2 up. */
void kthread_for_each(void (*fn)(struct thread *t, unsigned id, void *arg), void *arg);
