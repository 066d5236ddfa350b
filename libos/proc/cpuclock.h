/* SPDX-License-Identifier: MIT */
/*
 * cpuclock.h: clocks that count the CPU time of a thread or a process, by their number: CLOCK_PROCESS_CPUTIME_ID,
 * CLOCK_THREAD_CPUTIME_ID, and the negative ones of clock_getcpuclockid(3) and pthread_getcpuclockid(3).
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct pid;

/* Field legend: [I] immutable */
struct cpu_clock {
	struct pid *pid;		/* [I] whose, a reference; a process by its leader's */
	bool per_thread;		/* [I] */
	bool user_only;			/* [I] without system time */
};

/* Does the number name such a clock, whoever has it? */
bool clock_is_cpu(int clock);
/* 0, or -EINVAL: no such thread or process, or no such clock. Current task's namespace. */
int __must_check cpu_clock_open(int clock, struct cpu_clock *out);
void cpu_clock_close(struct cpu_clock *c);
/* False: the thread or process is gone. Any context; proc_tree.lock is taken. */
bool __must_check cpu_clock_read(const struct cpu_clock *c, uint64_t *ns);
/*
 * How long, by the monotonic clock, it takes at least until the clock has gone on by left_ns: when to look again.
 * Never less than a millisecond, so that watching a clock stays cheap. Locks as cpu_clock_read().
 */
uint64_t cpu_clock_wait_ns(const struct cpu_clock *c, uint64_t left_ns);
/* It is the current thread's own. */
bool cpu_clock_is_own_thread(const struct cpu_clock *c);
