/* SPDX-License-Identifier: MIT */
/*
 * rcu_barrier(): wait for callbacks. Here and not in sync/rcu.c as it calls other CPUs.
 *
 * Each CPU runs its callbacks in the order they were queued, so one more on each, counted down, is behind all others.
 */
#include "sched/smp.h"
#include "sync/block.h"
#include "sync/completion.h"
#include "sync/mutex.h"
#include "sync/rcu.h"

static DEFINE_PER_CPU(struct rcu_head, barrier_head);

/* Field legend: [m] lock, [a] atomic */
static struct {
	struct mutex lock;
	struct atomic left;		/* [a] CPUs whose callback has not run, plus one for the caller */
	struct completion done;		/* [m] */
} barrier_state = {
	.lock = {
		.class = &(struct lock_class)LOCK_CLASS_INIT("rcu barrier"),
		.wait_lock = SPINLOCK_INIT(mutex_wait_class),
		.waiters = LIST_HEAD_INIT(barrier_state.lock.waiters),
	},
};

static void barrier_down(void)
{
	if (atomic_dec_and_test(&barrier_state.left))
		complete(&barrier_state.done);
}

static void barrier_callback(struct rcu_head *head)
{
	(void)head;
	barrier_down();
}

static void barrier_queue(void *arg)
{
	(void)arg;
	atomic_inc(&barrier_state.left);
	call_rcu(this_cpu_ptr(&barrier_head), barrier_callback);
	atomic_word_or(&current_blocker()->work, (uint32_t)WORK_RESCHED);
}

void rcu_barrier(void)
{
	mutex_lock(&barrier_state.lock);
	completion_init(&barrier_state.done);
	atomic_set(&barrier_state.left, 1);
	smp_call_all(barrier_queue, NULL);
	barrier_down();
	wait_for_completion(&barrier_state.done);
	mutex_unlock(&barrier_state.lock);
}
