/* SPDX-License-Identifier: MIT */
/* Grace periods: readers never see what was freed; everything queued is run. */
#include "tests/ktest/ktest.h"

#include "mm/slab.h"
#include "sched/sched.h"
#include "sync/rcu.h"
#include "sync/spinlock.h"
#include "time/clock.h"
#include "time/sleep.h"

#define ALIVE	0x600d600dU
#define DEAD	0xdeadbeefU

struct node {
	uint32_t state, again;
	struct rcu_head rcu;
};

static struct {
	struct node *current;		/* [r] */
	struct spinlock lock;
	struct atomic freed, made;
	uint32_t stop;
} r;

static void node_free(struct rcu_head *head)
{
	struct node *n = container_of(head, struct node, rcu);

	KT_CHECK(n->state == ALIVE);
	n->state = DEAD;
	kfree(n);
	atomic_inc(&r.freed);
}

static struct node *node_new(void)
{
	struct node *n = kzalloc(sizeof(*n), GFP_KERNEL);

	VERIFY(n);
	n->state = n->again = ALIVE;
	atomic_inc(&r.made);
	return n;
}

static void rcu_writer(unsigned rounds)
{
	for (unsigned i = 0; i < rounds; i++) {
		struct node *fresh = node_new(), *old;

		spin_lock(&r.lock);
		old = r.current;
		rcu_assign_pointer(r.current, fresh);
		spin_unlock(&r.lock);
		if (i % 64 == 0) {
			synchronize_rcu();
			old->state = DEAD;
			kfree(old);
			atomic_inc(&r.freed);
		} else {
			call_rcu(&old->rcu, node_free);
		}
		cond_resched();
	}
	WRITE_ONCE(r.stop, 1);
}

static void rcu_body(void *arg, unsigned index)
{
	(void)arg;
	if (index < 2) {
		rcu_writer(1000);
		return;
	}
	while (!READ_ONCE(r.stop)) {
		for (unsigned i = 0; i < 100; i++) {
			const struct node *n;

			rcu_read_lock();
			n = rcu_dereference(r.current);
			KT_CHECK(READ_ONCE(n->state) == ALIVE);
			for (unsigned spin = 0; spin < 20; spin++)
				arch_cpu_relax();
			KT_CHECK(READ_ONCE(n->again) == ALIVE && READ_ONCE(n->state) == ALIVE);
			rcu_read_unlock();
		}
		cond_resched();
	}
}

KERNEL_TEST(rcu_readers)
{
	spin_lock_init(&r.lock, "kt rcu");
	atomic_set(&r.freed, 0);
	atomic_set(&r.made, 0);
	r.stop = 0;
	r.current = node_new();
	ktest_parallel(6, rcu_body, NULL);
	call_rcu(&r.current->rcu, node_free);
	rcu_barrier();
	KT_CHECK(atomic_read(&r.freed) == atomic_read(&r.made));
}

KERNEL_TEST(rcu_synchronize_is_quick)
{
	uint64_t start = clock_ns();

	for (unsigned i = 0; i < 20; i++)
		synchronize_rcu();
	KT_CHECK(clock_ns() - start < NSEC_PER_SEC);
	klog(KLOG_INFO, "# synchronize_rcu: %llu us each", (unsigned long long)(clock_ns() - start) / 20000);
}

KERNEL_TEST(rcu_kfree)
{
	for (unsigned i = 0; i < 300; i++) {
		struct node *n = node_new();

		kfree_rcu(n, rcu);
	}
	rcu_barrier();
}
