/* SPDX-License-Identifier: MIT */
/* pci: walking the buses, capabilities, BARs. */
#include "dev/pci/pci.h"

#include "core/log.h"
#include "mm/kvmap.h"
#include "mm/slab.h"

#define NR_SLOTS		32
#define NR_FUNCTIONS		8
#define NO_DEVICE		0xffffu
#define HEADER_MULTI		0x80
#define HEADER_TYPE		0x7f
#define HEADER_BRIDGE		1
#define STATUS_HAS_CAPS		0x10
#define CAPS_MAX		48	/* more cannot fit 256 bytes: the list is a loop */
#define BRIDGE_DEPTH_MAX	8

/* Field legend: [I] filled by pci_init() */
static struct {
	struct list_head devices;	/* [I] */
} pci = { .devices = LIST_HEAD_INIT(pci.devices) };

static void scan_bus(uint8_t bus, unsigned depth);

/* Keep the function if there is one. False: there is none, or no memory. */
static bool scan_function(struct pci_dev at, unsigned depth, uint8_t *header)
{
	uint32_t id = pci_read32(&at, PCI_VENDOR);
	struct pci_dev *dev;

	if ((id & 0xffff) == NO_DEVICE || !(id & 0xffff))
		return false;
	*header = pci_read8(&at, PCI_HEADER);
	at.vendor = (uint16_t)id;
	at.device = (uint16_t)(id >> 16);
	at.class = pci_read16(&at, PCI_CLASS);
	at.revision = pci_read8(&at, PCI_REVISION);
	if ((*header & HEADER_TYPE) == HEADER_BRIDGE) {
		uint8_t secondary = pci_read8(&at, PCI_SECONDARY_BUS);

		if (secondary > at.bus && depth < BRIDGE_DEPTH_MAX)
			scan_bus(secondary, depth + 1);
	} else {
		id = pci_read32(&at, PCI_SUBSYSTEM_VENDOR);
		at.subsystem_vendor = (uint16_t)id;
		at.subsystem = (uint16_t)(id >> 16);
		id = pci_read32(&at, PCI_IRQ_LINE);
		at.irq_line = (uint8_t)id;
		at.irq_pin = (uint8_t)(id >> 8);
		pci_msix_probe(&at);
	}
	dev = kmemdup(&at, sizeof(at), GFP_KERNEL);
	if (!dev)
		return false;
	list_add_tail(&dev->link, &pci.devices);
	return true;
}

static void scan_bus(uint8_t bus, unsigned depth)
{
	for (uint8_t slot = 0; slot < NR_SLOTS; slot++) {
		uint8_t header = 0, other;

		if (!scan_function((struct pci_dev){ .bus = bus, .slot = slot }, depth, &header))
			continue;
		for (uint8_t fn = 1; header & HEADER_MULTI && fn < NR_FUNCTIONS; fn++)
			scan_function((struct pci_dev){ .bus = bus, .slot = slot, .fn = fn }, depth, &other);
	}
}

void pci_init(void)
{
	if (pci_config_init())
		scan_bus(0, 0);
}

void pci_for_each(void (*fn)(struct pci_dev *dev, void *arg), void *arg)
{
	struct pci_dev *dev;

	list_for_each_entry(dev, &pci.devices, link)
		fn(dev, arg);
}

unsigned pci_find_cap(const struct pci_dev *dev, uint8_t id, unsigned after)
{
	unsigned reg = after ? pci_read8(dev, after + 1) : 0;

	if (!after && pci_read16(dev, PCI_STATUS) & STATUS_HAS_CAPS)
		reg = pci_read8(dev, PCI_CAPABILITIES);
	for (unsigned n = 0; n < CAPS_MAX && (reg &= ~3u) >= 0x40; n++) {
		uint16_t head = pci_read16(dev, reg);

		if ((head & 0xff) == id)
			return reg;
		reg = head >> 8;
	}
	return 0;
}

paddr_t pci_bar_base(const struct pci_dev *dev, unsigned bar)
{
	uint32_t low = pci_read32(dev, PCI_BAR0 + 4 * bar);
	uint64_t base = low & ~0xfu;

	if (bar >= PCI_NR_BARS || low & 1)
		return 0;
	if ((low >> 1 & 3) == 2 && bar + 1 < PCI_NR_BARS)
		base |= (uint64_t)pci_read32(dev, PCI_BAR0 + 4 * (bar + 1)) << 32;
	return base;
}

void __iomem *pci_bar_map(const struct pci_dev *dev, unsigned bar, uint64_t offset, size_t size)
{
	paddr_t base = pci_bar_base(dev, bar);

	if (!base) {
		klog(KLOG_ERR, "pci: %02x:%02x.%u: BAR %u was not placed by firmware", dev->bus, dev->slot, dev->fn,
		     bar);
		return NULL;
	}
	return kvmap_io(base + offset, size);
}

void pci_enable(const struct pci_dev *dev)
{
	uint16_t command = pci_read16(dev, PCI_COMMAND);

	pci_write16(dev, PCI_COMMAND, command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}
