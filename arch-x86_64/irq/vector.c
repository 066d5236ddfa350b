/* SPDX-License-Identifier: MIT */
/*
 * Interrupt vectors and their handlers.
 *
 * Model. A dynamic vector means the same on every CPU. It carries a list of actions: one for a message-signalled
 * interrupt, several for a shared line. An interrupt number, as arch/irq.h hands out, names an action.
 *
 * Locking. `lock` guards allocation and the lists; dispatch walks a list without it: actions are linked in with a
 * release store, and arch_irq_free() waits until no CPU is inside the vector before an action is used again.
 */
#include "arch/irq.h"

#include "abi/errno.h"
#include "arch/cpu.h"
#include "arch/upcall.h"
#include "machine/apic.h"
#include "machine/desc.h"
#include "machine/time.h"
#include "machine/trap.h"
#include "sync/context.h"

#define NR_DYNAMIC	(VECTOR_DYNAMIC_END - VECTOR_DYNAMIC)
#define NR_ACTIONS	256
#define MSI_ADDR	0xfee00000UL
#define NO_GSI		(~0u)

/* Field legend: [l] vectors.lock, [a] atomic */
struct irq_action {
	irq_handler_fn fn;		/* [l] NULL: free */
	void *arg;			/* [l] */
	struct irq_action *next;	/* [a] */
	unsigned vector;		/* [l] */
};

struct irq_vector {
	struct irq_action *actions;	/* [a] */
	unsigned gsi;			/* [l] NO_GSI: message-signalled */
	bool used, level;		/* [l] */
	uint32_t running;		/* [a] CPUs inside the handlers */
};

static struct {
	uint32_t lock;
	struct irq_vector vector[NR_DYNAMIC];	/* [l] */
	struct irq_action action[NR_ACTIONS];	/* [l] */
} vectors;

static DEFINE_PER_CPU(uint32_t[256], irq_counts);

/* A lock of the arch's own: the floor below sync/. */
static unsigned long vectors_lock(void)
{
	unsigned long flags = arch_irq_save();

	while (__atomic_exchange_n(&vectors.lock, 1, __ATOMIC_ACQUIRE))
		arch_cpu_relax();
	return flags;
}

static void vectors_unlock(unsigned long flags)
{
	__atomic_store_n(&vectors.lock, 0, __ATOMIC_RELEASE);
	arch_irq_restore(flags);
}

void vector_dispatch(unsigned vector)
{
	struct irq_vector *v = &vectors.vector[vector - VECTOR_DYNAMIC];

	__atomic_fetch_add(&v->running, 1, __ATOMIC_SEQ_CST);
	for (struct irq_action *a = smp_load_acquire(&v->actions); a; a = smp_load_acquire(&a->next))
		a->fn(a->arg);
	__atomic_fetch_sub(&v->running, 1, __ATOMIC_RELEASE);
	lapic_eoi();
}

static void ipi_dispatch(unsigned vector)
{
	lapic_eoi();
	switch (vector) {
	case VECTOR_TIMER:
		timer_irq();
		break;
	case VECTOR_RESCHED:
		sched_ipi();
		break;
	case VECTOR_CALL:
		smp_call_ipi();
		break;
	case VECTOR_TLB:
		tlb_ipi();
		break;
	default:			/* error interrupt: nothing to do about it */
		break;
	}
}

void irq_handler(struct arch_regs *regs, unsigned vector)
{
	const struct arch_regs *outer = irq_enter(regs);

	(*this_cpu_ptr(&irq_counts))[vector]++;
	if (vector >= VECTOR_DYNAMIC && vector < VECTOR_DYNAMIC_END)
		vector_dispatch(vector);
	else if (vector >= VECTOR_TIMER && vector != VECTOR_SPURIOUS)
		ipi_dispatch(vector);
	irq_exit(outer);
}

/* A free action on a free (gsi NO_GSI) or matching vector; the caller links it. */
static struct irq_action *action_get(irq_handler_fn fn, void *arg)
{
	for (unsigned i = 0; i < NR_ACTIONS; i++) {
		struct irq_action *a = &vectors.action[i];

		if (!a->fn) {
			a->fn = fn;
			a->arg = arg;
			return a;
		}
	}
	return NULL;
}

static struct irq_vector *vector_get(unsigned gsi)
{
	for (unsigned i = 0; i < NR_DYNAMIC; i++) {
		struct irq_vector *v = &vectors.vector[i];

		if (v->used)
			continue;
		v->used = true;
		v->gsi = gsi;
		v->level = false;
		return v;
	}
	return NULL;
}

static struct irq_vector *vector_find(unsigned gsi)
{
	for (unsigned i = 0; i < NR_DYNAMIC; i++) {
		if (vectors.vector[i].used && vectors.vector[i].gsi == gsi)
			return &vectors.vector[i];
	}
	return NULL;
}

/* Put a new action on v. Returns its number, or -ENOSPC. */
static int vector_attach(struct irq_vector *v, irq_handler_fn fn, void *arg)
{
	struct irq_action *a = action_get(fn, arg);

	if (!a)
		return -ENOSPC;
	a->vector = (unsigned)(v - vectors.vector) + VECTOR_DYNAMIC;
	a->next = v->actions;
	smp_store_release(&v->actions, a);	/* pairs with vector_dispatch() */
	return (int)(a - vectors.action);
}

int arch_irq_alloc_msi(unsigned cpu, irq_handler_fn fn, void *arg, struct arch_msi *msi)
{
	unsigned long flags = vectors_lock();
	struct irq_vector *v = vector_get(NO_GSI);
	int irq = -ENOSPC;

	if (v) {
		irq = vector_attach(v, fn, arg);
		if (irq < 0)
			v->used = false;
	}
	if (irq >= 0) {
		msi->addr = MSI_ADDR | (uint64_t)(arch_cpu_of(cpu)->apic_id & 0xff) << 12;
		msi->data = vectors.action[irq].vector;
	}
	vectors_unlock(flags);
	return irq;
}

/* Caller holds vectors.lock. */
static int route_action(const struct ioapic_route *want, irq_handler_fn fn, void *arg)
{
	struct irq_vector *v = vector_find(want->gsi);
	struct ioapic_route route = *want;
	bool fresh = !v;
	int irq;

	if (v && (!v->level || !want->level))
		return -EBUSY;
	if (fresh)
		v = vector_get(want->gsi);
	if (!v)
		return -ENOSPC;
	v->level = want->level;
	irq = vector_attach(v, fn, arg);
	if (irq < 0 || !fresh)
		return irq;
	route.vector = vectors.action[irq].vector;
	if (ioapic_route(&route) == 0)
		return irq;
	v->actions = NULL;
	v->used = false;
	vectors.action[irq].fn = NULL;
	return -ENODEV;
}

int arch_irq_request_gsi(unsigned gsi, bool isa, enum irq_trigger trigger, irq_handler_fn fn, void *arg)
{
	struct ioapic_route route = {
		.gsi = gsi,
		.level = trigger == IRQ_LEVEL_LOW || trigger == IRQ_LEVEL_HIGH,
		.low = trigger == IRQ_LEVEL_LOW || trigger == IRQ_EDGE_LOW,
	};
	unsigned long flags;
	int irq;

	if (isa)
		route.gsi = ioapic_isa_gsi(gsi, &route.level, &route.low);
	flags = vectors_lock();
	irq = route_action(&route, fn, arg);
	vectors_unlock(flags);
	return irq;
}

void arch_irq_free(int irq)
{
	struct irq_action *a = &vectors.action[irq];
	struct irq_vector *v = &vectors.vector[a->vector - VECTOR_DYNAMIC];
	unsigned long flags = vectors_lock();
	struct irq_action **link = &v->actions;

	while (*link && *link != a)
		link = &(*link)->next;
	if (*link)
		smp_store_release(link, a->next);
	if (!v->actions && v->gsi != NO_GSI)
		ioapic_mask(v->gsi);
	vectors_unlock(flags);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* unlink before the look at running; pairs with dispatch */
	while (__atomic_load_n(&v->running, __ATOMIC_ACQUIRE))
		arch_cpu_relax();
	flags = vectors_lock();
	a->fn = NULL;
	if (!v->actions)
		v->used = false;
	vectors_unlock(flags);
}

/* After the actions come the fixed vectors, so that /proc/interrupts shows timer and IPI counts too. */
int arch_irq_stat(int irq, unsigned cpu, uint64_t *count, const char **name)
{
	static const char *const fixed[] = { "Local timer interrupts", "Rescheduling interrupts",
					     "Function call interrupts", "TLB shootdowns" };
	uint32_t *counts = *per_cpu_ptr(&irq_counts, cpu);
	const struct irq_action *a;

	*count = 0;
	*name = NULL;
	if (irq >= NR_ACTIONS + (int)ARRAY_SIZE(fixed))
		return -ENOENT;
	if (irq >= NR_ACTIONS) {
		*name = fixed[irq - NR_ACTIONS];
		*count = counts[VECTOR_TIMER + irq - NR_ACTIONS];
		return 0;
	}
	a = &vectors.action[irq];
	if (a->fn) {
		*name = vectors.vector[a->vector - VECTOR_DYNAMIC].gsi == NO_GSI ? "PCI-MSI" : "IO-APIC";
		*count = counts[a->vector];
	}
	return 0;
}
