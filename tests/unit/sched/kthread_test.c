/* SPDX-License-Identifier: MIT */
/* The hosted kernel boots; threads run, sleep and exclude each other, on one CPU and on several that interleave. */
#include "kernel.h"

#include "sched/kthread.h"
#include "sync/completion.h"
#include "sync/mutex.h"
#include "time/clock.h"
#include "time/sleep.h"

#define WORKERS	8
#define ROUNDS	200

static struct {
	struct mutex lock;
	struct completion done;
	unsigned inside, count;
	bool clash;
} shared;

KTEST(kernel_boots)
{
	CHECK(current_thread() != NULL);
}

KTEST(sleep_takes_simulated_time)
{
	uint64_t before = clock_ns();

	sleep_ms(3600000);
	CHECK_GE(clock_ns() - before, 3600000000000UL);
	CHECK_LT(clock_ns() - before, 3601000000000UL);
}

/* The lock is held over a sleep; whoever comes in meanwhile is noticed. */
static void worker(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		mutex_lock(&shared.lock);
		shared.clash |= shared.inside++ != 0;
		if (i % 16 == 0)
			sleep_ns(1000);
		shared.count++;
		shared.inside--;
		mutex_unlock(&shared.lock);
	}
	complete(&shared.done);
}

static void mutex_excludes(void)
{
	unsigned i;

	mutex_init(&shared.lock, "test");
	completion_init(&shared.done);
	for (i = 0; i < WORKERS; i++)
		CHECK_EQ(kthread_run(worker, NULL, "worker"), 0);
	for (i = 0; i < WORKERS; i++)
		wait_for_completion(&shared.done);
	CHECK(!shared.clash);
	CHECK_EQ(shared.count, WORKERS * ROUNDS);
}

KTEST(mutex_excludes_on_one_cpu)
{
	mutex_excludes();
}

KTEST_ON(mutex_excludes_on_four_cpus, .nr_cpus = 4, .interleave_seed = 1)
{
	mutex_excludes();
}

KTEST_ON(mutex_excludes_in_another_order, .nr_cpus = 4, .interleave_seed = 12345)
{
	mutex_excludes();
}
