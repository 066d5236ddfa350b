/* SPDX-License-Identifier: MIT */
/*
 * I/O APICs: each input ("global system interrupt") is routed to a vector on CPU 0. Which controllers exist and how
 * ISA interrupts are wired comes from the MADT through dev/acpi; without one, the usual single controller is assumed.
 * Source: Intel 82093AA data sheet; ACPI specification, MADT.
 *
 * Locking. Set up by one CPU during start-up; routes change under irq/vector.c's lock.
 */
#include "machine/apic.h"

#include "abi/errno.h"
#include "arch/irq.h"
#include "arch/io.h"
#include "machine/fixmap.h"
#include "machine/percpu.h"

#define IOAPIC_MAX	8
#define ISA_IRQS	16
#define IOAPIC_DEFAULT	0xfec00000UL

#define REG_SELECT	0x00
#define REG_WINDOW	0x10
#define IOAPIC_VERSION	1
#define IOAPIC_REDIR(n)	(0x10 + 2 * (n))

#define REDIR_LOW	0x2000u
#define REDIR_LEVEL	0x8000u
#define REDIR_MASKED	0x10000u

struct ioapic {
	volatile char __iomem *regs;
	unsigned gsi_base, count;
};

struct isa_override {
	bool set, level, low;
	unsigned gsi;
};

static struct {
	struct ioapic chip[IOAPIC_MAX];
	unsigned nr;
	struct isa_override isa[ISA_IRQS];
} ioapic;

static uint32_t ioapic_read(const struct ioapic *io, unsigned reg)
{
	arch_write32(io->regs + REG_SELECT, reg);
	return arch_read32(io->regs + REG_WINDOW);
}

static void ioapic_write(const struct ioapic *io, unsigned reg, uint32_t value)
{
	arch_write32(io->regs + REG_SELECT, reg);
	arch_write32(io->regs + REG_WINDOW, value);
}

void arch_irq_add_ioapic(uint32_t id, paddr_t base, unsigned gsi_base)
{
	struct ioapic *io = &ioapic.chip[ioapic.nr];
	uint32_t version;

	(void)id;
	if (ioapic.nr == IOAPIC_MAX)
		return;
	io->regs = (volatile char __iomem *)fixmap_io((enum fixmap_slot)(FIX_IOAPIC + ioapic.nr), base);
	io->gsi_base = gsi_base;
	version = ioapic_read(io, IOAPIC_VERSION);
	if (version == ~0u)		/* nothing answers there */
		return;
	io->count = (version >> 16 & 0xff) + 1;
	for (unsigned i = 0; i < io->count; i++)
		ioapic_write(io, IOAPIC_REDIR(i), REDIR_MASKED);
	ioapic.nr++;
}

void arch_irq_add_isa_override(unsigned isa_irq, unsigned gsi, enum irq_trigger trigger)
{
	if (isa_irq >= ISA_IRQS)
		return;
	ioapic.isa[isa_irq] = (struct isa_override){
		.set = true, .gsi = gsi,
		.level = trigger == IRQ_LEVEL_LOW || trigger == IRQ_LEVEL_HIGH,
		.low = trigger == IRQ_LEVEL_LOW || trigger == IRQ_EDGE_LOW,
	};
}

unsigned ioapic_isa_gsi(unsigned isa_irq, bool *level, bool *low)
{
	const struct isa_override *o = &ioapic.isa[isa_irq % ISA_IRQS];

	if (isa_irq >= ISA_IRQS || !o->set)
		return isa_irq;
	*level = o->level;
	*low = o->low;
	return o->gsi;
}

static const struct ioapic *ioapic_of(unsigned gsi)
{
	if (!ioapic.nr)
		arch_irq_add_ioapic(0, IOAPIC_DEFAULT, 0);
	for (unsigned i = 0; i < ioapic.nr; i++) {
		const struct ioapic *io = &ioapic.chip[i];

		if (gsi >= io->gsi_base && gsi < io->gsi_base + io->count)
			return io;
	}
	return NULL;
}

int ioapic_route(const struct ioapic_route *r)
{
	const struct ioapic *io = ioapic_of(r->gsi);
	unsigned pin;

	if (!io)
		return -ENODEV;
	pin = r->gsi - io->gsi_base;
	ioapic_write(io, IOAPIC_REDIR(pin) + 1, arch_cpu_of(0)->apic_id << 24);
	ioapic_write(io, IOAPIC_REDIR(pin), r->vector | (r->level ? REDIR_LEVEL : 0) | (r->low ? REDIR_LOW : 0));
	return 0;
}

void ioapic_mask(unsigned gsi)
{
	const struct ioapic *io = ioapic_of(gsi);

	if (io)
		ioapic_write(io, IOAPIC_REDIR(gsi - io->gsi_base), REDIR_MASKED);
}
