/* SPDX-License-Identifier: MIT */
/*
 * rwsem: the contended paths.
 *
 * Invariants
 *  (1) RWSEM_WAITERS is set exactly while the queue is not empty; both change under wait_lock.
 *  (2) While it is set, nobody gets in but through rwsem_grant_locked(), which serves the queue in order.
 *  (3) A reader counts itself first and looks then; one that has to queue takes its count back under wait_lock and
 *      serves the queue itself, as its passing count may have kept a release from being seen as the last.
 *  (4) Whoever sets WAITERS serves the queue once afterwards: the holders may all have left before they
 *      could see the flag.
 */
#include "sync/rwsem.h"

#include "core/assert.h"
#include "lib/err.h"

struct lock_class rwsem_wait_class = LOCK_CLASS_INIT("rwsem wait");

#define RWSEM_SPINS	1000

struct rwsem_waiter {
	struct list_head link;		/* [w] */
	struct thread *thread;		/* [I] */
	bool writer;			/* [I] */
	bool granted;			/* [w] sets; the waiter may vanish as soon as it sees it */
};

/* Let in who may come in, from the head of the queue. */
static void rwsem_grant_locked(struct rwsem *s)
{
	struct rwsem_waiter *w, *next;

	assert_held(&s->wait_lock);
	list_for_each_entry_safe(w, next, &s->waiters, link) {
		struct thread *t = w->thread;
		bool writer = w->writer;
		long old = RWSEM_WAITERS;

		if (writer) {
			if (!try_cmpxchg(&s->state, &old, RWSEM_WAITERS | RWSEM_WRITER))
				break;
		} else if (READ_ONCE(s->state) & RWSEM_WRITER) {
			break;
		} else {
			__atomic_fetch_add(&s->state, RWSEM_READER, __ATOMIC_ACQUIRE);
		}
		list_del(&w->link);
		smp_store_release(&w->granted, true);	/* pairs with rwsem_wait(); t is kept by RCU */
		thread_wake(t, THREAD_NORMAL);
		if (writer)
			break;
	}
	if (list_empty(&s->waiters))
		atomic_word_clear(&s->state, RWSEM_WAITERS);
}

static int rwsem_wait(struct rwsem *s, struct rwsem_waiter *w, unsigned state)
{
	int err = 0;

	for (;;) {
		set_current_state(state);
		if (smp_load_acquire(&w->granted))	/* pairs with rwsem_grant_locked() */
			break;
		if (signal_pending_state(state)) {
			err = -EINTR;
			break;
		}
		schedule();
	}
	set_current_running();
	if (!err)
		return 0;
	spin_lock(&s->wait_lock);
	if (w->granted) {
		err = 0;
	} else {
		list_del(&w->link);
		rwsem_grant_locked(s);		/* those behind may not have to wait for what w waited for */
	}
	spin_unlock(&s->wait_lock);
	return err;
}

/* Queue, with wait_lock held; returns with it released. */
static int rwsem_queue_and_wait(struct rwsem *s, bool writer, unsigned state)
{
	struct rwsem_waiter w = { .thread = arch_current(), .writer = writer };

	lockstat_contended(s->class, 1);
	list_add_tail(&w.link, &s->waiters);
	atomic_word_or(&s->state, RWSEM_WAITERS);
	if (!writer)
		__atomic_fetch_sub(&s->state, RWSEM_READER, __ATOMIC_RELAXED);
	rwsem_grant_locked(s);
	spin_unlock(&s->wait_lock);
	return rwsem_wait(s, &w, state);
}

int rwsem_down_read_slow(struct rwsem *s, unsigned state)
{
	spin_lock(&s->wait_lock);
	if (!(READ_ONCE(s->state) & (RWSEM_WRITER | RWSEM_WAITERS))) {
		spin_unlock(&s->wait_lock);	/* the writer left: our count stands */
		return 0;
	}
	return rwsem_queue_and_wait(s, false, state);
}

/* Watch a writer that executes on another CPU: it will be done sooner than a switch takes. */
static bool rwsem_spin_write(struct rwsem *s)
{
	for (unsigned i = 0; i < RWSEM_SPINS; i++) {
		struct thread *owner = READ_ONCE(s->owner);
		long old = READ_ONCE(s->state);

		if (!old && try_cmpxchg(&s->state, &old, RWSEM_WRITER))
			return true;
		if ((old & RWSEM_WAITERS) || !owner || !READ_ONCE(thread_blocker(owner)->on_cpu))
			return false;
		if (READ_ONCE(current_blocker()->work) & WORK_RESCHED)
			return false;
		arch_cpu_relax();
	}
	return false;
}

int rwsem_down_write_slow(struct rwsem *s, unsigned state)
{
	if (rwsem_spin_write(s))
		return 0;
	spin_lock(&s->wait_lock);
	return rwsem_queue_and_wait(s, true, state);
}

void rwsem_release_slow(struct rwsem *s)
{
	spin_lock(&s->wait_lock);
	if (!list_empty(&s->waiters))
		rwsem_grant_locked(s);
	spin_unlock(&s->wait_lock);
}

void downgrade_write(struct rwsem *s)
{
	WRITE_ONCE(s->owner, NULL);
	if (__atomic_add_fetch(&s->state, RWSEM_READER - RWSEM_WRITER, __ATOMIC_RELEASE) & RWSEM_WAITERS)
		rwsem_release_slow(s);
}
