/* SPDX-License-Identifier: MIT */
/*
 * arch/smp.h: CPUs beyond the first.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

enum arch_ipi {
	IPI_RESCHED,			/* upcall sched_ipi() */
	IPI_CALL,			/* upcall smp_call_ipi() */
	IPI_STOP,			/* panic: dump nothing, halt for ever */
};

/* A CPU found in the MADT. The boot CPU may be among them. Returns 0, or -ENOSPC above ARCH_NR_CPUS. */
int __must_check arch_smp_add_cpu(uint32_t apic_id);

/*
 * Start all added CPUs and return without waiting; each, once ready, calls cpu_online(cpu) (upcall.h).
 * Context: thread on CPU 0, interrupts on, memory and scheduler up.
 */
void arch_smp_start(void);

/* CPUs possible after the MADT was read: 1..ARCH_NR_CPUS. */
unsigned arch_smp_nr_cpus(void);

/* Send; returns at once. Any context. */
void arch_ipi_send(unsigned cpu, enum arch_ipi ipi);
void arch_ipi_others(enum arch_ipi ipi);
