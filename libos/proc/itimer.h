/* SPDX-License-Identifier: MIT */
/*
 * itimer.h: interval timers of a process. Source: getitimer(2), alarm(2).
 */
#pragma once

#include "lib/compiler.h"
#include "proc/task.h"

struct itimer_value {
	uint64_t value_ns, interval_ns;	/* value 0: disarmed */
};

void itimer_init(struct process *p);
/* Exit of the last thread: no timer fires afterwards. May sleep. */
void itimer_cancel_all(struct process *p);
/* which: ITIMER_REAL, _VIRTUAL, _PROF. Current process; old may be NULL. */
void itimer_get(unsigned which, struct itimer_value *out);
void itimer_set(unsigned which, const struct itimer_value *new, struct itimer_value *old);
/* SIGALRM was taken from a queue of p's: a periodic ITIMER_REAL that fired runs on. Sighand lock held. */
void itimer_real_taken(struct process *p);
/* Have every thread of p look at its CPU time from now on: a timer or RLIMIT_CPU is set. */
void itimer_watch(struct process *p);
/* A thread's CPU-time check (tick): VIRTUAL and PROF timers, RLIMIT_CPU. Interrupt context. */
void itimer_cpu_tick(struct thread *t);
