/* SPDX-License-Identifier: MIT */
/*
 * acpi: the static ACPI tables, without an AML interpreter.
 *
 * acpi_init() finds the root table and hands what the tables say to those who need it: CPUs and interrupt controllers
 * (madt.c) to arch/, power-off and reset (fadt.c) to core/power.h, configuration windows (mcfg.c) to pci/. From
 * the DSDT only byte patterns are read: the \_S5 package, and the resources of virtio-mmio devices.
 *
 * Tables are copied to the heap before they are looked at: they lie in memory the direct map need not cover.
 * Source: ACPI specification 6.5, chapter 5.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

/* Header all tables begin with. */
struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem_id[6], oem_table_id[8];
	uint32_t oem_revision, creator_id, creator_revision;
} __packed;

/* Generic address. */
struct acpi_gas {
	uint8_t space, bit_width, bit_offset, access_size;
	uint64_t address;
} __packed;
enum acpi_space { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_IO = 1 };

/* Start-up, thread context, before pci and virtio look for devices. 0, or -ENODEV: no tables. */
int __must_check acpi_init(void);

/* Copy of the first table with this signature, checked; kfree() it. NULL: there is none. May sleep. */
struct acpi_header *acpi_table_get(const char signature[4]);
/* Copy of the table at a physical address; NULL when it is not a table or its sum is wrong. */
struct acpi_header *acpi_table_copy(paddr_t pa);
/* Copy of the DSDT. */
struct acpi_header *acpi_dsdt_get(void);

/* --- Parsers, on tables in memory; also for the unit tests --- */

/* Bytes sum to 0. */
bool acpi_checksum_ok(const void *table, size_t size);
/* Report the MADT's CPUs, I/O APICs and overrides to arch/. Returns the number of usable CPUs. */
unsigned madt_parse(const struct acpi_header *madt);
/* SLP_TYPa and b of \_S5 into typ[2]. 0 or -ENOENT. */
int __must_check dsdt_find_s5(const struct acpi_header *dsdt, uint8_t typ[2]);

/* A virtio-mmio device described in the DSDT (_HID "LNRO0005"). */
struct acpi_virtio_mmio {
	uint32_t base, size, gsi;
	bool edge, low;
};
/* The first such device at or after *offset, which moves on; false: no more. Start with 0. */
bool dsdt_next_virtio_mmio(const struct acpi_header *dsdt, size_t *offset, struct acpi_virtio_mmio *out);

/* One ECAM window of the MCFG. */
struct acpi_ecam {
	uint64_t base;
	uint16_t segment;
	uint8_t first_bus, last_bus;
};
/* Window of segment 0: 0 or -ENOENT. */
int __must_check mcfg_find(const struct acpi_header *mcfg, struct acpi_ecam *out);

/* fadt.c: registers power-off and reset. */
void fadt_init(void);
