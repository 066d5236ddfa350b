/* SPDX-License-Identifier: MIT */
/*
 * rwsem: sleeping reader-writer lock.
 *
 * Model. `state` counts readers in steps of RWSEM_READER; RWSEM_WRITER is the writer; RWSEM_WAITERS says that the
 * queue is not empty. A release that frees the lock gives it to all readers before the first writer in the
 * queue, or wakes the writer at its head, which takes it itself. Who happens to be running may be quicker,
 * once: a writer at the head that was passed over, or that finds readers inside, sets RWSEM_HANDOFF, which
 * keeps everybody else out.
 *
 * Context: thread; may sleep. A reader must not take it again for reading (a writer may be queued between).
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/lockdep.h"
#include "sync/waitq.h"

#define RWSEM_WRITER	1L
#define RWSEM_WAITERS	2L
#define RWSEM_HANDOFF	4L
#define RWSEM_READER	8L

/* Field legend: [a] atomic, [w] wait_lock, [I] immutable */
struct __capability("lock") rwsem {
	long state;			/* [a] WAITERS and HANDOFF change under [w] only */
	struct lock_class *class;	/* [I] */
	struct thread *owner;		/* [a] the writer, for spinning and messages; NULL: none known */
	struct spinlock wait_lock;
	struct list_head waiters;	/* [w] */
};

#define DEFINE_RWSEM(lock_name)								\
	struct rwsem lock_name = {							\
		.class = &(struct lock_class)LOCK_CLASS_INIT(#lock_name),		\
		.wait_lock = SPINLOCK_INIT(rwsem_wait_class),				\
		.waiters = LIST_HEAD_INIT(lock_name.waiters) }
extern struct lock_class rwsem_wait_class;

#define rwsem_init(s, class_name)							\
do {											\
	static struct lock_class lock_class_ = LOCK_CLASS_INIT(class_name);		\
	rwsem_init_class((s), &lock_class_);						\
} while (0)

static inline void rwsem_init_class(struct rwsem *s, struct lock_class *class)
{
	s->state = 0;
	s->class = class;
	s->owner = NULL;
	s->wait_lock = (struct spinlock)SPINLOCK_INIT(rwsem_wait_class);
	INIT_LIST_HEAD(&s->waiters);
}

int rwsem_down_read_slow(struct rwsem *s, unsigned state);
int rwsem_down_write_slow(struct rwsem *s, unsigned state);
void rwsem_release_slow(struct rwsem *s);

static inline int __must_check down_read_state_(struct rwsem *s, unsigned state, unsigned subclass)
	__no_lock_check
{
	int err = 0;

	might_sleep();
	lockdep_acquire(s->class, s, LOCK_SLEEP, subclass);
	if (unlikely(__atomic_add_fetch(&s->state, RWSEM_READER, __ATOMIC_ACQUIRE) &
		     (RWSEM_WRITER | RWSEM_HANDOFF)))
		err = rwsem_down_read_slow(s, state);
	if (err)
		lockdep_release(s, LOCK_SLEEP);
	return err;
}

static inline int __must_check down_write_state_(struct rwsem *s, unsigned state, unsigned subclass)
	__no_lock_check
{
	long free = 0;
	int err = 0;

	might_sleep();
	lockdep_acquire(s->class, s, LOCK_SLEEP, subclass);
	if (unlikely(!try_cmpxchg(&s->state, &free, RWSEM_WRITER)))
		err = rwsem_down_write_slow(s, state);
	if (err)
		lockdep_release(s, LOCK_SLEEP);
	else
		WRITE_ONCE(s->owner, arch_current());
	return err;
}

static inline void down_read(struct rwsem *s) __acquires_shared(*s) __no_lock_check
{
	ignore_result(down_read_state_(s, THREAD_UNINTERRUPTIBLE, 0));	/* cannot fail */
}

static inline void down_write(struct rwsem *s) __acquires(*s) __no_lock_check
{
	ignore_result(down_write_state_(s, THREAD_UNINTERRUPTIBLE, 0));	/* cannot fail */
}

/* Inner locks of the same class: subclass 1.. */
static inline void down_read_nested(struct rwsem *s, unsigned subclass) __acquires_shared(*s) __no_lock_check
{
	ignore_result(down_read_state_(s, THREAD_UNINTERRUPTIBLE, subclass));	/* cannot fail */
}

static inline void down_write_nested(struct rwsem *s, unsigned subclass) __acquires(*s) __no_lock_check
{
	ignore_result(down_write_state_(s, THREAD_UNINTERRUPTIBLE, subclass));	/* cannot fail */
}

/* 0, or -EINTR when a fatal (interruptible: any) signal is pending: not taken. */
static inline int __must_check down_read_killable(struct rwsem *s)
	__lock_annotation(try_acquire_shared_capability(0, *s)) __no_lock_check
{
	return down_read_state_(s, THREAD_KILLABLE, 0);
}

static inline int __must_check down_write_killable(struct rwsem *s) __try_acquires(0, *s) __no_lock_check
{
	return down_write_state_(s, THREAD_KILLABLE, 0);
}

static inline int __must_check down_read_interruptible(struct rwsem *s)
	__lock_annotation(try_acquire_shared_capability(0, *s)) __no_lock_check
{
	return down_read_state_(s, THREAD_INTERRUPTIBLE, 0);
}

static inline bool down_read_trylock(struct rwsem *s)
	__lock_annotation(try_acquire_shared_capability(true, *s)) __no_lock_check
{
	long old = READ_ONCE(s->state);

	while (!(old & (RWSEM_WRITER | RWSEM_HANDOFF))) {
		if (try_cmpxchg(&s->state, &old, old + RWSEM_READER)) {
			lockdep_acquire_try(s->class, s, LOCK_SLEEP);
			return true;
		}
	}
	return false;
}

static inline bool down_write_trylock(struct rwsem *s) __try_acquires(true, *s) __no_lock_check
{
	long free = 0;

	if (!try_cmpxchg(&s->state, &free, RWSEM_WRITER))
		return false;
	lockdep_acquire_try(s->class, s, LOCK_SLEEP);
	WRITE_ONCE(s->owner, arch_current());
	return true;
}

static inline void up_read(struct rwsem *s) __releases_shared(*s) __no_lock_check
{
	long now;

	lockdep_release(s, LOCK_SLEEP);
	now = __atomic_sub_fetch(&s->state, RWSEM_READER, __ATOMIC_RELEASE);
	if (unlikely(now && now < RWSEM_READER && !(now & RWSEM_WRITER)))
		rwsem_release_slow(s);
}

static inline void up_write(struct rwsem *s) __releases(*s) __no_lock_check
{
	lockdep_release(s, LOCK_SLEEP);
	WRITE_ONCE(s->owner, NULL);
	if (unlikely(__atomic_sub_fetch(&s->state, RWSEM_WRITER, __ATOMIC_RELEASE) & RWSEM_WAITERS))
		rwsem_release_slow(s);
}

/* Writer becomes reader without a gap. */
void downgrade_write(struct rwsem *s);

static inline bool rwsem_is_locked(const struct rwsem *s)
{
	return READ_ONCE(s->state) & ~(RWSEM_WAITERS | RWSEM_HANDOFF);
}
