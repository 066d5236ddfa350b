/* SPDX-License-Identifier: MIT */
/* machine/cpu.h of the hosted build: arch/cpu.h's inlines over a simulated CPU (tests/host/README.md). */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct thread;
struct host_fiber;

/* Field legend: [I] immutable once it runs, [c] own CPU, [h] only one simulated CPU runs at a time: no races */
struct host_cpu {
	unsigned id;			/* [I] */
	bool online;			/* [h] started */
	bool halted;			/* [h] in arch_cpu_halt() */
	bool irqs_on;			/* [c] the interrupt flag */
	bool in_irq;			/* [c] delivering: handlers do not nest */
	uintptr_t percpu_offset;	/* [I] */
	struct thread *current;		/* [c] */
	struct host_fiber *fiber;	/* [c] host context that runs, or is suspended, on this CPU */
	uint64_t timer_ns;		/* [c] one-shot deadline; UINT64_MAX: not armed */
	unsigned ipis;			/* [h] bit n: enum arch_ipi n is pending */
};

extern struct host_cpu *host_cpu;	/* the one that runs now */

void host_cpu_relax(void);
void host_cpu_halt(void);
uint64_t host_cycles(void);
uintptr_t host_percpu_offset_of(unsigned cpu);

static inline unsigned arch_cpu_id(void)
{
	return host_cpu->id;
}

static inline uintptr_t arch_percpu_offset(void)
{
	return host_cpu->percpu_offset;
}

static inline uintptr_t arch_percpu_offset_of(unsigned cpu)
{
	return host_percpu_offset_of(cpu);
}

static inline struct thread *arch_current(void)
{
	return host_cpu->current;
}

static inline void arch_set_current(struct thread *t)
{
	host_cpu->current = t;
}

static inline void arch_cpu_relax(void)
{
	host_cpu_relax();
}

static inline void arch_cpu_halt(void)
{
	host_cpu_halt();
}

static inline uint64_t arch_cycles(void)
{
	return host_cycles();
}
