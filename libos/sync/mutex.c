/* SPDX-License-Identifier: MIT */
/*
 * mutex: the contended paths.
 *
 * `owner` and who changes it:
 *	0 -> thread			mutex_lock(), mutex_trylock(): fast path
 *	thread -> 0			mutex_unlock(): fast path
 *	(thread | 0) -> + WAITERS	first waiter queues; under wait_lock
 *	WAITERS -> thread | WAITERS	a spinner or the first waiter takes a freed mutex
 *	+ HANDOFF			first waiter, after it was passed over; under wait_lock
 *	any | HANDOFF -> waiter | ...	unlock gives it away; under wait_lock
 *
 * Lost wake-ups cannot be: a waiter sets WAITERS, then tries to take the mutex, then sleeps; an unlock that
 * comes before the flag leaves the mutex free for that try, one that comes after it finds the queue.
 */
#include "sync/mutex.h"

#include "core/assert.h"
#include "lib/err.h"

struct lock_class mutex_wait_class = LOCK_CLASS_INIT("mutex wait");

/* Rounds to watch an owner that executes before sleeping all the same: its CPU may not have a host thread. */
#define MUTEX_SPINS	2000

struct mutex_waiter {
	struct list_head link;		/* [w] */
	struct thread *thread;		/* [I] */
};

/* Take it if it is free, or was handed to us. Keeps the flags that concern others. */
static bool mutex_try_flagged(struct mutex *m, bool first)
{
	uintptr_t me = (uintptr_t)arch_current();
	uintptr_t old = READ_ONCE(m->owner);

	for (;;) {
		if ((old & ~MUTEX_FLAGS) == me)
			return true;
		if (old & ~MUTEX_FLAGS)
			return false;
		if ((old & MUTEX_HANDOFF) && !first)
			return false;
		if (try_cmpxchg(&m->owner, &old, me | (old & MUTEX_WAITERS)))
			return true;
	}
}

/*
 * Watch the owner while it executes on another CPU. True when the mutex was taken. The owner's struct thread stays
 * readable: threads are freed by RCU and we do not sleep here.
 */
static bool mutex_spin(struct mutex *m)
{
	for (unsigned i = 0; i < MUTEX_SPINS; i++) {
		uintptr_t owner = READ_ONCE(m->owner);
		struct thread *t = (struct thread *)(owner & ~MUTEX_FLAGS);

		if (!t && mutex_try_flagged(m, false))
			return true;
		if ((owner & MUTEX_HANDOFF) || (t && !READ_ONCE(thread_blocker(t)->on_cpu)))
			return false;
		if (READ_ONCE(current_blocker()->work) & WORK_RESCHED)
			return false;
		arch_cpu_relax();
	}
	return false;
}

static int mutex_wait(struct mutex *m, struct mutex_waiter *w, unsigned state)
{
	bool passed_over = false;

	for (;;) {
		bool first = list_is_first(&w->link, &m->waiters);

		set_current_state(state);
		if (mutex_try_flagged(m, first))
			return 0;
		if (signal_pending_state(state))
			return -EINTR;
		if (first && passed_over)
			atomic_word_or(&m->owner, MUTEX_HANDOFF);
		/* The owner may have let go before it saw a flag set above. */
		if (mutex_try_flagged(m, first))
			return 0;
		spin_unlock(&m->wait_lock);
		schedule();
		spin_lock(&m->wait_lock);
		passed_over = true;
	}
}

int mutex_lock_slow(struct mutex *m, unsigned state)
{
	struct mutex_waiter w = { .thread = arch_current() };
	int err;

	VERIFY((m->owner & ~MUTEX_FLAGS) != (uintptr_t)w.thread);
	lockstat_contended(m->class, 1);
	if (mutex_spin(m))
		return 0;
	spin_lock(&m->wait_lock);
	list_add_tail(&w.link, &m->waiters);
	atomic_word_or(&m->owner, MUTEX_WAITERS);
	err = mutex_wait(m, &w, state);
	set_current_running();
	list_del(&w.link);
	/* HANDOFF was ours, or asked by a first waiter that gave up: whoever is first now asks again. */
	atomic_word_clear(&m->owner, list_empty(&m->waiters) ? MUTEX_FLAGS : MUTEX_HANDOFF);
	spin_unlock(&m->wait_lock);
	return err;
}

void mutex_unlock_slow(struct mutex *m)
{
	struct mutex_waiter *first;
	uintptr_t old;

	VERIFY((m->owner & ~MUTEX_FLAGS) == (uintptr_t)arch_current());
	spin_lock(&m->wait_lock);
	first = list_first_entry_or_null(&m->waiters, struct mutex_waiter, link);
	old = READ_ONCE(m->owner);
	if (first && (old & MUTEX_HANDOFF))
		smp_store_release(&m->owner, (uintptr_t)first->thread | MUTEX_WAITERS);
	else
		__atomic_fetch_and(&m->owner, MUTEX_WAITERS, __ATOMIC_RELEASE);
	if (first)
		thread_wake(first->thread, THREAD_NORMAL);
	spin_unlock(&m->wait_lock);
}
