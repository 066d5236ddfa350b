/* SPDX-License-Identifier: MIT */
/*
 * arch/irq.h: interrupt flag, interrupt sources and their handlers.
 *
 * machine/irq.h provides as inlines: unsigned long arch_irq_save(void); void arch_irq_restore(unsigned long);
 * void arch_irq_enable(void); void arch_irq_disable(void); bool arch_irqs_enabled(void).
 *
 * The architecture brackets each interrupt (not exceptions) with irq_enter()/irq_exit() of sync/context.h.
 * Handlers run in hard-interrupt context, interrupts off, on the CPU the vector was routed to;
 * they may wake threads and take irq-safe spin locks, and must not sleep.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#include <machine/irq.h>

typedef void (*irq_handler_fn)(void *arg);

enum irq_trigger { IRQ_EDGE_HIGH, IRQ_LEVEL_LOW, IRQ_LEVEL_HIGH, IRQ_EDGE_LOW };

/* What a PCI device's MSI or MSI-X entry is programmed with. */
struct arch_msi {
	uint64_t addr;
	uint32_t data;
};

/*
 * Allocate a message-signalled interrupt delivered to `cpu` and fill *msi.
 * Returns an interrupt number (>= 0) for arch_irq_free(), or -ENOSPC. Context: may not sleep.
 */
int __must_check arch_irq_alloc_msi(unsigned cpu, irq_handler_fn fn, void *arg, struct arch_msi *msi);

/*
 * Route global system interrupt `gsi` (I/O APIC input; ISA interrupts go through the MADT overrides
 * when `isa` is true) to CPU 0 and install a handler. Several handlers may share a level-triggered line.
 * Returns an interrupt number or -errno (-ENODEV: no such input, -ENOSPC).
 */
int __must_check arch_irq_request_gsi(unsigned gsi, bool isa, enum irq_trigger trigger, irq_handler_fn fn,
				      void *arg);

/* Remove a handler; on return it does not run on any CPU. Context: thread, interrupts on. */
void arch_irq_free(int irq);

/* For /proc/interrupts: count of interrupt `irq` on `cpu`, and its name (NULL: not in use). -ENOENT past the last. */
int __must_check arch_irq_stat(int irq, unsigned cpu, uint64_t *count, const char **name);

/* MADT facts from dev/acpi, before the first arch_irq_request_gsi(). */
void arch_irq_add_ioapic(uint32_t id, paddr_t base, unsigned gsi_base);
void arch_irq_add_isa_override(unsigned isa_irq, unsigned gsi, enum irq_trigger trigger);
