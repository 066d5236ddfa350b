/* SPDX-License-Identifier: MIT */
/*
 * RCU: readers follow pointers without locks; what they may still see is freed a grace period later.
 *
 * Model. The kernel is not preemptible, so a read-side section needs no instruction: it must merely not sleep.
 * A CPU is quiescent (holds no RCU reference) when it switches threads, returns to or runs in user mode,
 * or idles. A grace period has passed when every CPU was quiescent once since it began.
 *
 *	reader					writer
 *	rcu_read_lock();			unlink, under its lock: list_del_rcu(),
 *	p = rcu_dereference(head);		rcu_assign_pointer(head, next);
 *	use *p, do not sleep			call_rcu(&p->rcu, free_p);   or synchronize_rcu(); free
 *	rcu_read_unlock();
 *
 * Callbacks run in thread context with interrupts on and no lock held, on the CPU that queued them: in the
 * idle loop, on return to user mode, or in the CPU's worker. They must not sleep.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/atomic.h"
#include "sync/percpu.h"

/* Field legend: [c] the CPU that queued it */
struct rcu_head {
	struct rcu_head *next;		/* [c] */
	union {
		void (*fn)(struct rcu_head *head);	/* [c] */
		uintptr_t offset;	/* [c] < RCU_OFFSET_MAX: kfree() the object this many bytes before */
	};
};
#define RCU_OFFSET_MAX	4096

void rcu_read_lock_(void);	/* debug build: sleeping inside is reported */
void rcu_read_unlock_(void);

static inline void rcu_read_lock(void)
{
	if (CONFIG_LOCKDEP)
		rcu_read_lock_();
	barrier();
}

static inline void rcu_read_unlock(void)
{
	barrier();
	if (CONFIG_LOCKDEP)
		rcu_read_unlock_();
}

/* Read a pointer that is published under the reader's feet; what it points to is seen initialised. */
#define rcu_dereference(p)		__atomic_load_n(&(p), __ATOMIC_CONSUME)
/* Read it where writers are locked out, or only to compare. */
#define rcu_dereference_protected(p)	READ_ONCE(p)
#define rcu_access_pointer(p)		READ_ONCE(p)
/* Publish: pairs with rcu_dereference(). */
#define rcu_assign_pointer(p, v)	smp_store_release(&(p), (v))

/* Call fn(head) after a grace period. Any context. `head` is the caller's again when fn runs. */
void call_rcu(struct rcu_head *head, void (*fn)(struct rcu_head *head));
/* kfree(ptr) after a grace period; `member` is the struct rcu_head in *ptr. Any context. */
#define kfree_rcu(ptr, member)								\
do {											\
	_Static_assert(offsetof(__typeof__(*(ptr)), member) < RCU_OFFSET_MAX, "rcu_head too far in"); \
	kfree_rcu_(&(ptr)->member, offsetof(__typeof__(*(ptr)), member));		\
} while (0)
void kfree_rcu_(struct rcu_head *head, size_t offset);

/* Wait for a grace period; expedited: other CPUs are prodded. Typically well below a millisecond. May sleep. */
void synchronize_rcu(void);
/* sched/rcu_barrier.c: wait until all callbacks queued before on any CPU have run. May sleep. */
void rcu_barrier(void);

/* mm/slab.c: what kfree_rcu() frees with. Before the first kfree_rcu(). */
void rcu_set_free(void (*fn)(void *ptr));

/* -- For sched/ only ------------------------------------------------------------------------------------------- */

/* Field legend: [a] atomic, [g] gp_lock */
struct rcu_state {
	cpumask_t pending;		/* [a] CPUs not yet quiescent in the running grace period */
} __aligned(ARCH_CACHE_LINE);
extern struct rcu_state rcu_state;

void rcu_report_quiescent(void);

/* The running grace period waits for this CPU. Any context that cannot change CPUs. */
static inline bool rcu_awaited(void)
{
	return READ_ONCE(rcu_state.pending) & cpumask_of(arch_cpu_id());
}

/* This CPU is quiescent now: context switch, return to user mode. No lock held: it may wake threads. */
static inline void rcu_quiescent(void)
{
	if (unlikely(rcu_awaited()))
		rcu_report_quiescent();
}

/* The idle loop: from enter to exit (or the next interrupt) this CPU counts as quiescent. Interrupts off. */
void rcu_idle_enter(void);
void rcu_idle_exit(void);
/* Callbacks are waiting on this CPU for a grace period or to be run. Any context. */
bool rcu_needs_cpu(void);
/*
 * Start grace periods and run callbacks that are due. Thread context, interrupts on, no lock held, no RCU
 * reference.
 */
void rcu_process(void);
/* A CPU comes online. On that CPU. */
void rcu_cpu_online(unsigned cpu);
