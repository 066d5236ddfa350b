/* SPDX-License-Identifier: MIT */
/*
 * rwsem: the contended paths.
 *
 * Invariants
 *  (1) RWSEM_WAITERS is set exactly while the queue is not empty; both change under wait_lock.
 *  (2) RWSEM_HANDOFF is set by the writer that is first in the queue; while it is set nobody else gets in. A
 *  writer sets it when readers are inside, as those may follow each other for ever, or when it was passed
 *  over before.
 *  (3) A reader counts itself first and looks then; one that has to queue takes its count back under wait_lock and
 *      serves the queue itself, as its passing count may have kept a release from being seen as the last.
 *  (4) Whoever sets WAITERS serves the queue, or tries, once afterwards: the holders may all have left before they
 *      could see the flag.
 */
#include "sync/rwsem.h"

#include "core/assert.h"
#include "lib/err.h"

struct lock_class rwsem_wait_class = LOCK_CLASS_INIT("rwsem wait");

#define RWSEM_SPINS		1000
#define RWSEM_READER_SPINS	100	/* nobody knows whether readers execute */

struct rwsem_waiter {
	struct list_head link;		/* [w] */
	struct thread *thread;		/* [I] */
	bool writer;			/* [I] */
	bool granted;			/* [w] sets; the waiter may vanish as soon as it sees it. Readers only */
};

/* Take it for writing if nobody is in. `first`: HANDOFF was for us. */
static bool rwsem_try_write(struct rwsem *s, bool first)
{
	long old = READ_ONCE(s->state);

	while (!(old & ~(RWSEM_WAITERS | RWSEM_HANDOFF)) && (first || !(old & RWSEM_HANDOFF))) {
		if (try_cmpxchg(&s->state, &old, old | RWSEM_WRITER))
			return true;
	}
	return false;
}

/* Let in the readers at the head of the queue, or tell the writer there that it may try. */
static void rwsem_serve_locked(struct rwsem *s)
{
	struct rwsem_waiter *w, *next;

	assert_held(&s->wait_lock);
	list_for_each_entry_safe(w, next, &s->waiters, link) {
		struct thread *t = w->thread;

		if (w->writer) {
			if (READ_ONCE(s->state) < RWSEM_READER && !(READ_ONCE(s->state) & RWSEM_WRITER))
				thread_wake(t, THREAD_NORMAL);
			break;
		}
		/* A writer that was running may have been quicker: then wait for it. */
		if (__atomic_fetch_add(&s->state, RWSEM_READER, __ATOMIC_ACQUIRE) & RWSEM_WRITER) {
			__atomic_fetch_sub(&s->state, RWSEM_READER, __ATOMIC_RELAXED);
			break;
		}
		list_del(&w->link);
		smp_store_release(&w->granted, true);	/* pairs with rwsem_wait_read(); t is kept by RCU */
		thread_wake(t, THREAD_NORMAL);
	}
	if (list_empty(&s->waiters))
		atomic_word_clear(&s->state, RWSEM_WAITERS | RWSEM_HANDOFF);
}

/* A waiter leaves the queue, with the lock (writer) or without: what waited behind it may go on. */
static void rwsem_leave_locked(struct rwsem *s, struct rwsem_waiter *w)
{
	assert_held(&s->wait_lock);
	list_del(&w->link);
	if (w->writer)
		atomic_word_clear(&s->state, RWSEM_HANDOFF);
	rwsem_serve_locked(s);
}

static int rwsem_wait_read(struct rwsem *s, struct rwsem_waiter *w, unsigned state)
{
	int err = 0;

	for (;;) {
		set_current_state(state);
		if (smp_load_acquire(&w->granted))	/* pairs with rwsem_serve_locked() */
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
	if (w->granted)
		err = 0;
	else
		rwsem_leave_locked(s, w);
	spin_unlock(&s->wait_lock);
	return err;
}

/* The caller is counted as a reader: it owns the lock as soon as the writer, watched while it executes, leaves. */
static bool rwsem_spin_read(struct rwsem *s)
{
	for (unsigned i = 0; i < RWSEM_SPINS; i++) {
		struct thread *owner = READ_ONCE(s->owner);
		long state = smp_load_acquire(&s->state);	/* pairs with up_write() */

		if (!(state & (RWSEM_WRITER | RWSEM_HANDOFF)))
			return true;
		if ((state & RWSEM_HANDOFF) || !owner || !READ_ONCE(thread_blocker(owner)->on_cpu) ||
		    (READ_ONCE(current_blocker()->work) & WORK_RESCHED))
			return false;
		arch_cpu_relax();
	}
	return false;
}

int rwsem_down_read_slow(struct rwsem *s, unsigned state)
{
	struct rwsem_waiter w = { .thread = arch_current(), .writer = false };

	if (rwsem_spin_read(s))
		return 0;
	spin_lock(&s->wait_lock);
	if (!(READ_ONCE(s->state) & (RWSEM_WRITER | RWSEM_HANDOFF))) {
		spin_unlock(&s->wait_lock);	/* the writer left: our count stands */
		return 0;
	}
	lockstat_contended(s->class, 1);
	list_add_tail(&w.link, &s->waiters);
	atomic_word_or(&s->state, RWSEM_WAITERS);
	__atomic_fetch_sub(&s->state, RWSEM_READER, __ATOMIC_RELAXED);
	rwsem_serve_locked(s);
	spin_unlock(&s->wait_lock);
	return rwsem_wait_read(s, &w, state);
}

/*
 * Watch a writer that executes on another CPU, or readers for a moment: it will be done sooner than a
 * switch takes.
 */
static bool rwsem_spin_write(struct rwsem *s)
{
	for (unsigned i = 0; i < RWSEM_SPINS; i++) {
		struct thread *owner = READ_ONCE(s->owner);

		if (rwsem_try_write(s, false))
			return true;
		if ((owner ? !READ_ONCE(thread_blocker(owner)->on_cpu) : i > RWSEM_READER_SPINS) ||
		    (READ_ONCE(s->state) & RWSEM_HANDOFF) ||
		    (READ_ONCE(current_blocker()->work) & WORK_RESCHED))
			return false;
		arch_cpu_relax();
	}
	return false;
}

/* Called with wait_lock held and *w queued; returns with it released. */
static int rwsem_wait_write(struct rwsem *s, struct rwsem_waiter *w, unsigned state)
{
	bool passed_over = false, first;
	int err = 0;

	for (;;) {
		set_current_state(state);
		first = list_is_first(&w->link, &s->waiters);
		if (first && (passed_over || READ_ONCE(s->state) >= RWSEM_READER))
			atomic_word_or(&s->state, RWSEM_HANDOFF);
		if (first && rwsem_try_write(s, true))
			break;
		if (signal_pending_state(state)) {
			err = -EINTR;
			break;
		}
		spin_unlock(&s->wait_lock);
		schedule();
		spin_lock(&s->wait_lock);
		passed_over = true;
	}
	set_current_running();
	rwsem_leave_locked(s, w);
	spin_unlock(&s->wait_lock);
	return err;
}

int rwsem_down_write_slow(struct rwsem *s, unsigned state)
{
	struct rwsem_waiter w = { .thread = arch_current(), .writer = true };

	if (rwsem_spin_write(s))
		return 0;
	lockstat_contended(s->class, 1);
	spin_lock(&s->wait_lock);
	list_add_tail(&w.link, &s->waiters);
	atomic_word_or(&s->state, RWSEM_WAITERS);
	return rwsem_wait_write(s, &w, state);
}

void rwsem_release_slow(struct rwsem *s)
{
	spin_lock(&s->wait_lock);
	rwsem_serve_locked(s);
	spin_unlock(&s->wait_lock);
}

void downgrade_write(struct rwsem *s)
{
	WRITE_ONCE(s->owner, NULL);
	if (__atomic_add_fetch(&s->state, RWSEM_READER - RWSEM_WRITER, __ATOMIC_RELEASE) & RWSEM_WAITERS)
		rwsem_release_slow(s);
}
