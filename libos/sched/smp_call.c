/* SPDX-License-Identifier: MIT */
/*
 * smp_call_*: run a function on other CPUs, in interrupt context there.
 *
 * Each CPU has a stack of requests; a caller pushes one node per target and sends an interrupt where the stack was
 * empty. The nodes belong to the calling CPU: it does not sleep until all are done, so one set per CPU is enough.
 * While it waits its interrupts are on, so it answers others: no circle of CPUs that wait.
 */
#include "sched/smp.h"

#include "arch/irq.h"
#include "arch/smp.h"
#include "arch/upcall.h"
#include "core/assert.h"
#include "sync/context.h"

/* Field legend: [s] written by the sender while not busy, [a] handed over by busy */
struct call_node {
	struct call_node *next;		/* [a] */
	void (*fn)(void *arg);		/* [s] */
	void *arg;			/* [s] */
	uint32_t busy;			/* [a] */
};

struct call_cpu {
	struct call_node *inbox;	/* [a] requests to this CPU */
	struct call_node node[ARCH_NR_CPUS];	/* this CPU's requests, by target */
};
static DEFINE_PER_CPU(struct call_cpu, call_cpu);

void smp_call_ipi(void)
{
	struct call_node *node = xchg(&this_cpu_ptr(&call_cpu)->inbox, NULL);

	while (node) {
		struct call_node *next = node->next;

		node->fn(node->arg);
		smp_store_release(&node->busy, 0u);	/* the sender's again; pairs with smp_call_wait() */
		node = next;
	}
}

static void smp_call_send(struct call_node *node, unsigned cpu)
{
	struct call_cpu *target = per_cpu_ptr(&call_cpu, cpu);
	struct call_node *first = READ_ONCE(target->inbox);

	do {
		node->next = first;
	} while (!try_cmpxchg(&target->inbox, &first, node));
	if (!first)
		arch_ipi_send(cpu, IPI_CALL);
}

static void smp_call_wait(const struct call_node *node)
{
	while (smp_load_acquire(&node->busy))	/* pairs with smp_call_ipi() */
		arch_cpu_relax();
}

void smp_call_mask(cpumask_t mask, void (*fn)(void *arg), void *arg)
{
	struct call_cpu *mine = this_cpu_ptr(&call_cpu);
	unsigned cpu, me = arch_cpu_id();
	cpumask_t others = mask & cpus_online() & ~cpumask_of(me);

	ASSERT(arch_irqs_enabled() && !in_irq());
	for_each_cpu(cpu, others) {
		struct call_node *node = &mine->node[cpu];

		node->fn = fn;
		node->arg = arg;
		node->busy = 1;
		smp_call_send(node, cpu);
	}
	if (mask & cpumask_of(me)) {
		arch_irq_disable();
		fn(arg);
		arch_irq_enable();
	}
	for_each_cpu(cpu, others)
		smp_call_wait(&mine->node[cpu]);
}

void smp_call_function(unsigned cpu, void (*fn)(void *arg), void *arg)
{
	smp_call_mask(cpumask_of(cpu), fn, arg);
}

void smp_call_all(void (*fn)(void *arg), void *arg)
{
	smp_call_mask(CPUMASK_ALL, fn, arg);
}
