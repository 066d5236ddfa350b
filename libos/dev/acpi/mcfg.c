/* SPDX-License-Identifier: MIT */
/* mcfg: where PCI Express configuration space is mapped. PCI Firmware specification 3.3, 4.1.2. */
#include "dev/acpi/acpi.h"

#include "abi/errno.h"
#include "lib/byteorder.h"

#define MCFG_ENTRIES	44	/* header and 8 reserved bytes */
#define MCFG_ENTRY	16

int mcfg_find(const struct acpi_header *mcfg, struct acpi_ecam *out)
{
	const uint8_t *table = (const uint8_t *)mcfg;

	for (uint32_t at = MCFG_ENTRIES; at + MCFG_ENTRY <= mcfg->length; at += MCFG_ENTRY) {
		const uint8_t *e = table + at;

		*out = (struct acpi_ecam){ .base = get_unaligned_le64(e), .segment = get_unaligned_le16(e + 8),
					   .first_bus = e[10], .last_bus = e[11] };
		if (!out->segment && out->base && out->first_bus <= out->last_bus)
			return 0;
	}
	return -ENOENT;
}
