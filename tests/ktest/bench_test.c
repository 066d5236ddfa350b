/* SPDX-License-Identifier: MIT */
/*
 * Costs of the primitives, printed, never failed. Under `-icount shift=0` a nanosecond is one guest instruction.
 */
#include "tests/ktest/ktest.h"

#include "sched/kthread.h"
#include "sched/sched.h"
#include "sync/completion.h"
#include "sync/mutex.h"
#include "sync/rcu.h"
#include "sync/waitq.h"
#include "time/clock.h"

#define ROUNDS	2000

static struct {
	struct waitq a, b;
	uint32_t ping, pong;
	struct spinlock spin;
	struct mutex mutex;
} bn;

static void report(const char *what, uint64_t start)
{
	klog(KLOG_INFO, "# bench %s: %llu ns", what, (unsigned long long)(clock_ns() - start) / ROUNDS);
}

static void ponger(void *arg)
{
	struct completion *done = arg;

	for (unsigned i = 1; i <= ROUNDS; i++) {
		wait_event(&bn.a, READ_ONCE(bn.ping) == i);
		WRITE_ONCE(bn.pong, i);
		wake_up_sync_key(&bn.b, 0);
	}
	complete(done);
}

KERNEL_TEST(bench_switch)
{
	struct completion done;
	uint64_t start;

	completion_init(&done);
	waitq_init(&bn.a, "kt bench");
	waitq_init(&bn.b, "kt bench");
	bn.ping = bn.pong = 0;
	VERIFY(kthread_run(ponger, &done, "kt ponger") == 0);
	thread_yield();
	start = clock_ns();
	for (unsigned i = 1; i <= ROUNDS; i++) {
		WRITE_ONCE(bn.ping, i);
		wake_up_sync_key(&bn.a, 0);
		wait_event(&bn.b, READ_ONCE(bn.pong) == i);
	}
	report("wake and sleep, two switches", start);
	wait_for_completion(&done);
}

static void nothing(void *arg)
{
	complete(arg);
}

KERNEL_TEST(bench_locks)
{
	uint64_t start;
	struct completion done;

	spin_lock_init(&bn.spin, "kt bench spin");
	mutex_init(&bn.mutex, "kt bench mutex");
	start = clock_ns();
	for (unsigned i = 0; i < ROUNDS; i++) {
		spin_lock(&bn.spin);
		spin_unlock(&bn.spin);
	}
	report("spin_lock, spin_unlock", start);
	start = clock_ns();
	for (unsigned i = 0; i < ROUNDS; i++) {
		mutex_lock(&bn.mutex);
		mutex_unlock(&bn.mutex);
	}
	report("mutex_lock, mutex_unlock", start);
	start = clock_ns();
	for (unsigned i = 0; i < ROUNDS; i++)
		thread_yield();
	report("yield, alone", start);
	start = clock_ns();
	for (unsigned i = 0; i < ROUNDS; i++)
		(void)clock_ns();
	report("clock_ns", start);
	completion_init(&done);
	start = clock_ns();
	for (unsigned i = 0; i < ROUNDS; i++) {
		VERIFY(kthread_run(nothing, &done, "kt nothing") == 0);
		wait_for_completion(&done);
	}
	report("thread created, run, ended", start);
}
