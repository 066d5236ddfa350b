/* SPDX-License-Identifier: MIT */
/* Threads, CPUs, classes, work queues, calls to other CPUs. */
#include "tests/ktest/ktest.h"

#include "sched/kthread.h"
#include "sched/sched.h"
#include "sched/smp.h"
#include "sched/workqueue.h"
#include "sync/completion.h"
#include "time/clock.h"
#include "time/sleep.h"

static void count_body(void *arg)
{
	atomic_inc(arg);
}

/* Threads come and go: every one runs, stacks and structures are reused. */
KERNEL_TEST(thread_storm)
{
	struct atomic count = ATOMIC_INIT(0);

	for (unsigned i = 0; i < 1000; i++) {
		VERIFY(kthread_run(count_body, &count, "kt storm") == 0);
		if (i % 50 == 0)
			sleep_ns(100000);
	}
	for (unsigned i = 0; i < 500 && atomic_read(&count) < 1000; i++)
		sleep_ms(2);
	KT_CHECK(atomic_read(&count) == 1000);
}

KERNEL_TEST(affinity_moves)
{
	cpumask_t allowed = current_thread()->allowed;
	unsigned cpu;

	for (unsigned round = 0; round < 20; round++) {
		for_each_online_cpu(cpu) {
			KT_CHECK(sched_set_affinity(current_thread(), cpumask_of(cpu)) == 0);
			KT_CHECK(arch_cpu_id() == cpu);
		}
	}
	KT_CHECK(sched_set_affinity(current_thread(), 0) < 0);
	KT_CHECK(sched_set_affinity(current_thread(), allowed) == 0);
}

struct burner {
	uint64_t ran_ns;
	int nice;
	struct completion done;
};

static void burn(void *arg)
{
	struct burner *b = arg;
	uint64_t end = clock_ns() + 400 * NSEC_PER_MSEC;

	sched_set_nice(current_thread(), b->nice);
	while (clock_ns() < end)
		cond_resched();
	b->ran_ns = thread_cpu_ns(current_thread());
	complete(&b->done);
}

static void burn_pair(struct burner *a, struct burner *b)
{
	struct thread *ta, *tb;

	completion_init(&a->done);
	completion_init(&b->done);
	ta = kthread_create_on(0, burn, a, "kt burn a");
	tb = kthread_create_on(0, burn, b, "kt burn b");
	VERIFY(ta && tb);
	wait_for_completion(&a->done);
	wait_for_completion(&b->done);
	thread_put(ta);
	thread_put(tb);
}

/*
 * Do two threads on one CPU get shares of low/10 to high/10? Time in which the host did not run this CPU counts for
 * whoever was on it, so an unequal pair is tried again: a wrong scheduler is wrong every time.
 */
static bool shares_are(int nice_a, int nice_b, unsigned low, unsigned high)
{
	int tries = 5;

	while (tries--) {
		struct burner a = { .nice = nice_a }, b = { .nice = nice_b };

		burn_pair(&a, &b);
		klog(KLOG_INFO, "# nice %d and %d: %llu %llu us", nice_a, nice_b, (unsigned long long)a.ran_ns / 1000,
		     (unsigned long long)b.ran_ns / 1000);
		if (10 * a.ran_ns > low * b.ran_ns && 10 * a.ran_ns < high * b.ran_ns)
			return true;
	}
	return false;
}

KERNEL_TEST(fair_shares)
{
	KT_CHECK(shares_are(0, 0, 5, 20));
	KT_CHECK(shares_are(0, 5, 20, 50));	/* 1024 : 335 */
}

static void fifo_body(void *arg)
{
	const struct sched_attrs fifo = { .policy = POLICY_FIFO, .rt_prio = 10 };
	uint64_t end = clock_ns() + 50 * NSEC_PER_MSEC;

	KT_CHECK(sched_set_attrs(current_thread(), &fifo) == 0);
	while (clock_ns() < end)
		cond_resched();
	WRITE_ONCE(*(uint32_t *)arg, 1);
}

/* A FIFO thread keeps the CPU from a fair one until it is done. */
KERNEL_TEST(fifo_first)
{
	const struct sched_attrs bad = { .policy = POLICY_FIFO, .rt_prio = 0 };
	cpumask_t allowed = current_thread()->allowed;
	uint32_t done = 0;
	struct thread *t;

	KT_CHECK(sched_set_attrs(current_thread(), &bad) < 0);
	KT_CHECK(sched_set_affinity(current_thread(), cpumask_of(0)) == 0);
	t = kthread_create_on(0, fifo_body, &done, "kt fifo");
	while (!READ_ONCE(done))
		thread_yield();
	KT_CHECK(thread_cpu_ns(t) >= 40 * NSEC_PER_MSEC);
	thread_put(t);
	KT_CHECK(sched_set_affinity(current_thread(), allowed) == 0);
}

/* Work spreads: with several CPUs, busy threads started together run at the same time. */
static void spread_body(void *arg, unsigned index)
{
	cpumask_t *seen = arg;
	uint64_t end = clock_ns() + 100 * NSEC_PER_MSEC;

	(void)index;
	while (clock_ns() < end)
		cond_resched();
	atomic_word_or(seen, cpumask_of(arch_cpu_id()));
}

KERNEL_TEST(threads_spread)
{
	cpumask_t seen = 0;

	ktest_parallel(nr_cpus_online(), spread_body, &seen);
	KT_CHECK(seen == cpus_online());
}

static void call_count(void *arg)
{
	atomic_inc(&((struct atomic *)arg)[arch_cpu_id()]);
}

static void call_body(void *arg, unsigned index)
{
	(void)index;
	for (unsigned i = 0; i < 200; i++) {
		smp_call_all(call_count, arg);
		if (i % 16 == 0)
			thread_yield();
	}
}

KERNEL_TEST(smp_call_storm)
{
	static struct atomic count[ARCH_NR_CPUS];
	unsigned cpu;

	for (unsigned i = 0; i < ARCH_NR_CPUS; i++)
		atomic_set(&count[i], 0);
	ktest_parallel(4, call_body, count);
	for_each_online_cpu(cpu)
		KT_CHECK(atomic_read(&count[cpu]) == 4 * 200);
}

static struct {
	struct work work;
	struct delayed_work delayed;
	struct atomic runs;
} wk;

static void work_run(struct work *w)
{
	(void)w;
	atomic_inc(&wk.runs);
	sleep_ns(100000);
}

KERNEL_TEST(work_runs)
{
	atomic_set(&wk.runs, 0);
	work_init(&wk.work, work_run);
	KT_CHECK(work_queue(&wk.work));
	work_flush(&wk.work);
	KT_CHECK(atomic_read(&wk.runs) == 1);
	for (unsigned i = 0; i < 50; i++) {
		work_queue(&wk.work);
		sleep_ns(50000);
	}
	work_cancel_sync(&wk.work);
	atomic_set(&wk.runs, 0);
	sleep_ms(2);
	KT_CHECK(atomic_read(&wk.runs) == 0);
	delayed_work_init(&wk.delayed, work_run);
	KT_CHECK(delayed_work_queue(&wk.delayed, 5 * NSEC_PER_MSEC));
	KT_CHECK(!delayed_work_queue(&wk.delayed, 5 * NSEC_PER_MSEC));
	sleep_ms(30);
	KT_CHECK(atomic_read(&wk.runs) == 1);
}

static void stopper(void *arg)
{
	while (!kthread_should_stop()) {
		set_current_state(THREAD_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		set_current_running();
	}
	atomic_inc(arg);
}

KERNEL_TEST(kthread_stops)
{
	struct atomic stopped = ATOMIC_INIT(0);
	struct thread *t = kthread_create(stopper, &stopped, "kt stop");

	VERIFY(t);
	kthread_stop(t);
	KT_CHECK(atomic_read(&stopped) == 1);
	thread_put(t);
}
