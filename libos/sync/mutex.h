/* SPDX-License-Identifier: MIT */
/*
 * mutex: sleeping mutual exclusion with an owner.
 *
 * Model. `owner` is the owning thread's address, with MUTEX_WAITERS set while the queue is not empty. Free and
 * uncontended: one compare-and-swap each way. Contended: spin while the owner is executing on another CPU (it will be
 * done sooner than a switch takes), then queue and sleep. A released mutex may be taken by a spinner before the
 * woken sleeper; a sleeper passed over once asks for a hand-off, so nobody starves.
 *
 * Context: thread; may sleep. Unlocked by the thread that locked it. Not recursive.
 */
#pragma once

#include "arch/cpu.h"
#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/lockdep.h"
#include "sync/waitq.h"

#define MUTEX_WAITERS	1UL		/* unlock must look at the queue */
#define MUTEX_HANDOFF	2UL		/* unlock must give it to the first waiter */
#define MUTEX_FLAGS	3UL

/* Field legend: [a] atomic, [w] wait_lock, [I] immutable */
struct __capability("lock") mutex {
	uintptr_t owner;		/* [a] */
	struct lock_class *class;	/* [I] */
	struct spinlock wait_lock;
	struct list_head waiters;	/* [w] first come, first served */
};

#define DEFINE_MUTEX(lock_name)								\
	struct mutex lock_name = {							\
		.class = &(struct lock_class)LOCK_CLASS_INIT(#lock_name),		\
		.wait_lock = SPINLOCK_INIT(mutex_wait_class),				\
		.waiters = LIST_HEAD_INIT(lock_name.waiters) }
extern struct lock_class mutex_wait_class;

#define mutex_init(m, class_name)							\
do {											\
	static struct lock_class lock_class_ = LOCK_CLASS_INIT(class_name);		\
	mutex_init_class((m), &lock_class_);						\
} while (0)

static inline void mutex_init_class(struct mutex *m, struct lock_class *class)
{
	m->owner = 0;
	m->class = class;
	m->wait_lock = (struct spinlock)SPINLOCK_INIT(mutex_wait_class);
	INIT_LIST_HEAD(&m->waiters);
}

int mutex_lock_slow(struct mutex *m, unsigned state);
void mutex_unlock_slow(struct mutex *m);

static inline bool mutex_acquire_raw(struct mutex *m)
{
	uintptr_t free = 0;

	return try_cmpxchg(&m->owner, &free, (uintptr_t)arch_current());
}

/* Inner locks of the same class: subclass 1.. */
static inline void mutex_lock_nested(struct mutex *m, unsigned subclass) __acquires(*m) __no_lock_check
{
	might_sleep();
	lockdep_acquire(m->class, m, LOCK_SLEEP, subclass);
	if (unlikely(!mutex_acquire_raw(m)))
		ignore_result(mutex_lock_slow(m, THREAD_UNINTERRUPTIBLE));	/* cannot fail */
}

static inline void mutex_lock(struct mutex *m) __acquires(*m) __no_lock_check
{
	mutex_lock_nested(m, 0);
}

static inline int __must_check mutex_lock_state_(struct mutex *m, unsigned state) __no_lock_check
{
	int err = 0;

	might_sleep();
	lockdep_acquire(m->class, m, LOCK_SLEEP, 0);
	if (unlikely(!mutex_acquire_raw(m)))
		err = mutex_lock_slow(m, state);
	if (err)
		lockdep_release(m, LOCK_SLEEP);
	return err;
}

/* 0, or -EINTR when a signal is pending: not taken. */
static inline int __must_check mutex_lock_interruptible(struct mutex *m)
	__try_acquires(0, *m) __no_lock_check
{
	return mutex_lock_state_(m, THREAD_INTERRUPTIBLE);
}

/* 0, or -EINTR when a fatal signal is pending: not taken. */
static inline int __must_check mutex_lock_killable(struct mutex *m)
	__try_acquires(0, *m) __no_lock_check
{
	return mutex_lock_state_(m, THREAD_KILLABLE);
}

static inline bool mutex_trylock(struct mutex *m) __try_acquires(true, *m) __no_lock_check
{
	if (READ_ONCE(m->owner) || !mutex_acquire_raw(m))
		return false;
	lockdep_acquire_try(m->class, m, LOCK_SLEEP);
	return true;
}

static inline void mutex_unlock(struct mutex *m) __releases(*m) __no_lock_check
{
	uintptr_t mine = (uintptr_t)arch_current();

	lockdep_release(m, LOCK_SLEEP);
	if (unlikely(!__atomic_compare_exchange_n(&m->owner, &mine, 0, false, __ATOMIC_RELEASE,
						  __ATOMIC_RELAXED)))
		mutex_unlock_slow(m);
}

static inline bool mutex_is_locked(const struct mutex *m)
{
	return READ_ONCE(m->owner) & ~MUTEX_FLAGS;
}
