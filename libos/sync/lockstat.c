/* SPDX-License-Identifier: MIT */
/*
 * Contention counters of lock classes: counted on the slow paths only, in every build.
 *
 * A class enters the list the first time one of its locks is waited for, and stays: classes are static.
 */
#include "sync/lockdep.h"

#include "arch/cpu.h"
#include "arch/irq.h"
#include "sync/spinlock.h"

/* Field legend: [l] lock, a raw spin lock taken with interrupts off */
static struct {
	struct spinlock lock;
	struct lock_class *first;	/* [l] push-only; read without lock */
} lockstat;

static __cold void lockstat_list(struct lock_class *class)
{
	unsigned long flags = arch_irq_save();

	while (!spin_acquire_raw(&lockstat.lock))
		arch_cpu_relax();
	if (!class->listed) {
		class->listed = true;
		class->next = lockstat.first;
		smp_store_release(&lockstat.first, class);	/* pairs with lockstat_for_each() */
	}
	spin_release_raw(&lockstat.lock);
	arch_irq_restore(flags);
}

void lockstat_contended(struct lock_class *class, uint64_t spins)
{
	if (!class)
		return;
	if (unlikely(!READ_ONCE(class->listed)))
		lockstat_list(class);
	__atomic_fetch_add(&class->contended, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&class->wait_spins, spins, __ATOMIC_RELAXED);
}

void lockstat_for_each(void (*fn)(const struct lock_class *class, void *arg), void *arg)
{
	for (struct lock_class *c = smp_load_acquire(&lockstat.first); c; c = c->next)
		fn(c, arg);
}
