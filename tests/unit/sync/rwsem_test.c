/* SPDX-License-Identifier: MIT */
/* Readers and a writer never meet, and everybody gets in, with CPUs that interleave at random points. */
#include "kernel.h"

#include "lib/err.h"
#include "sched/kthread.h"
#include "sched/sched.h"
#include "sync/completion.h"
#include "sync/rwsem.h"
#include "time/sleep.h"

#define WORKERS	6
#define ROUNDS	150

static struct {
	struct rwsem sem;
	struct completion done;
	int readers, writers;
	unsigned clashes, writes;
} s;

static void worker(void *arg)
{
	unsigned index = (unsigned)(uintptr_t)arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		if ((i + index) % 3 == 0) {
			down_write(&s.sem);
			s.clashes += s.writers++ != 0 || s.readers != 0;
			if (i % 10 == 0)
				sleep_ns(500);
			s.writers--;
			s.writes++;
			up_write(&s.sem);
		} else {
			down_read(&s.sem);
			s.clashes += s.writers != 0;
			__atomic_fetch_add(&s.readers, 1, __ATOMIC_SEQ_CST);
			if (i % 7 == 0)
				thread_yield();
			__atomic_fetch_sub(&s.readers, 1, __ATOMIC_SEQ_CST);
			up_read(&s.sem);
		}
	}
	complete(&s.done);
}

static void rwsem_excludes(void)
{
	rwsem_init(&s.sem, "test");
	completion_init(&s.done);
	for (uintptr_t i = 0; i < WORKERS; i++)
		CHECK_EQ(kthread_run(worker, (void *)i, "worker"), 0);
	for (unsigned i = 0; i < WORKERS; i++)
		wait_for_completion(&s.done);
	CHECK_EQ(s.clashes, 0);
	CHECK_EQ(s.writes, WORKERS * ROUNDS / 3);
	CHECK_EQ(s.sem.state, 0);
}

KTEST(rwsem_one_cpu)
{
	rwsem_excludes();
}

KTEST_ON(rwsem_four_cpus, .nr_cpus = 4)
{
	rwsem_excludes();
}

KTEST_ON(rwsem_interleaved, .nr_cpus = 4, .interleave_seed = 11)
{
	rwsem_excludes();
}

KTEST_ON(rwsem_interleaved_again, .nr_cpus = 3, .interleave_seed = 12345)
{
	rwsem_excludes();
}
