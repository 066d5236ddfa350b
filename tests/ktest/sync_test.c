/* SPDX-License-Identifier: MIT */
/* Locks and waiting under real concurrency. */
#include "tests/ktest/ktest.h"

#include "lib/err.h"
#include "lib/restart.h"
#include "sched/kthread.h"
#include "sched/sched.h"
#include "sync/completion.h"
#include "sync/context.h"
#include "sync/mutex.h"
#include "sync/rwlock.h"
#include "sync/rwsem.h"
#include "sync/seqlock.h"
#include "sync/waitq.h"
#include "time/clock.h"
#include "time/sleep.h"

#define THREADS	8
#define ROUNDS	5000
#define SLEEP_ROUNDS 1024	/* of locks that sleep: a switch each when contended */

static struct {
	struct spinlock spin, irq_spin;
	struct rwlock rw;
	struct mutex mutex;
	struct rwsem sem;
	struct seqlock seq;
	uint64_t spin_count, irq_count, rw_a, rw_b, mutex_count, sem_a, sem_b, seq_a, seq_b;
	struct waitq wq;
	uint32_t turn;
} s;

static void spin_body(void *arg, unsigned index)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned long flags;

		spin_lock(&s.spin);
		WRITE_ONCE(s.spin_count, s.spin_count + 1);
		spin_unlock(&s.spin);
		flags = spin_lock_irqsave(&s.irq_spin);
		WRITE_ONCE(s.irq_count, s.irq_count + 1);
		spin_unlock_irqrestore(&s.irq_spin, flags);
		if ((i + index) % 64 == 0)
			thread_yield();
	}
}

KERNEL_TEST(spin_counts)
{
	spin_lock_init(&s.spin, "kt spin");
	spin_lock_init(&s.irq_spin, "kt irq spin");
	s.spin_count = s.irq_count = 0;
	ktest_parallel(THREADS, spin_body, NULL);
	KT_CHECK(s.spin_count == THREADS * ROUNDS);
	KT_CHECK(s.irq_count == THREADS * ROUNDS);
	KT_CHECK(spin_trylock(&s.spin));
	KT_CHECK(!spin_trylock(&s.spin));
	spin_unlock(&s.spin);
}

static void rw_body(void *arg, unsigned index)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (index == 0 || (i + index) % 16 == 0) {
			write_lock(&s.rw);
			WRITE_ONCE(s.rw_a, s.rw_a + 1);
			WRITE_ONCE(s.rw_b, s.rw_b + 1);
			write_unlock(&s.rw);
		} else {
			read_lock(&s.rw);
			KT_CHECK(READ_ONCE(s.rw_a) == READ_ONCE(s.rw_b));
			read_unlock(&s.rw);
		}
		if (i % 64 == 0)
			thread_yield();
	}
}

KERNEL_TEST(rwlock_excludes)
{
	rwlock_init(&s.rw, "kt rwlock");
	s.rw_a = s.rw_b = 0;
	ktest_parallel(THREADS, rw_body, NULL);
	KT_CHECK(s.rw.state == 0);
}

static void seq_body(void *arg, unsigned index)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t a, b;
		uint32_t seq;

		if (index < 2) {
			write_seqlock(&s.seq);
			WRITE_ONCE(s.seq_a, s.seq_a + 1);
			WRITE_ONCE(s.seq_b, s.seq_b + 1);
			write_sequnlock(&s.seq);
			if (i % 16 == 0)
				thread_yield();
			continue;
		}
		do {
			seq = read_seqbegin(&s.seq);
			a = READ_ONCE(s.seq_a);
			b = READ_ONCE(s.seq_b);
		} while (read_seqretry(&s.seq, seq));
		KT_CHECK(a == b);
	}
}

KERNEL_TEST(seqlock_consistent)
{
	seqlock_init(&s.seq, "kt seqlock");
	s.seq_a = s.seq_b = 0;
	ktest_parallel(THREADS, seq_body, NULL);
	KT_CHECK(s.seq_a == 2 * ROUNDS);
}

static void mutex_body(void *arg, unsigned index)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t v;

		mutex_lock(&s.mutex);
		v = READ_ONCE(s.mutex_count);
		if ((i + index) % 128 == 0)
			thread_yield();
		WRITE_ONCE(s.mutex_count, v + 1);
		mutex_unlock(&s.mutex);
	}
}

KERNEL_TEST(mutex_counts)
{
	mutex_init(&s.mutex, "kt mutex");
	s.mutex_count = 0;
	ktest_parallel(THREADS, mutex_body, NULL);
	KT_CHECK(s.mutex_count == THREADS * ROUNDS);
	KT_CHECK(s.mutex.owner == 0 && list_empty(&s.mutex.waiters));
}

static void sem_body(void *arg, unsigned index)
{
	(void)arg;
	for (unsigned i = 0; i < SLEEP_ROUNDS; i++) {
		if ((i + index) % 8 == 0) {
			down_write(&s.sem);
			WRITE_ONCE(s.sem_a, s.sem_a + 1);
			if ((i + index) % 256 == 0)
				thread_yield();
			WRITE_ONCE(s.sem_b, s.sem_b + 1);
			if ((i + index) % 16 == 0) {
				downgrade_write(&s.sem);
				KT_CHECK(READ_ONCE(s.sem_a) == READ_ONCE(s.sem_b));
				up_read(&s.sem);
			} else {
				up_write(&s.sem);
			}
		} else {
			down_read(&s.sem);
			KT_CHECK(READ_ONCE(s.sem_a) == READ_ONCE(s.sem_b));
			if ((i + index) % 100 == 0)
				thread_yield();
			up_read(&s.sem);
		}
	}
}

KERNEL_TEST(rwsem_excludes)
{
	rwsem_init(&s.sem, "kt rwsem");
	s.sem_a = s.sem_b = 0;
	ktest_parallel(THREADS, sem_body, NULL);
	KT_CHECK(s.sem.state == 0 && list_empty(&s.sem.waiters));
	KT_CHECK(s.sem_a == THREADS * SLEEP_ROUNDS / 8);
}

/* Threads pass a turn around: every wake-up must arrive. */
static void ring_body(void *arg, unsigned index)
{
	unsigned nr = *(unsigned *)arg;

	for (unsigned i = 0; i < 500; i++) {
		wait_event(&s.wq, smp_load_acquire(&s.turn) % nr == index);
		smp_store_release(&s.turn, s.turn + 1);
		wake_up_all(&s.wq);
	}
}

KERNEL_TEST(waitq_ring)
{
	unsigned nr = 4;

	waitq_init(&s.wq, "kt waitq");
	s.turn = 0;
	ktest_parallel(nr, ring_body, &nr);
	KT_CHECK(s.turn == nr * 500);
	KT_CHECK(list_empty(&s.wq.entries));
}

KERNEL_TEST(waitq_timeout)
{
	uint64_t start = clock_ns();
	int err;

	waitq_init(&s.wq, "kt waitq");
	err = wait_event_timeout(&s.wq, false, start + 20 * NSEC_PER_MSEC);
	KT_CHECK(err == -ETIMEDOUT);
	KT_CHECK(clock_ns() - start >= 20 * NSEC_PER_MSEC);
	KT_CHECK(wait_event_timeout(&s.wq, true, start) == 0);
}

static void exclusive_body(void *arg, unsigned index)
{
	struct atomic *woken = arg;

	(void)index;
	KT_CHECK(wait_event_exclusive_interruptible(&s.wq, READ_ONCE(s.turn) > 0) == 0);
	__atomic_fetch_sub(&s.turn, 1, __ATOMIC_RELAXED);
	atomic_inc(woken);
	wake_up(&s.wq);
}

static void exclusive_feed(void *arg)
{
	(void)arg;
	sleep_ms(20);
	WRITE_ONCE(s.turn, 6);
	wake_up(&s.wq);
}

/* Six exclusive waiters, each wakes the next. */
KERNEL_TEST(waitq_exclusive_chain)
{
	struct atomic woken = ATOMIC_INIT(0);

	waitq_init(&s.wq, "kt waitq");
	s.turn = 0;
	VERIFY(kthread_run(exclusive_feed, NULL, "kt feed") == 0);
	ktest_parallel(6, exclusive_body, &woken);
	KT_CHECK(atomic_read(&woken) == 6);
}

/* A signal ends an interruptible wait, a fatal one a killable wait and a mutex. */
static void signal_body(void *arg)
{
	struct completion *c = arg;

	KT_CHECK(wait_event_interruptible(&s.wq, false) == -ERESTARTSYS);
	thread_clear_work(current_thread(), WORK_SIGNAL);
	KT_CHECK(mutex_lock_killable(&s.mutex) == -EINTR);
	KT_CHECK(wait_event_killable(&s.wq, false) == -ERESTARTSYS);
	complete(c);
}

KERNEL_TEST(waitq_signals)
{
	struct completion c;
	struct thread *t;

	completion_init(&c);
	waitq_init(&s.wq, "kt waitq");
	mutex_init(&s.mutex, "kt mutex");
	mutex_lock(&s.mutex);
	t = kthread_create(signal_body, &c, "kt signal");
	sleep_ms(5);
	thread_signal(t, false);
	sleep_ms(5);
	KT_CHECK(!try_wait_for_completion(&c));
	thread_signal(t, true);
	KT_CHECK(wait_for_completion_timeout(&c, clock_ns() + NSEC_PER_SEC) == 0);
	mutex_unlock(&s.mutex);
	KT_CHECK(s.mutex.owner == 0);
	thread_put(t);
}

static void completer(void *arg)
{
	complete_all(arg);
}

KERNEL_TEST(completion_stack)
{
	for (unsigned i = 0; i < 500; i++) {
		struct completion c;

		completion_init(&c);
		VERIFY(kthread_run(completer, &c, "kt complete") == 0);
		wait_for_completion(&c);
	}
}
