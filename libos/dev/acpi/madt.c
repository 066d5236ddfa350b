/* SPDX-License-Identifier: MIT */
/* madt: CPUs, I/O APICs and how ISA interrupts are wired ("APIC" table). ACPI 6.5, 5.2.12. */
#include "dev/acpi/acpi.h"

#include "arch/irq.h"
#include "arch/smp.h"
#include "core/log.h"
#include "lib/byteorder.h"

#define MADT_ENTRIES	44	/* after the header: local APIC address, flags */

enum madt_type { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_X2APIC = 9 };
#define LAPIC_ENABLED	1u

static unsigned add_cpu(uint32_t apic_id, uint32_t flags)
{
	if (!(flags & LAPIC_ENABLED))
		return 0;
	if (arch_smp_add_cpu(apic_id)) {
		klog_once(KLOG_WARN, "acpi: more CPUs than this kernel is built for; the rest stay off");
		return 0;
	}
	return 1;
}

/* Flags: bits 0-1 polarity, 2-3 trigger; 0 as the bus has it, which is edge, high for ISA. */
static enum irq_trigger override_trigger(uint16_t flags)
{
	bool low = (flags & 3) == 3, level = (flags >> 2 & 3) == 3;

	if (level)
		return low ? IRQ_LEVEL_LOW : IRQ_LEVEL_HIGH;
	return low ? IRQ_EDGE_LOW : IRQ_EDGE_HIGH;
}

/* Returns 1 for a CPU that can be used. */
static unsigned madt_entry(const uint8_t *e, uint8_t len)
{
	if (e[0] == MADT_LAPIC && len >= 8)
		return add_cpu(e[3], get_unaligned_le32(e + 4));
	if (e[0] == MADT_X2APIC && len >= 16)
		return add_cpu(get_unaligned_le32(e + 4), get_unaligned_le32(e + 8));
	if (e[0] == MADT_IOAPIC && len >= 12)
		arch_irq_add_ioapic(e[2], get_unaligned_le32(e + 4), get_unaligned_le32(e + 8));
	if (e[0] == MADT_OVERRIDE && len >= 10)
		arch_irq_add_isa_override(e[3], get_unaligned_le32(e + 4),
					  override_trigger(get_unaligned_le16(e + 8)));
	return 0;
}

unsigned madt_parse(const struct acpi_header *madt)
{
	const uint8_t *table = (const uint8_t *)madt;
	unsigned cpus = 0;

	for (uint32_t at = MADT_ENTRIES; at + 2 <= madt->length;) {
		uint8_t len = table[at + 1];

		if (len < 2 || len > madt->length - at)
			break;
		cpus += madt_entry(table + at, len);
		at += len;
	}
	return cpus;
}
