/* SPDX-License-Identifier: MIT */
/* Interrupts between CPUs. IPI_STOP is an NMI: it also reaches a CPU that spins with interrupts off. */
#include "arch/smp.h"

#include "arch/cpu.h"
#include "arch/irq.h"
#include "machine/apic.h"
#include "machine/desc.h"

static struct {
	uint32_t stop;			/* a panic wants everybody else to halt */
} ipi;

void arch_ipi_send(unsigned cpu, enum arch_ipi what)
{
	uint32_t dest = arch_cpu_of(cpu)->apic_id;

	if (!arch_percpu_offset_of(cpu))
		return;
	switch (what) {
	case IPI_RESCHED:
		lapic_send(dest, ICR_ASSERT | VECTOR_RESCHED);
		break;
	case IPI_CALL:
		lapic_send(dest, ICR_ASSERT | VECTOR_CALL);
		break;
	case IPI_STOP:
		__atomic_store_n(&ipi.stop, 1, __ATOMIC_SEQ_CST);
		lapic_send(dest, ICR_ASSERT | ICR_NMI);
		break;
	}
}

void arch_ipi_others(enum arch_ipi what)
{
	unsigned self = arch_cpu_id();

	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) {
		if (cpu != self)
			arch_ipi_send(cpu, what);
	}
}

void nmi_handler(struct arch_regs *regs)
{
	(void)regs;
	if (!__atomic_load_n(&ipi.stop, __ATOMIC_ACQUIRE))
		return;		/* from outside, or a stray: nobody asked */
	for (;;) {
		arch_irq_disable();
		__asm__ __volatile__("hlt");
	}
}
