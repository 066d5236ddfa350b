/* SPDX-License-Identifier: MIT */
/*
 * The local APIC, by x2APIC MSRs where the CPU has them, else by its memory page. Source: Intel SDM volume 3,
 * chapter "APIC". Register numbers are the offsets of the memory form; the MSR is 0x800 + offset / 16.
 */
#include "machine/apic.h"

#include "arch/cpu.h"
#include "arch/io.h"
#include "arch/irq.h"
#include "machine/desc.h"
#include "machine/features.h"
#include "machine/fixmap.h"
#include "machine/msr.h"

#define APIC_BASE_ENABLE	(1UL << 11)
#define APIC_BASE_X2		(1UL << 10)

#define LAPIC_ID	0x020
#define LAPIC_TPR	0x080
#define LAPIC_EOI	0x0b0
#define LAPIC_SVR	0x0f0
#define LAPIC_ESR	0x280
#define LAPIC_ICR_LOW	0x300
#define LAPIC_ICR_HIGH	0x310
#define LAPIC_LVT_TIMER	0x320
#define LAPIC_LVT_LINT0	0x350
#define LAPIC_LVT_LINT1	0x360
#define LAPIC_LVT_ERROR	0x370
#define LAPIC_TIMER_INIT 0x380
#define LAPIC_TIMER_NOW	0x390
#define LAPIC_TIMER_DIV	0x3e0

#define SVR_ENABLE	0x100u
#define LVT_MASKED	0x10000u
#define LVT_NMI		0x400u
#define LVT_DEADLINE	0x40000u
#define DIVIDE_BY_1	0xbu
#define ICR_BUSY	0x1000u

static struct {
	volatile char __iomem *page;	/* [I] NULL: x2APIC */
} lapic;

static uint32_t lapic_read(unsigned reg)
{
	if (!lapic.page)
		return (uint32_t)rdmsr(MSR_X2APIC + (reg >> 4));
	return arch_read32(lapic.page + reg);
}

static void lapic_write(unsigned reg, uint32_t value)
{
	if (lapic.page)
		arch_write32(lapic.page + reg, value);
	else
		wrmsr(MSR_X2APIC + (reg >> 4), value);
}

void lapic_eoi(void)
{
	lapic_write(LAPIC_EOI, 0);
}

uint32_t lapic_id(void)
{
	uint32_t id = lapic_read(LAPIC_ID);

	return lapic.page ? id >> 24 : id;
}

void lapic_send(uint32_t dest, uint32_t command)
{
	unsigned long flags;

	if (!lapic.page) {
		arch_mb();	/* the MSR write is not serialising: what the target is to see comes first */
		wrmsr(MSR_X2APIC + (LAPIC_ICR_LOW >> 4), (uint64_t)dest << 32 | command);
		return;
	}
	flags = arch_irq_save();
	while (lapic_read(LAPIC_ICR_LOW) & ICR_BUSY)
		arch_cpu_relax();
	lapic_write(LAPIC_ICR_HIGH, dest << 24);
	lapic_write(LAPIC_ICR_LOW, command);
	arch_irq_restore(flags);
}

void lapic_timer_mode(bool deadline)
{
	lapic_write(LAPIC_TIMER_DIV, DIVIDE_BY_1);
	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER | (deadline ? LVT_DEADLINE : 0));
	if (deadline)
		arch_mb();	/* SDM: order the mode change before the first deadline */
}

void lapic_timer_start(uint32_t count)
{
	lapic_write(LAPIC_TIMER_INIT, count);
}

uint32_t lapic_timer_count(void)
{
	return lapic_read(LAPIC_TIMER_NOW);
}

/* Both 8259s off: remapped first, so that a spurious interrupt does not look like an exception. */
static void pic_disable(void)
{
	static const uint8_t words[4] = { VECTOR_PIC, VECTOR_PIC + 8, 4, 2 };

	arch_out8(0x20, 0x11);
	arch_out8(0xa0, 0x11);
	for (unsigned i = 0; i < 2; i++) {
		arch_out8(0x21, words[2 * i]);
		arch_out8(0xa1, words[2 * i + 1]);
	}
	arch_out8(0x21, 1);
	arch_out8(0xa1, 1);
	arch_out8(0x21, 0xff);
	arch_out8(0xa1, 0xff);
}

void lapic_init_cpu(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE;

	wrmsr(MSR_APIC_BASE, base);
	if (x86.x2apic)
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_X2);
	lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);
	lapic_write(LAPIC_LVT_LINT1, LVT_NMI | (arch_cpu_id() ? LVT_MASKED : 0));
	lapic_write(LAPIC_LVT_ERROR, VECTOR_ERROR);
	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER | LVT_MASKED);
	lapic_write(LAPIC_TPR, 0);
	lapic_write(LAPIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
	arch_this_cpu()->apic_id = lapic_id();
}

void lapic_init(void)
{
	if (!x86.x2apic)
		lapic.page = (volatile char __iomem *)fixmap_io(FIX_LAPIC,
								rdmsr(MSR_APIC_BASE) & X86_PTE_ADDR);
	pic_disable();
	lapic_init_cpu();
}
