/* SPDX-License-Identifier: MIT */
/*
 * thread.h: threads of the first process, mutexes, conditions; include <libos/libos.h>.
 *
 * Threads run on any CPU and share the process's files and working directory. They are not preempted by each
 * other on one CPU: a long computation calls libos_yield() now and then.
 */
#pragma once

#include "libos/libos.h"

#define LIBOS_FOREVER	UINT64_MAX

struct libos_thread;
struct libos_mutex;
struct libos_cond;

LIBOS_API_BEGIN

/* A thread that calls fn(arg). NULL: no memory, or too many. Every thread is joined, once. */
struct libos_thread *libos_thread_create(void (*fn)(void *arg), void *arg, const char *name);
/* Wait until its function has returned, and forget it. */
void libos_thread_join(struct libos_thread *t);
/* The caller's thread id as Linux programs see it; 1 in libos_main(). Does not sleep. */
int libos_thread_id(void);
/* Let others run. */
void libos_yield(void);
/* CPUs at work. */
unsigned libos_cpu_count(void);

struct libos_mutex *libos_mutex_create(void);		/* NULL: no memory */
void libos_mutex_destroy(struct libos_mutex *m);	/* not locked; NULL is allowed */
void libos_mutex_lock(struct libos_mutex *m);
void libos_mutex_unlock(struct libos_mutex *m);

struct libos_cond *libos_cond_create(void);		/* NULL: no memory */
void libos_cond_destroy(struct libos_cond *c);		/* nobody waits; NULL is allowed */
/*
 * Unlock m, sleep until the condition is signalled, lock m again. 0, or -110 (ETIMEDOUT) after timeout_ns. May
 * return without a signal: look again in a loop.
 */
int libos_cond_wait(struct libos_cond *c, struct libos_mutex *m, uint64_t timeout_ns);
/* Wake one or all; with the mutex locked. */
void libos_cond_signal(struct libos_cond *c);
void libos_cond_broadcast(struct libos_cond *c);

LIBOS_API_END
