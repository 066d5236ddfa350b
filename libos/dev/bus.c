/* SPDX-License-Identifier: MIT */
/* bus: the order in which buses are looked at: tables first, then what needs them. */
#include "abi/errno.h"
#include "core/init.h"
#include "dev/acpi/acpi.h"
#include "dev/pci/pci.h"
#include "dev/virtio/virtio.h"

static int bus_init(void)
{
	int err = acpi_init();

	pci_init();
	virtio_pci_init();
	virtio_mmio_init();
	return err == -ENODEV ? 0 : err;	/* a machine without ACPI tables is no error */
}
INIT_HOOK(INIT_BUS, bus_init);
