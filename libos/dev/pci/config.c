/* SPDX-License-Identifier: MIT */
/*
 * config: access to configuration space, by mechanism #1 (ports) or a mapped window (ECAM), one MiB a bus, mapped when
 * a bus is first touched.
 */
#include "dev/pci/pci.h"

#include "arch/io.h"
#include "dev/acpi/acpi.h"
#include "mm/kvmap.h"
#include "mm/slab.h"
#include "sync/spinlock.h"

#define CONFIG_ADDRESS	0xcf8
#define CONFIG_DATA	0xcfc
#define CONFIG_ENABLE	0x80000000u
#define ECAM_BUS_SIZE	(1UL << 20)
#define NR_BUSES	256

/* Field legend: [I] set up before buses are walked, [l] lock, [t] only by the walking thread before others use it */
static struct {
	struct spinlock lock;		/* the port pair */
	bool ports;			/* [I] */
	struct acpi_ecam ecam;		/* [I] base 0: none */
	volatile char __iomem *bus[NR_BUSES];	/* [t] */
} config = { .lock = SPINLOCK_NAMED("pci_config") };

bool pci_config_init(void)
{
	struct acpi_header *mcfg;

	arch_out32(CONFIG_ADDRESS, CONFIG_ENABLE);
	config.ports = arch_in32(CONFIG_ADDRESS) == CONFIG_ENABLE;
	if (config.ports)
		return true;
	mcfg = acpi_table_get("MCFG");
	if (mcfg && mcfg_find(mcfg, &config.ecam))
		config.ecam.base = 0;
	kfree(mcfg);
	return config.ecam.base != 0;
}

static volatile char __iomem *ecam_reg(const struct pci_dev *dev, unsigned reg)
{
	volatile char __iomem **bus = &config.bus[dev->bus];

	if (dev->bus < config.ecam.first_bus || dev->bus > config.ecam.last_bus)
		return NULL;
	if (!*bus)
		*bus = kvmap_io(config.ecam.base + dev->bus * ECAM_BUS_SIZE, ECAM_BUS_SIZE);
	return *bus ? *bus + ((unsigned)dev->slot << 15 | (unsigned)dev->fn << 12 | reg) : NULL;
}

static uint32_t port_address(const struct pci_dev *dev, unsigned reg)
{
	return CONFIG_ENABLE | (uint32_t)dev->bus << 16 | (uint32_t)dev->slot << 11 | (uint32_t)dev->fn << 8 |
	       (reg & 0xfc);
}

uint32_t pci_read32(const struct pci_dev *dev, unsigned reg)
{
	volatile char __iomem *mapped;
	unsigned long flags;
	uint32_t value;

	if (!config.ports) {
		mapped = ecam_reg(dev, reg & ~3u);
		return mapped ? arch_read32(mapped) : ~0u;
	}
	flags = spin_lock_irqsave(&config.lock);
	arch_out32(CONFIG_ADDRESS, port_address(dev, reg));
	value = arch_in32(CONFIG_DATA);
	spin_unlock_irqrestore(&config.lock, flags);
	return value;
}

uint16_t pci_read16(const struct pci_dev *dev, unsigned reg)
{
	return (uint16_t)(pci_read32(dev, reg) >> 8 * (reg & 2));
}

uint8_t pci_read8(const struct pci_dev *dev, unsigned reg)
{
	return (uint8_t)(pci_read32(dev, reg) >> 8 * (reg & 3));
}

void pci_write32(const struct pci_dev *dev, unsigned reg, uint32_t value)
{
	volatile char __iomem *mapped;
	unsigned long flags;

	if (!config.ports) {
		mapped = ecam_reg(dev, reg);
		if (mapped)
			arch_write32(mapped, value);
		return;
	}
	flags = spin_lock_irqsave(&config.lock);
	arch_out32(CONFIG_ADDRESS, port_address(dev, reg));
	arch_out32(CONFIG_DATA, value);
	spin_unlock_irqrestore(&config.lock, flags);
}

/* Narrow writes must stay narrow: the neighbours may have bits that a write of 1 clears. */
void pci_write16(const struct pci_dev *dev, unsigned reg, uint16_t value)
{
	volatile char __iomem *mapped;
	unsigned long flags;

	if (!config.ports) {
		mapped = ecam_reg(dev, reg);
		if (mapped)
			arch_write16(mapped, value);
		return;
	}
	flags = spin_lock_irqsave(&config.lock);
	arch_out32(CONFIG_ADDRESS, port_address(dev, reg));
	arch_out16((uint16_t)(CONFIG_DATA + (reg & 2)), value);
	spin_unlock_irqrestore(&config.lock, flags);
}

void pci_write8(const struct pci_dev *dev, unsigned reg, uint8_t value)
{
	volatile char __iomem *mapped;
	unsigned long flags;

	if (!config.ports) {
		mapped = ecam_reg(dev, reg);
		if (mapped)
			arch_write8(mapped, value);
		return;
	}
	flags = spin_lock_irqsave(&config.lock);
	arch_out32(CONFIG_ADDRESS, port_address(dev, reg));
	arch_out8((uint16_t)(CONFIG_DATA + (reg & 3)), value);
	spin_unlock_irqrestore(&config.lock, flags);
}
