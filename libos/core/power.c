/* SPDX-License-Identifier: MIT */
/*
 * The end: power off, reboot, halt.
 *
 * One thread gets through; a second caller sleeps for ever. Hooks run in descending order while everything still
 * works; then the other CPUs stop, and the machine goes.
 */
#include "core/power.h"

#include "arch/debug.h"
#include "arch/irq.h"
#include "arch/smp.h"
#include "core/log.h"
#include "sync/block.h"
#include "sync/spinlock.h"

/* Field legend: [l] lock, [a] atomic, [I] */
static struct {
	struct spinlock lock;
	struct list_head hooks;		/* [l] by descending order; read without once `ending` */
	uint32_t ending;		/* [a] */
	void (*off)(void);		/* [I] */
	void (*reset)(void);		/* [I] */
} power = {
	.lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("power") },
	.hooks = LIST_HEAD_INIT(power.hooks),
};

void power_hook_register(struct power_hook *hook)
{
	struct power_hook *at;

	spin_lock(&power.lock);
	list_for_each_entry(at, &power.hooks, link) {
		if (at->order < hook->order)
			break;
	}
	list_add_tail(&hook->link, &at->link);	/* before the first lower one, or at the end */
	spin_unlock(&power.lock);
}

void power_set_off(void (*fn)(void))
{
	power.off = fn;
}

void power_set_reset(void (*fn)(void))
{
	power.reset = fn;
}

static __noreturn void power_cut(enum power_action action)
{
	if (action == POWER_OFF && power.off)
		power.off();
	if (action == POWER_REBOOT) {
		if (power.reset)
			power.reset();
		arch_machine_reset();
	}
	arch_machine_halt();
}

void power_end(enum power_action action)
{
	static const char *const text[] = { "Power down", "Restarting system", "System halted" };
	struct power_hook *hook;

	while (xchg(&power.ending, 1u)) {
		set_current_state(THREAD_UNINTERRUPTIBLE);
		schedule();
	}
	list_for_each_entry(hook, &power.hooks, link)
		hook->prepare(action);
	klog(KLOG_NOTICE, "reboot: %s", text[action]);
	arch_irq_disable();
	arch_ipi_others(IPI_STOP);
	power_cut(action);
}
