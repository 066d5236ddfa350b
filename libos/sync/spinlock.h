/* SPDX-License-Identifier: MIT */
/*
 * Spin locks: mutual exclusion for short stretches that do not sleep.
 *
 * Model. Test-and-test-and-set with a pause, not a queue: on a virtual machine with fewer host threads than
 * CPUs a queue's next owner is often not running, and everybody behind it waits for the host's scheduler.
 *
 * A lock that any interrupt handler takes must be taken with the _irqsave or _irq forms everywhere
 * (the debug build checks). Waiting happens with interrupts as they were before the call, so that a CPU that
 * waits still answers requests of others.
 *
 * Usage: struct spinlock l; spin_lock_init(&l, "vfs dentry"); or static DEFINE_SPINLOCK(name);
 *	unsigned long flags = spin_lock_irqsave(&l); ... spin_unlock_irqrestore(&l, flags);
 */
#pragma once

#include "arch/irq.h"
#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/atomic.h"
#include "sync/lockdep.h"

/* Field legend: [a] atomic, [I] immutable */
struct __capability("lock") spinlock {
	uint32_t locked;		/* [a] 0 or 1 */
	struct lock_class *class;	/* [I] */
};

#define SPINLOCK_INIT(lock_class_)	{ .class = &(lock_class_) }

/* Initialiser of a lock inside a static struct, with a class of its own named by a string. */
#define SPINLOCK_NAMED(name_) { .class = &(struct lock_class)LOCK_CLASS_INIT(name_) }

/* A static lock and its class: `static DEFINE_SPINLOCK(pid_lock);` */
#define DEFINE_SPINLOCK(lock_name)							\
	struct spinlock lock_name = {							\
		.class = &(struct lock_class)LOCK_CLASS_INIT(#lock_name) }

#define spin_lock_init(l, class_name)							\
do {											\
	static struct lock_class lock_class_ = LOCK_CLASS_INIT(class_name);		\
	(l)->locked = 0;								\
	(l)->class = &lock_class_;							\
} while (0)

/* Wait for a lock that was found taken, and take it. irq_flags: state to wait in (arch_irq_save() value) or NULL. */
void spin_lock_slow(struct spinlock *l);
void spin_lock_irqsave_slow(struct spinlock *l, unsigned long flags);

static __always_inline bool spin_acquire_raw(struct spinlock *l)
{
	return likely(!__atomic_exchange_n(&l->locked, 1, __ATOMIC_ACQUIRE));
}

static __always_inline void spin_release_raw(struct spinlock *l)
{
	__atomic_store_n(&l->locked, 0, __ATOMIC_RELEASE);
}

static inline void spin_lock_nested(struct spinlock *l, unsigned subclass)
	__acquires(*l) __no_lock_check
{
	lockdep_acquire(l->class, l, LOCK_SPIN, subclass);
	if (!spin_acquire_raw(l))
		spin_lock_slow(l);
}

static inline void spin_lock(struct spinlock *l) __acquires(*l) __no_lock_check
{
	spin_lock_nested(l, 0);
}

static inline void spin_unlock(struct spinlock *l) __releases(*l) __no_lock_check
{
	lockdep_release(l, LOCK_SPIN);
	spin_release_raw(l);
}

static inline bool spin_trylock(struct spinlock *l) __try_acquires(true, *l) __no_lock_check
{
	if (READ_ONCE(l->locked) || !spin_acquire_raw(l))
		return false;
	lockdep_acquire_try(l->class, l, LOCK_SPIN);
	return true;
}

static inline unsigned long spin_lock_irqsave_nested(struct spinlock *l, unsigned subclass)
	__acquires(*l) __no_lock_check
{
	unsigned long flags = arch_irq_save();

	lockdep_acquire(l->class, l, LOCK_SPIN, subclass);
	if (!spin_acquire_raw(l))
		spin_lock_irqsave_slow(l, flags);
	return flags;
}

static inline unsigned long spin_lock_irqsave(struct spinlock *l) __acquires(*l) __no_lock_check
{
	return spin_lock_irqsave_nested(l, 0);
}

static inline void spin_unlock_irqrestore(struct spinlock *l, unsigned long flags)
	__releases(*l) __no_lock_check
{
	spin_unlock(l);
	arch_irq_restore(flags);
}

/* Where interrupts are known to be on. */
static inline void spin_lock_irq(struct spinlock *l) __acquires(*l) __no_lock_check
{
	ignore_result(spin_lock_irqsave(l));	/* flags are known: on */
}

static inline void spin_unlock_irq(struct spinlock *l) __releases(*l) __no_lock_check
{
	spin_unlock(l);
	arch_irq_enable();
}

static inline bool spin_is_locked(const struct spinlock *l)
{
	return READ_ONCE(l->locked);
}
