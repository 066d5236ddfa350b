/* SPDX-License-Identifier: MIT */
/* machine/apic.h: the local APIC, I/O APICs and the old PIC, inside arch-x86_64. */
#pragma once

#include "arch/regs.h"
#include "lib/compiler.h"
#include "lib/types.h"

/* irq/lapic.c. Boot CPU before mm/; others as they start. Masks the PIC on the boot CPU. */
void lapic_init(void);
void lapic_init_cpu(void);
void lapic_eoi(void);
uint32_t lapic_id(void);
/* Send an interrupt command: destination APIC id and the low command word. Any context. */
void lapic_send(uint32_t dest, uint32_t command);
#define ICR_NMI		0x0400u
#define ICR_INIT	0x0500u
#define ICR_STARTUP	0x0600u
#define ICR_ASSERT	0x4000u
/* Timer: count down from `count` at bus frequency, once; 0 stops. TSC-deadline mode is time/timer.c's choice. */
void lapic_timer_mode(bool deadline);
void lapic_timer_start(uint32_t count);
uint32_t lapic_timer_count(void);

/* irq/ipi.c: an NMI: stop if a panic asked for it. */
void nmi_handler(struct arch_regs *regs);

/* mm/tlb.c: another CPU asks this one to drop translations. Interrupts off. */
void tlb_ipi(void);

/* irq/vector.c: run the handlers of a dynamic vector. */
void vector_dispatch(unsigned vector);
/* irq/ioapic.c: program input `gsi` to deliver `vector` to CPU 0, or mask it. -ENODEV: no such input. */
struct ioapic_route {
	unsigned gsi;
	unsigned vector;
	bool level, low;
};
int __must_check ioapic_route(const struct ioapic_route *r);
void ioapic_mask(unsigned gsi);
/* ISA interrupt to gsi; *level and *low are changed where the MADT overrides them. */
unsigned ioapic_isa_gsi(unsigned isa_irq, bool *level, bool *low);
