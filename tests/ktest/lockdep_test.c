/* SPDX-License-Identifier: MIT */
/* The lock checker finds what it is for. */
#include "tests/ktest/ktest.h"

#include "sched/kthread.h"
#include "sync/context.h"
#include "sync/mutex.h"
#include "sync/rcu.h"
#include "sync/spinlock.h"
#include "time/hrtimer.h"
#include "time/sleep.h"

static struct {
	struct spinlock a, b, c, irq;
	struct mutex m;
	struct hrtimer timer;
} l;

KERNEL_TEST(lockdep_inversion)
{
	spin_lock_init(&l.a, "kt order a");
	spin_lock_init(&l.b, "kt order b");
	spin_lock_init(&l.c, "kt order c");
	spin_lock(&l.a);
	spin_lock(&l.b);
	spin_unlock(&l.b);
	spin_unlock(&l.a);
	spin_lock(&l.b);
	spin_lock(&l.c);
	spin_unlock(&l.c);
	spin_unlock(&l.b);
	lockdep_expect();
	spin_lock(&l.c);
	spin_lock(&l.a);	/* a -> b -> c is known */
	spin_unlock(&l.a);
	spin_unlock(&l.c);
	KT_CHECK(lockdep_caught());
}

KERNEL_TEST(lockdep_recursion)
{
	spin_lock_init(&l.a, "kt twice");
	spin_lock(&l.a);
	lockdep_expect();
	lockdep_acquire(l.a.class, &l.a, LOCK_SPIN, 0);	/* only said, not done: it would hang */
	KT_CHECK(lockdep_caught());
	lockdep_release(&l.a, LOCK_SPIN);
	spin_unlock(&l.a);
}

KERNEL_TEST(lockdep_sleep_in_atomic)
{
	spin_lock_init(&l.a, "kt atomic");
	spin_lock(&l.a);
	lockdep_expect();
	might_sleep();
	KT_CHECK(lockdep_caught());
	spin_unlock(&l.a);
	rcu_read_lock();
	lockdep_expect();
	might_sleep();
	KT_CHECK(lockdep_caught());
	rcu_read_unlock();
	lockdep_expect();
	might_sleep();
	KT_CHECK(!lockdep_caught());
}

static bool irq_takes(struct hrtimer *t)
{
	(void)t;
	spin_lock(&l.irq);
	spin_unlock(&l.irq);
	return false;
}

KERNEL_TEST(lockdep_irq_unsafe)
{
	spin_lock_init(&l.irq, "kt irq unsafe");
	hrtimer_init(&l.timer, HRTIMER_MONOTONIC, irq_takes);
	hrtimer_start_rel(&l.timer, 1000000);
	sleep_ms(5);
	lockdep_expect();
	spin_lock(&l.irq);	/* with interrupts on */
	spin_unlock(&l.irq);
	KT_CHECK(lockdep_caught());
}

KERNEL_TEST(lockdep_assert_held)
{
	mutex_init(&l.m, "kt held");
	lockdep_expect();
	assert_held(&l.m);
	KT_CHECK(lockdep_caught());
	mutex_lock(&l.m);
	lockdep_expect();
	assert_held(&l.m);
	KT_CHECK(!lockdep_caught());
	mutex_unlock(&l.m);
}
