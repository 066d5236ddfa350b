/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer spin locks, for data read by many CPUs for short stretches and seldom written. (For data that is
 * read all the time, use RCU or a seqlock.)
 *
 * Model. `state` counts readers; RWLOCK_WRITER is set by the writer. A waiting writer sets RWLOCK_WAITING, which
 * keeps new readers out, so that writers are not starved; an interrupt's reader may therefore not
 * interrupt a reader of the same lock: with interrupts involved, use the _irqsave forms on both sides.
 */
#pragma once

#include "arch/irq.h"
#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/atomic.h"
#include "sync/lockdep.h"

#define RWLOCK_WRITER	0x80000000u
#define RWLOCK_WAITING	0x40000000u

/* Field legend: [a] atomic, [I] immutable */
struct __capability("lock") rwlock {
	uint32_t state;			/* [a] */
	struct lock_class *class;	/* [I] */
};

#define RWLOCK_NAMED(name_) { .class = &(struct lock_class)LOCK_CLASS_INIT(name_) }
#define DEFINE_RWLOCK(lock_name)							\
	struct rwlock lock_name = {							\
		.class = &(struct lock_class)LOCK_CLASS_INIT(#lock_name) }

#define rwlock_init(l, class_name)							\
do {											\
	static struct lock_class lock_class_ = LOCK_CLASS_INIT(class_name);		\
	(l)->state = 0;									\
	(l)->class = &lock_class_;							\
} while (0)

void read_lock_slow(struct rwlock *l);
void write_lock_slow(struct rwlock *l);

static inline void read_lock(struct rwlock *l) __acquires_shared(*l) __no_lock_check
{
	lockdep_acquire(l->class, l, LOCK_SPIN, 0);
	if (unlikely(__atomic_add_fetch(&l->state, 1, __ATOMIC_ACQUIRE) & (RWLOCK_WRITER | RWLOCK_WAITING)))
		read_lock_slow(l);
}

static inline void read_unlock(struct rwlock *l) __releases_shared(*l) __no_lock_check
{
	lockdep_release(l, LOCK_SPIN);
	__atomic_fetch_sub(&l->state, 1, __ATOMIC_RELEASE);
}

static inline void write_lock(struct rwlock *l) __acquires(*l) __no_lock_check
{
	uint32_t free = 0;

	lockdep_acquire(l->class, l, LOCK_SPIN, 0);
	if (unlikely(!try_cmpxchg(&l->state, &free, RWLOCK_WRITER)))
		write_lock_slow(l);
}

static inline void write_unlock(struct rwlock *l) __releases(*l) __no_lock_check
{
	lockdep_release(l, LOCK_SPIN);
	__atomic_fetch_and(&l->state, ~RWLOCK_WRITER, __ATOMIC_RELEASE);
}

static inline unsigned long read_lock_irqsave(struct rwlock *l) __acquires_shared(*l) __no_lock_check
{
	unsigned long flags = arch_irq_save();

	read_lock(l);
	return flags;
}

static inline void read_unlock_irqrestore(struct rwlock *l, unsigned long flags)
	__releases_shared(*l) __no_lock_check
{
	read_unlock(l);
	arch_irq_restore(flags);
}

static inline unsigned long write_lock_irqsave(struct rwlock *l) __acquires(*l) __no_lock_check
{
	unsigned long flags = arch_irq_save();

	write_lock(l);
	return flags;
}

static inline void write_unlock_irqrestore(struct rwlock *l, unsigned long flags)
	__releases(*l) __no_lock_check
{
	write_unlock(l);
	arch_irq_restore(flags);
}
