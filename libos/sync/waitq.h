/* SPDX-License-Identifier: MIT */
/*
 * Wait queues: the one way to wait for something to become true.
 *
 * Model. A waiter puts a wait_entry on a queue, sets its state, checks the condition, and sleeps. Whoever
 * makes the condition true wakes the queue. Both sides go through full barriers, so one of them sees the other:
 *
 *	waiter: wait_prepare()  [entry queued, state set, barrier]	waker: condition = true
 *	        if (condition) done					       wake_up() [barrier, then queue read]
 *	        schedule
 *
 * Most callers use wait_event*(). poll and epoll put entries with a function of their own.
 *
 * Exclusive waiters stand at the tail and a wake-up ends after it woke `nr` of them, so that
 * one event does not wake a crowd. An exclusive waiter that leaves without using its wake-up
 * (signal, time-out) must pass it on; wait_event_exclusive_* does.
 *
 * Deadlines are absolute, on the clock_ns() scale; WAIT_FOREVER is none.
 * Locking. wq->lock is irq-safe and a leaf but for the run-queue locks; wake functions run under it.
 * Results: 0 the condition is true; -ERESTARTSYS a signal; -ETIMEDOUT the deadline passed.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/err.h"
#include "lib/list.h"
#include "lib/restart.h"
#include "lib/types.h"
#include "sync/block.h"
#include "sync/spinlock.h"

struct wait_entry;

/* Field legend: [l] lock */
struct waitq {
	struct spinlock lock;
	struct list_head entries;	/* [l] */
};

/*
 * Called for each entry by a wake-up, under wq->lock, interrupts off. Returns true when it woke
 * somebody (counts against the number of exclusive wake-ups). May take the entry off with list_del_init().
 */
typedef bool (*wait_wake_fn)(struct wait_entry *we, unsigned states, unsigned long key);

/* Field legend: [I] immutable while queued, [l] wq->lock */
struct wait_entry {
	struct list_head link;		/* [l] */
	wait_wake_fn wake;		/* [I] */
	struct thread *thread;		/* [I] */
	void *private;			/* [I] for the wake function */
	bool exclusive;			/* [I] */
};

#define DEFINE_WAITQ(name)								\
	struct waitq name = {								\
		.lock = { .class = &(struct lock_class)LOCK_CLASS_INIT(#name) },	\
		.entries = LIST_HEAD_INIT(name.entries) }

#define waitq_init(wq, class_name)							\
do {											\
	spin_lock_init(&(wq)->lock, class_name);					\
	INIT_LIST_HEAD(&(wq)->entries);							\
} while (0)

/* The usual wake function: wake the entry's thread and take the entry off. */
bool wait_wake_thread(struct wait_entry *we, unsigned states, unsigned long key);

/* An entry for the current thread; not queued yet. */
static inline void wait_entry_init(struct wait_entry *we)
{
	INIT_LIST_HEAD(&we->link);
	we->wake = wait_wake_thread;
	we->thread = arch_current();
	we->private = NULL;
	we->exclusive = false;
}

/* An entry with a wake function of its own, for poll and epoll. */
static inline void wait_entry_init_fn(struct wait_entry *we, wait_wake_fn wake, void *private)
{
	INIT_LIST_HEAD(&we->link);
	we->wake = wake;
	we->thread = arch_current();
	we->private = private;
	we->exclusive = false;
}

/*
 * Queue *we if it is not queued, and set the current thread's state; full barrier. The explicit form:
 *	wait_entry_init(&we);
 *	for (;;) {
 *		wait_prepare(wq, &we, THREAD_INTERRUPTIBLE);
 *		if (condition) break;
 *		err = wait_sleep(THREAD_INTERRUPTIBLE, deadline);
 *		if (err) break;
 *	}
 *	wait_finish(wq, &we);
 * Context: thread.
 */
void wait_prepare(struct waitq *wq, struct wait_entry *we, unsigned state);
/* State RUNNING, entry off the queue. */
void wait_finish(struct waitq *wq, struct wait_entry *we);
/*
 * Sleep as prepared. 0: woken, check the condition again. -ERESTARTSYS: a signal that `state` heeds is
 * pending. -ETIMEDOUT: the deadline passed. May sleep.
 */
int __must_check wait_sleep(unsigned state, uint64_t deadline_ns);

/* Queue or take off without touching thread state (poll, epoll). Any context. Adding twice is a bug. */
void waitq_add(struct waitq *wq, struct wait_entry *we);
void waitq_remove(struct waitq *wq, struct wait_entry *we);

/*
 * Wake functions of all non-exclusive entries and up to nr exclusive ones (0: all). Any context. Full
 * barrier first.
 */
void waitq_wake(struct waitq *wq, unsigned states, unsigned nr, unsigned long key);
/* The same; the caller holds wq->lock with interrupts off. */
void waitq_wake_locked(struct waitq *wq, unsigned states, unsigned nr, unsigned long key);

/* True when somebody may be waiting. Orders the caller's earlier stores before the look: no lost wake-up. */
static inline bool waitq_active(struct waitq *wq)
{
	smp_mb();	/* pairs with set_current_state() in wait_prepare() */
	return !list_empty(&wq->entries);
}

static inline void wake_up_nr(struct waitq *wq, unsigned nr)
{
	if (waitq_active(wq))
		waitq_wake(wq, THREAD_NORMAL, nr, 0);
}

static inline void wake_up(struct waitq *wq)
{
	wake_up_nr(wq, 1);
}

static inline void wake_up_all(struct waitq *wq)
{
	wake_up_nr(wq, 0);
}

/* The same; the caller is about to sleep or end, so the woken had better run on this CPU. */
static inline void wake_up_all_sync(struct waitq *wq)
{
	if (waitq_active(wq))
		waitq_wake(wq, THREAD_NORMAL | WAKE_SYNC, 0, 0);
}

static inline void wake_up_interruptible(struct waitq *wq)
{
	if (waitq_active(wq))
		waitq_wake(wq, THREAD_INTERRUPTIBLE, 1, 0);
}

/* Wake for poll events `key` (EPOLLIN, ...): waiters that do not care about them sleep on. */
static inline void wake_up_key(struct waitq *wq, unsigned long key)
{
	if (waitq_active(wq))
		waitq_wake(wq, THREAD_NORMAL, 1, key);
}

static inline void wake_up_all_key(struct waitq *wq, unsigned long key)
{
	if (waitq_active(wq))
		waitq_wake(wq, THREAD_NORMAL, 0, key);
}

/* The same; the caller is about to sleep, so the woken had better run on this CPU (pipes, sockets). */
static inline void wake_up_sync_key(struct waitq *wq, unsigned long key)
{
	if (waitq_active(wq))
		waitq_wake(wq, THREAD_NORMAL | WAKE_SYNC, 1, key);
}

/* The loop behind wait_event*: before/after bracket the sleep (unlock and lock). Evaluates to 0 or -errno. */
#define wait_event_loop_(wq, cond, state, deadline, excl, before, after)		\
({											\
	struct wait_entry we_;								\
	int we_ret_;									\
											\
	might_sleep();									\
	wait_entry_init(&we_);								\
	we_.exclusive = (excl);								\
	for (;;) {									\
		wait_prepare((wq), &we_, (state));					\
		we_ret_ = 0;								\
		if (cond)								\
			break;								\
		before;									\
		we_ret_ = wait_sleep((state), (deadline));				\
		after;									\
		if (we_ret_) {								\
			if (cond)							\
				we_ret_ = 0;						\
			break;								\
		}									\
		if (cond)	/* usually: then not queued again for nothing */		\
			break;								\
	}										\
	wait_finish((wq), &we_);							\
	if ((excl) && we_ret_)								\
		wake_up(wq);	/* the wake-up may have been ours: pass it on */	\
	we_ret_;									\
})

/* Sleep until `cond` holds. `wq` is a pointer. The condition is evaluated several times and must not sleep. */
#define wait_event(wq, cond)								\
do {											\
	if (!(cond))									\
		ignore_result(wait_event_loop_(wq, cond, THREAD_UNINTERRUPTIBLE,	\
					       WAIT_FOREVER, false, , ));		\
} while (0)

/* 0 or -ERESTARTSYS */
#define wait_event_interruptible(wq, cond)						\
	((cond) ? 0 : wait_event_loop_(wq, cond, THREAD_INTERRUPTIBLE, WAIT_FOREVER, false, , ))
#define wait_event_killable(wq, cond)							\
	((cond) ? 0 : wait_event_loop_(wq, cond, THREAD_KILLABLE, WAIT_FOREVER, false, , ))
/* One waiter is woken per wake_up(). */
#define wait_event_exclusive_interruptible(wq, cond)					\
	((cond) ? 0 : wait_event_loop_(wq, cond, THREAD_INTERRUPTIBLE, WAIT_FOREVER, true, , ))

/* 0, -ETIMEDOUT, or (second and third) -ERESTARTSYS */
#define wait_event_timeout(wq, cond, deadline_ns)					\
	((cond) ? 0 : wait_event_loop_(wq, cond, THREAD_UNINTERRUPTIBLE, deadline_ns, false, , ))
#define wait_event_interruptible_timeout(wq, cond, deadline_ns)				\
	((cond) ? 0 : wait_event_loop_(wq, cond, THREAD_INTERRUPTIBLE, deadline_ns, false, , ))
#define wait_event_killable_timeout(wq, cond, deadline_ns)				\
	((cond) ? 0 : wait_event_loop_(wq, cond, THREAD_KILLABLE, deadline_ns, false, , ))

/*
 * `cond` is evaluated, and the call returns, with spin lock or mutex held; it is dropped while asleep. 0 or
 * -ERESTARTSYS
 */
#define wait_event_interruptible_spin(wq, cond, spin)					\
	((cond) ? 0 : wait_event_loop_(wq, cond, THREAD_INTERRUPTIBLE, WAIT_FOREVER, false,	\
				       spin_unlock(spin), spin_lock(spin)))
#define wait_event_interruptible_mutex(wq, cond, mutex)					\
	((cond) ? 0 : wait_event_loop_(wq, cond, THREAD_INTERRUPTIBLE, WAIT_FOREVER, false,	\
				       mutex_unlock(mutex), mutex_lock(mutex)))
