/* SPDX-License-Identifier: MIT */
/*
 * Lock classes: the name, the contention counters, and (debug build) the order checker's identity of every lock
 * initialised at one place.
 *
 * Model. All locks set up by one spin_lock_init() line, or one DEFINE_SPINLOCK, are one class; classes with
 * equal names are one class to the order checker. With CONFIG_LOCKDEP the checker learns "A was held while B was
 * taken" and stops the system the first time some chain of such facts closes a circle, when a lock that
 * interrupts take is taken elsewhere with interrupts on, and when something sleeps while it holds a spin lock
 * or serves an interrupt. Locks of one class may be nested only with the _nested forms, subclass 1.. inside 0.
 *
 * Without CONFIG_LOCKDEP everything here but the counters compiles to nothing.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define LOCKDEP_SUBCLASSES	5

enum lock_kind {
	LOCK_SPIN,			/* busy-wait; taken in any context */
	LOCK_SLEEP,			/* mutex, rwsem */
};

/* Field legend: [I] immutable, [a] atomic, [l] lockdep's or lockstat's list lock */
struct lock_class {
	const char *name;		/* [I] */
	uint64_t contended;		/* [a] acquisitions that had to wait */
	uint64_t wait_spins;		/* [a] rounds spent waiting */
	struct lock_class *next;	/* [l] list of classes that ever contended, or were checked */
	uint16_t id[LOCKDEP_SUBCLASSES];/* [l] number in the order graph + 1; 0: not registered */
	bool listed;			/* [l] */
};

#define LOCK_CLASS_INIT(n)	{ .name = (n) }

/* One lock that is held, as the checker remembers it. */
struct held_lock {
	const void *lock;
	uint16_t id;			/* lock_class.id */
	bool irq;			/* taken in an interrupt */
};
#define HELD_SLEEP_MAX	(CONFIG_LOCKDEP ? 16 : 1)	/* sleeping locks per thread */
#define HELD_SPIN_MAX	(CONFIG_LOCKDEP ? 24 : 1)	/* spin locks per CPU */

/* Stop when the class may not be taken here; else note it as held. `lock` tells instances apart. */
void lockdep_acquire_(struct lock_class *class, const void *lock, enum lock_kind kind, unsigned subclass);
/* A try-lock that succeeded: noted as held, no order learned. */
void lockdep_acquire_try_(struct lock_class *class, const void *lock, enum lock_kind kind);
void lockdep_release_(const void *lock, enum lock_kind kind);
bool lockdep_is_held_(const void *lock);
void lockdep_assert_failed_(const struct lock_class *class);
void might_sleep_(const char *file, int line);

static inline void lockdep_acquire(struct lock_class *class, const void *lock, enum lock_kind kind,
				   unsigned subclass)
{
	if (CONFIG_LOCKDEP)
		lockdep_acquire_(class, lock, kind, subclass);
}

static inline void lockdep_acquire_try(struct lock_class *class, const void *lock, enum lock_kind kind)
{
	if (CONFIG_LOCKDEP)
		lockdep_acquire_try_(class, lock, kind);
}

static inline void lockdep_release(const void *lock, enum lock_kind kind)
{
	if (CONFIG_LOCKDEP)
		lockdep_release_(lock, kind);
}

/* Debug check that the current thread (or CPU) holds a lock of any kind declared in sync/. */
#define assert_held(l)									\
do {											\
	if (CONFIG_LOCKDEP && !lockdep_is_held_(l))					\
		lockdep_assert_failed_((l)->class);					\
} while (0)

/* Debug check at the top of everything that may sleep. */
#define might_sleep()									\
do {											\
	if (CONFIG_LOCKDEP)								\
		might_sleep_(__FILE__, __LINE__);					\
} while (0)

/* A thread ends, or returns to user mode: it must hold nothing. `where` names the place. */
void lockdep_assert_none_held(const char *where);

/*
 * Self-test: from expect to caught the checker notes what it finds (its text, NULL: nothing) and goes on.
 * One CPU at a time.
 */
void lockdep_expect(void);
const char *lockdep_caught(void);

/* lockstat.c: count one contended acquisition. Any context. */
void lockstat_contended(struct lock_class *class, uint64_t spins);
/* Call fn for every class that ever contended. Any context; fn may not take contended locks it reports on. */
void lockstat_for_each(void (*fn)(const struct lock_class *class, void *arg), void *arg);
