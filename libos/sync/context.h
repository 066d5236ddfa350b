/* SPDX-License-Identifier: MIT */
/*
 * What this CPU is doing: thread, or interrupt.
 *
 * The architecture brackets every interrupt handler (not exceptions, not system calls) with irq_enter() and
 * irq_exit(). That is how in_irq(), the tick's user/system split, lock checking and RCU's idle
 * state know.
 */
#pragma once

#include "lib/compiler.h"
#include "sync/lockdep.h"
#include "sync/percpu.h"

struct arch_regs;

/* Field legend: [c] own CPU; rcu_idle is read by other CPUs */
struct cpu_context {
	const struct arch_regs *irq_regs;	/* [c] what the innermost interrupt interrupted; NULL: no interrupt */
	unsigned rcu_idle;			/* [c] 1: idle, holds no RCU reference */
	unsigned nr_held;			/* [c] lockdep: spin locks held */
	struct held_lock held[HELD_SPIN_MAX];	/* [c] lockdep */
};
DECLARE_PER_CPU(struct cpu_context, cpu_context);

/*
 * First and last thing of an interrupt, interrupts off. irq_enter() returns what irq_exit() must be given.
 * An interrupt of an idle CPU ends its RCU idleness: the barrier pairs with rcu.c's read of rcu_idle.
 */
static inline const struct arch_regs *irq_enter(const struct arch_regs *regs)
{
	struct cpu_context *ctx = this_cpu_ptr(&cpu_context);
	const struct arch_regs *outer = ctx->irq_regs;

	ctx->irq_regs = regs;
	if (unlikely(ctx->rcu_idle))
		smp_store_mb(&ctx->rcu_idle, 0u);
	return outer;
}

static inline void irq_exit(const struct arch_regs *outer)
{
	this_cpu_ptr(&cpu_context)->irq_regs = outer;
}

/* Registers the current interrupt interrupted, or NULL in thread context. */
static inline const struct arch_regs *irq_regs(void)
{
	return this_cpu_ptr(&cpu_context)->irq_regs;
}

static inline bool in_irq(void)
{
	return irq_regs() != NULL;
}
