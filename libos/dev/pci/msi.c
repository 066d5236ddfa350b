/* SPDX-License-Identifier: MIT */
/*
 * msi: interrupts of PCI functions: MSI-X messages, else the shared INTx line. PCI Local Bus specification 3.0, 6.8.2.
 *
 * The line. Which I/O APIC input a pin reaches is told by AML (_PRT), which is not interpreted here. Firmware also
 * routed each pin to a legacy interrupt and left its number in the function's IRQ_LINE register; that input works on
 * QEMU and PCs alike, level-triggered as the MADT's overrides say.
 */
#include "dev/pci/pci.h"

#include "abi/errno.h"
#include "arch/io.h"
#include "mm/kvmap.h"

#define MSIX_CONTROL		2
#define MSIX_TABLE		4
#define MSIX_ENABLE		0x8000
#define MSIX_MASK_ALL		0x4000
#define MSIX_SIZE_MASK		0x7ff
#define MSIX_BIR		7u

#define ENTRY_SIZE		16
#define ENTRY_ADDR_LOW		0
#define ENTRY_ADDR_HIGH		4
#define ENTRY_DATA		8
#define ENTRY_CONTROL		12
#define ENTRY_MASKED		1u

void pci_msix_probe(struct pci_dev *dev)
{
	unsigned cap = pci_find_cap(dev, PCI_CAP_MSIX, 0);

	if (cap)
		dev->msix_size = (pci_read16(dev, cap + MSIX_CONTROL) & MSIX_SIZE_MASK) + 1u;
}

int pci_msix_enable(struct pci_dev *dev)
{
	unsigned cap = dev->msix_size ? pci_find_cap(dev, PCI_CAP_MSIX, 0) : 0;
	uint32_t table;

	if (!cap)
		return -ENODEV;
	if (!dev->msix_table) {
		table = pci_read32(dev, cap + MSIX_TABLE);
		dev->msix_table = pci_bar_map(dev, table & MSIX_BIR, table & ~MSIX_BIR, dev->msix_size * ENTRY_SIZE);
	}
	if (!dev->msix_table)
		return -ENODEV;
	pci_write16(dev, cap + MSIX_CONTROL, MSIX_ENABLE | MSIX_MASK_ALL);
	for (unsigned i = 0; i < dev->msix_size; i++)
		arch_write32(dev->msix_table + i * ENTRY_SIZE + ENTRY_CONTROL, ENTRY_MASKED);
	pci_write16(dev, PCI_COMMAND, pci_read16(dev, PCI_COMMAND) | PCI_COMMAND_NO_INTX);
	pci_write16(dev, cap + MSIX_CONTROL, MSIX_ENABLE);
	return 0;
}

int pci_msix_request(struct pci_dev *dev, unsigned entry, unsigned cpu, irq_handler_fn fn, void *arg)
{
	volatile char __iomem *e = dev->msix_table + entry * ENTRY_SIZE;
	struct arch_msi msi;
	int irq;

	if (entry >= dev->msix_size)
		return -ENOSPC;
	irq = arch_irq_alloc_msi(cpu, fn, arg, &msi);
	if (irq < 0)
		return irq;
	arch_write32(e + ENTRY_ADDR_LOW, (uint32_t)msi.addr);
	arch_write32(e + ENTRY_ADDR_HIGH, (uint32_t)(msi.addr >> 32));
	arch_write32(e + ENTRY_DATA, msi.data);
	arch_write32(e + ENTRY_CONTROL, 0);
	return irq;
}

void pci_msix_disable(struct pci_dev *dev)
{
	unsigned cap = pci_find_cap(dev, PCI_CAP_MSIX, 0);

	if (cap)
		pci_write16(dev, cap + MSIX_CONTROL, 0);
	pci_write16(dev, PCI_COMMAND, pci_read16(dev, PCI_COMMAND) & (uint16_t)~PCI_COMMAND_NO_INTX);
}

int pci_intx_request(struct pci_dev *dev, irq_handler_fn fn, void *arg)
{
	if (!dev->irq_pin || !dev->irq_line || dev->irq_line == 0xff)
		return -ENODEV;
	return arch_irq_request_gsi(dev->irq_line, /*isa=*/true, IRQ_LEVEL_LOW, fn, arg);
}
