/* SPDX-License-Identifier: MIT */
/*
 * sched/internal.h: run queues, shared by the files of sched/ only.
 *
 * One run queue per CPU. `curr` is the thread that executes; it is counted in nr_running but stands in no
 * tree. Two run-queue locks are never held at once: a thread that moves is off both queues in between
 * (thread.migrating), and belongs to the lock of the CPU it goes to.
 *
 * Invariants (under rq->lock)
 *  (1) nr_running counts threads with on_rq == 1 and cpu == this one; the idle thread is not among them.
 *  (2) on_rq threads other than curr have se.queued and are rq->lone, in the fair tree, or in an rt list.
 *  (3) min_vruntime never goes back, and no queued thread's vruntime is behind it by more than its sleep credit.
 */
#pragma once

#include "arch/clock.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "sync/context.h"
#include "sync/percpu.h"
#include "sync/spinlock.h"

#define SLICE_NS	3000000UL	/* fair and RR-in-fair: run this long before others of the same weight */
#define RR_SLICE_NS	100000000UL	/* SCHED_RR */
#define WAKE_GRAN_NS	1000000UL	/* a woken thread must be this far behind to take the CPU */
#define SLEEP_CREDIT_NS	1500000UL	/* how far behind the others a woken thread may start */
#define SPREAD_NS	1000000UL	/* threads waiting here this long are offered to idle CPUs */
#define TICK_NS		10000000UL	/* accounting tick of a busy CPU: USER_HZ */
#define NICE_0_WEIGHT	1024U
#define SLEEPS_ASSUMED	2		/* thread.sleeps_after_wake from which a wake-up counts as a synchronous one */

/* Field legend: [q] lock, [a] written under it, read anywhere, [c] own CPU only, interrupts off, [I] */
struct runq {
	struct spinlock lock;
	unsigned cpu;			/* [I] */
	struct thread *curr;		/* [a] */
	struct thread *idle;		/* [I] */
	unsigned nr_running;		/* [a] */
	unsigned nr_rt;			/* [q] queued rt threads */
	struct thread *lone;		/* [q] the only queued fair thread: then the tree is empty */
	struct rb_root_cached fair;	/* [q] by vruntime */
	uint64_t min_vruntime;		/* [q] */
	uint64_t rt_map[2];		/* [q] priorities with a queued thread */
	struct list_head rt_queue[RT_PRIO_MAX + 1];	/* [q] */
	uint64_t rt_period_ns;		/* [q] when the period began that rt_ran_ns counts */
	uint64_t rt_ran_ns;		/* [q] what real-time threads ran in it */
	bool rt_spent;			/* [q] all they may have: waiting fair threads go first until it ends */
	struct list_head dead;		/* [c] threads to free, switched away from */
	uint64_t switches;		/* [a] */
	uint64_t started;		/* [a] */
	uint64_t idle_ns;		/* [a] */
	uint64_t busy_ns;		/* [a] */
	uint64_t user_sampled_ns, nice_sampled_ns, system_sampled_ns;	/* [a] as in struct thread */
	uint64_t last_tick_ns;		/* [c] */
	bool tick_slow;			/* [c] the tick is the accounting tick: nobody waits for the CPU */
	bool offered;			/* [a] threads waited here at the last tick: idle CPUs may take one */
	int64_t nr_uninterruptible;	/* [q] sum over CPUs counts */
} __aligned(ARCH_CACHE_LINE);

DECLARE_PER_CPU(struct runq, runq);

/* Field legend: [a] atomic */
struct sched_state {
	cpumask_t idle;			/* [a] CPUs that wait for work */
	struct atomic nr_threads;	/* [a] */
	uint64_t rt_runtime_ns;		/* [a] real-time threads get this much ... */
	uint64_t rt_period_ns;		/* [a] ... of each period while fair ones wait; UINT64_MAX: all of it */
} __aligned(ARCH_CACHE_LINE);
extern struct sched_state sched_state;

static inline struct runq *this_rq(void)
{
	return this_cpu_ptr(&runq);
}

static inline struct runq *cpu_rq(unsigned cpu)
{
	return per_cpu_ptr(&runq, cpu);
}

/* policy >= 1 and priority: FIFO or RR. */
static inline bool thread_is_rt(const struct thread *t)
{
	return t->se.rt_prio != 0;
}

/* Queue flags. */
enum enqueue_why { ENQUEUE_WAKE, ENQUEUE_NEW, ENQUEUE_MOVE, ENQUEUE_PUT };

/* fair.c, rt.c: queued threads, rq->lock held. */
void fair_enqueue(struct runq *rq, struct thread *t, enum enqueue_why why);
void fair_dequeue(struct runq *rq, struct thread *t);
struct thread *fair_pick(struct runq *rq);
/* Queued threads in the order they would run; NULL: the end. */
struct thread *fair_first(const struct runq *rq);
struct thread *fair_next(const struct runq *rq, struct thread *t);
void fair_account(struct runq *rq, struct thread *t, uint64_t delta_ns);
void fair_yield(struct runq *rq, struct thread *t);
bool fair_preempts(const struct runq *rq, const struct thread *curr, const struct thread *woken);
bool fair_slice_over(const struct runq *rq, const struct thread *curr);
void fair_set_weight(struct thread *t);
void rt_enqueue(struct runq *rq, struct thread *t, enum enqueue_why why);
void rt_dequeue(struct runq *rq, struct thread *t);
/* The queued thread that runs next; nr_rt is not 0. */
struct thread *rt_first(const struct runq *rq);
unsigned rt_top(const struct runq *rq);
/* Charge `delta` to the real-time threads' part of the period; 0: only see whether a new one began. */
void rt_account(struct runq *rq, uint64_t delta, uint64_t now);
/* Must real-time thread t, the best of its class, let a fair one go first? */
bool rt_gives_way(const struct runq *rq, const struct thread *t);

/* runq.c */
void runq_init(struct runq *rq, unsigned cpu, struct thread *idle);
void runq_enqueue(struct runq *rq, struct thread *t, enum enqueue_why why);
void runq_dequeue(struct runq *rq, struct thread *t);
struct thread *runq_pick(struct runq *rq);
void runq_put(struct runq *rq, struct thread *t);
void runq_account(struct runq *rq, uint64_t now);
bool runq_preempts(const struct runq *rq, const struct thread *woken);
/* Lock the run queue a thread belongs to; *flags gets the interrupt state. */
struct runq *runq_lock_thread(struct thread *t, unsigned long *flags);

/* sched.c: interrupts off unless said */
void sched_resched_cpu(struct runq *rq);
void sched_switch(bool preempt);
void sched_finish_switch(struct thread *last);
/* Queue a thread that is on no queue, on CPU t->cpu or, if that is not allowed, another. */
void sched_place(struct thread *t, enum enqueue_why why);
/* Free the threads that ended on this CPU; interrupts on. */
void sched_reap(void);

/* balance.c */
enum select_why { SELECT_WAKE, SELECT_WAKE_SYNC, SELECT_NEW, SELECT_MOVE };
/* The CPU a thread had best run on. */
unsigned balance_select(const struct thread *t, enum select_why why);
/* An idle CPU looks for work: true when it took a thread. Interrupts on. */
bool balance_steal(struct runq *rq);
/* Threads wait here: wake an idle CPU that may take one. */
void balance_offer(const struct runq *rq);

/* idle.c */
__noreturn void idle_loop(void);
void idle_init(unsigned cpu);

/* loadavg.c */
void loadavg_update(uint64_t now);
