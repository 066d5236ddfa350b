/* SPDX-License-Identifier: MIT */
/*
 * The scheduler's entry points for the rest of the kernel: yield, preemption points, policy, affinity, load.
 * schedule() and thread_wake() are declared in sync/block.h.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "sched/thread.h"
#include "sync/block.h"
#include "sync/lockdep.h"

/* sched_yield(2): go behind the others of the same priority. May sleep. */
void sched_yield_cpu(void);

void cond_resched_slow(void);
/* In long loops: let others run if they should. May sleep. */
static inline void cond_resched(void)
{
	might_sleep();
	if (unlikely(READ_ONCE(current_blocker()->work) & WORK_RESCHED))
		cond_resched_slow();
}

/* True when the current thread should leave the CPU: for loops that hold something they can drop. */
static inline bool need_resched(void)
{
	return unlikely(READ_ONCE(current_blocker()->work) & WORK_RESCHED);
}

/* user_exit_work() (proc/) calls this for WORK_RESCHED: switch threads if due, run RCU callbacks. Interrupts on. */
void sched_exit_work(void);

/* Let other threads run for a while; not a promise. May sleep. */
static inline void thread_yield(void)
{
	sched_yield_cpu();
}

/*
 * sched_setscheduler(2), decoded and permitted. rt_prio 1..99 for FIFO and RR, else 0: -EINVAL otherwise.
 * Any context but interrupt.
 */
struct sched_attrs {
	enum sched_policy policy;
	int nice;
	int rt_prio;
	bool reset_on_fork;
};
int __must_check sched_set_attrs(struct thread *t, const struct sched_attrs *attrs);
void sched_get_attrs(const struct thread *t, struct sched_attrs *out);
/* Priority inheritance: run at least at this real-time priority (0: no more). Thread or interrupt context. */
void sched_set_boost(struct thread *t, int rt_prio);
/* The real-time priority in force; 0: none. */
static inline int sched_rt_prio(const struct thread *t)
{
	return READ_ONCE(t->se.rt_prio);
}
/* CPU time since it last slept, as RLIMIT_RTTIME counts it; 0: it is not real-time. Any context. */
uint64_t sched_rt_ran_ns(const struct thread *t);

/*
 * How much of each period the real-time threads of a CPU get while fair ones wait: sched_rt_runtime_us (-1: all of
 * it) and sched_rt_period_us of /proc/sys/kernel. Set: -EINVAL unless -1 <= runtime <= period, period >= 1. Any
 * context. Source: sched(7).
 */
struct sched_rt_limit {
	int64_t runtime_us;
	int64_t period_us;
};
void sched_get_rt_limit(struct sched_rt_limit *out);
int __must_check sched_set_rt_limit(const struct sched_rt_limit *limit);
/* Nice value alone, clamped to -20..19. */
void sched_set_nice(struct thread *t, int nice);
/* Round-robin or fair slice for sched_rr_get_interval(2), ns. */
uint64_t sched_slice_ns(const struct thread *t);

/*
 * sched_setaffinity(2): -EINVAL when no CPU of `mask` is online. The thread is on an allowed CPU when this returns,
 * or will be before it next returns to user mode. May sleep.
 */
int __must_check sched_set_affinity(struct thread *t, cpumask_t mask);

/* /proc/loadavg: three averages in 1/65536, runnable and existing threads. Any context. */
struct loadavg {
	uint64_t avg[3];		/* 1, 5, 15 minutes, fixed point with 16 fraction bits */
	unsigned running;
	unsigned total;
};
void sched_loadavg(struct loadavg *out);

/* /proc/stat, per CPU. running is instantaneous. */
struct cpu_times {
	uint64_t user_ns, nice_ns, system_ns, idle_ns;
	uint64_t switches;
	uint64_t forks;			/* threads started */
	unsigned running;
};
void sched_cpu_times(unsigned cpu, struct cpu_times *out);

/* The running thread of another CPU, under rcu_read_lock(); may be stale. */
struct thread *sched_cpu_current(unsigned cpu);
