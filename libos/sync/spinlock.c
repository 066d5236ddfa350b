/* SPDX-License-Identifier: MIT */
/*
 * The waiting half of spin locks and reader-writer spin locks.
 *
 * A lock that is not had after STUCK_NS is reported once: on a virtual machine a holder may lose its host CPU for
 * long, but not that long.
 */
#include "sync/spinlock.h"

#include "arch/clock.h"
#include "core/assert.h"
#include "core/log.h"
#include "sync/rwlock.h"
#include "trace/trace.h"

#define STUCK_NS	20000000000UL
#define STUCK_CHECK	(1UL << 20)	/* spins between looks at the clock */

/* Waiting for one lock. */
struct spin_wait {
	uint64_t spins;
	uint64_t start_ns;
};

static __cold void spin_stuck(struct spin_wait *w, const void *lock, const struct lock_class *class)
{
	if (!w->start_ns) {
		w->start_ns = arch_clock_ns();
		return;
	}
	if (w->start_ns == UINT64_MAX || arch_clock_ns() - w->start_ns < STUCK_NS)
		return;
	w->start_ns = UINT64_MAX;
	klog(KLOG_ERR, "WARNING: cpu %u waits for spin lock %s (%p)", arch_cpu_id(),
	     class ? class->name : "?", lock);
}

static inline void spin_wait_once(struct spin_wait *w, const void *lock, const struct lock_class *class)
{
	arch_cpu_relax();
	if (unlikely(++w->spins % STUCK_CHECK == 0))
		spin_stuck(w, lock, class);
}

static void spin_wait_done(struct spin_wait *w, struct lock_class *class, const void *caller)
{
	lockstat_contended(class, w->spins);
	TRACE(lock_contended, TRACE_LOCK, (uintptr_t)class, w->spins, (uintptr_t)caller, 0);
}

void spin_lock_slow(struct spinlock *l)
{
	struct spin_wait w = { 0 };

	do {
		while (READ_ONCE(l->locked))
			spin_wait_once(&w, l, l->class);
	} while (!spin_acquire_raw(l));
	spin_wait_done(&w, l->class, __builtin_return_address(0));
}

/* Interrupts are off; wait with them as `flags` says, so that this CPU still answers others. */
void spin_lock_irqsave_slow(struct spinlock *l, unsigned long flags)
{
	struct spin_wait w = { 0 };

	do {
		arch_irq_restore(flags);
		while (READ_ONCE(l->locked))
			spin_wait_once(&w, l, l->class);
		arch_irq_disable();
	} while (!spin_acquire_raw(l));
	spin_wait_done(&w, l->class, __builtin_return_address(0));
}

/* The caller has counted itself as a reader already: take that back while a writer is there or waits. */
void read_lock_slow(struct rwlock *l)
{
	struct spin_wait w = { 0 };

	do {
		__atomic_fetch_sub(&l->state, 1, __ATOMIC_RELAXED);
		while (READ_ONCE(l->state) & (RWLOCK_WRITER | RWLOCK_WAITING))
			spin_wait_once(&w, l, l->class);
	} while (__atomic_add_fetch(&l->state, 1, __ATOMIC_ACQUIRE) & (RWLOCK_WRITER | RWLOCK_WAITING));
	spin_wait_done(&w, l->class, __builtin_return_address(0));
}

void write_lock_slow(struct rwlock *l)
{
	struct spin_wait w = { 0 };
	uint32_t state;

	for (;;) {
		state = READ_ONCE(l->state);
		if (!(state & ~RWLOCK_WAITING)) {
			if (try_cmpxchg(&l->state, &state, RWLOCK_WRITER))
				break;
		} else if (!(state & RWLOCK_WAITING)) {
			__atomic_fetch_or(&l->state, RWLOCK_WAITING, __ATOMIC_RELAXED);
		}
		spin_wait_once(&w, l, l->class);
	}
	spin_wait_done(&w, l->class, __builtin_return_address(0));
}
