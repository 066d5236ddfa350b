/* SPDX-License-Identifier: MIT */
/*
 * pci: functions on the PCI buses.
 *
 * pci_init() walks bus 0 and the buses behind bridges, as firmware numbered them, and keeps every function found.
 * Drivers look through them with pci_for_each(). Firmware also placed the BARs; none is moved. Configuration space is
 * reached by ports 0xcf8/0xcfc where the machine has them, else through the ECAM window of the MCFG.
 *
 * Locking. Found functions are immutable. The port pair is under a lock in config.c (irq-safe).
 */
#pragma once

#include "arch/irq.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"

#define PCI_NR_BARS	6

/* Configuration registers. PCI Local Bus specification 3.0, 6.1. */
enum pci_config {
	PCI_VENDOR = 0x00, PCI_DEVICE = 0x02, PCI_COMMAND = 0x04, PCI_STATUS = 0x06, PCI_REVISION = 0x08,
	PCI_CLASS = 0x0a, PCI_HEADER = 0x0e, PCI_BAR0 = 0x10, PCI_SECONDARY_BUS = 0x19, PCI_SUBSYSTEM_VENDOR = 0x2c,
	PCI_SUBSYSTEM = 0x2e, PCI_CAPABILITIES = 0x34, PCI_IRQ_LINE = 0x3c, PCI_IRQ_PIN = 0x3d,
};
enum pci_command { PCI_COMMAND_IO = 1, PCI_COMMAND_MEMORY = 2, PCI_COMMAND_MASTER = 4, PCI_COMMAND_NO_INTX = 1024 };
enum pci_cap_id { PCI_CAP_VENDOR = 0x09, PCI_CAP_MSIX = 0x11 };

/* Field legend: [I] immutable */
struct pci_dev {
	struct list_head link;		/* [I] */
	uint8_t bus, slot, fn;		/* [I] */
	uint16_t vendor, device;	/* [I] */
	uint16_t subsystem_vendor, subsystem;	/* [I] */
	uint16_t class;			/* [I] base class << 8 | subclass */
	uint8_t revision;		/* [I] */
	uint8_t irq_line, irq_pin;	/* [I] pin 0: none */
	volatile char __iomem *msix_table;	/* [I] after pci_msix_enable() */
	unsigned msix_size;		/* [I] entries; 0: no MSI-X */
};

void pci_init(void);
void pci_for_each(void (*fn)(struct pci_dev *dev, void *arg), void *arg);

/* Any context. */
uint8_t pci_read8(const struct pci_dev *dev, unsigned reg);
uint16_t pci_read16(const struct pci_dev *dev, unsigned reg);
uint32_t pci_read32(const struct pci_dev *dev, unsigned reg);
void pci_write8(const struct pci_dev *dev, unsigned reg, uint8_t value);
void pci_write16(const struct pci_dev *dev, unsigned reg, uint16_t value);
void pci_write32(const struct pci_dev *dev, unsigned reg, uint32_t value);

/* Register of the next capability `id` after `after` (0: first); 0: none. */
unsigned pci_find_cap(const struct pci_dev *dev, uint8_t id, unsigned after);

/* Physical address of a memory BAR, as firmware placed it; 0: not a memory BAR, or not placed. */
paddr_t pci_bar_base(const struct pci_dev *dev, unsigned bar);
/* Map [offset, offset + size) of a memory BAR. NULL: no such BAR, or no memory. Thread context. */
void __iomem *pci_bar_map(const struct pci_dev *dev, unsigned bar, uint64_t offset, size_t size);

/* Let it decode memory and do DMA. */
void pci_enable(const struct pci_dev *dev);

/* --- Interrupts (msi.c) --- */

/* Switch to MSI-X, all entries masked. 0, or -ENODEV: it has none. Thread context. */
int __must_check pci_msix_enable(struct pci_dev *dev);
/* Deliver entry to fn(arg) on `cpu`. An interrupt number, or -errno. */
int __must_check pci_msix_request(struct pci_dev *dev, unsigned entry, unsigned cpu, irq_handler_fn fn, void *arg);
/* Back to INTx. */
void pci_msix_disable(struct pci_dev *dev);
/* The line firmware routed the pin to; shared: fn must ask its device. An interrupt number, or -errno. */
int __must_check pci_intx_request(struct pci_dev *dev, irq_handler_fn fn, void *arg);

/* --- For pci.c --- */

/* config.c: find a way in. False: this machine has no PCI. */
bool pci_config_init(void);
/* msi.c: read the MSI-X capability. */
void pci_msix_probe(struct pci_dev *dev);
