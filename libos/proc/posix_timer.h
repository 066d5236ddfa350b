/* SPDX-License-Identifier: MIT */
/*
 * posix_timer.h: timers a program makes with timer_create(2): any number per process, each sends its signal.
 */
#pragma once

#include "abi/signal.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "proc/cpuclock.h"
#include "time/hrtimer.h"

struct pid;
struct process;

/* Field legend: [I] immutable, [s] the process's sighand lock */
struct posix_timer {
	struct list_head link;		/* [s] process->posix_timers */
	struct process *process;	/* [I] outlives the timer */
	struct pid *thread;		/* [I] SIGEV_THREAD_ID: whom to signal; NULL: the process */
	struct hrtimer timer;
	int id;				/* [I] */
	int clock;			/* [I] CLOCK_* */
	int notify;			/* [I] SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD_ID */
	int signo;			/* [I] */
	sigval_t value;			/* [I] */
	bool default_value;		/* [I] no sigevent was given: the value is the id */
	struct cpu_clock cpu;		/* [I] a clock of CPU time; cpu.pid NULL: another */
	uint64_t expires_ns;		/* [s] by the timer's clock */
	uint64_t interval_ns;		/* [s] */
	uint64_t overrun;		/* [s] expirations since the queued signal */
	uint64_t overrun_last;		/* [s] those of the signal delivered last */
	bool armed;			/* [s] expires_ns counts */
	bool queued;			/* [s] its signal waits for delivery */
	bool waiting;			/* [s] goes on when that signal is taken */
};

struct posix_timer_value {
	uint64_t value_ns, interval_ns;	/* value 0: disarmed */
};

/* Make a timer of the current process from *spec (clock, cpu, notify, signo, value, thread are set; references are
 * taken over on success). Returns its id, -EAGAIN (too many) or -ENOMEM. May sleep. */
int __must_check posix_timer_create(const struct posix_timer *spec);
/*
 * Arm (new->value_ns != 0: absolute on the timer's clock when `abstime`) or disarm. -EINVAL: no such timer.
 * old may be NULL.
 */
int __must_check posix_timer_set(int id, bool abstime, const struct posix_timer_value *new,
				 struct posix_timer_value *old);
int __must_check posix_timer_get(int id, struct posix_timer_value *out);
/* Count for timer_getoverrun(2), or -EINVAL. */
int __must_check posix_timer_overrun(int id);
int __must_check posix_timer_delete(int id);
/* exec, and exit of the last thread. May sleep. */
void posix_timers_free(struct process *p);
/*
 * sigqueue.c: a SI_TIMER signal of the current process is taken off its queue: fills in the overrun.
 * Sighand lock held.
 */
void posix_timer_taken(siginfo_t *info);
/* Signals of the current process were dropped from its queues: timers that wait for them go on. Sighand lock held. */
void posix_timers_dropped_locked(struct process *p, uint64_t mask);
