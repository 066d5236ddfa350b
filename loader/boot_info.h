/* SPDX-License-Identifier: MIT */
/*
 * boot_info: the one structure that whatever started the kernel hands over.
 *
 * Producers: the BIOS second stage, the UEFI application, and the kernel's own PVH entry, which
 * translates `struct hvm_start_info` into this. Consumer: arch-x86_64/boot, once, before memory
 * management is up. The kernel never looks at a boot protocol's own structures after that.
 *
 * All addresses are physical and below 4 GiB for everything the producer allocated. All integers are
 * little endian. The structure, its strings and its tables lie in memory that the map marks
 * BOOT_MEM_BOOTLOADER (or that the kernel image covers), which the kernel frees after start-up.
 * The kernel image and the initrd lie in BOOT_MEM_USABLE memory: the kernel keeps its allocator off
 * [kernel_start, kernel_end) and [initrd, initrd + initrd_size). The initrd begins on a page.
 *
 * Entry state for the 64-bit payload entry: long mode, paging on, the first 4 GiB identity mapped
 * (writable, executable; 4-level tables), interrupts off, CLD, flat 64-bit CS, valid stack of
 * >= 4 KiB aligned as after a call, CR4 = PAE, RDI = physical address of struct boot_info. There is
 * no usable IDT. The kernel installs its own GDT, IDT and page tables.
 * The payload's segments are already at their physical addresses (p_paddr), BSS zeroed.
 */
#pragma once

#include <stdint.h>

#define BOOT_INFO_MAGIC		0x3145544c4341524fULL	/* checked on entry; also tells versions apart */
#define BOOT_MEM_MAX		128

enum boot_mem_type {
	BOOT_MEM_USABLE = 1,		/* free RAM */
	BOOT_MEM_RESERVED = 2,		/* not RAM, or the firmware's for ever */
	BOOT_MEM_ACPI_RECLAIM = 3,	/* RAM holding ACPI tables */
	BOOT_MEM_ACPI_NVS = 4,		/* the firmware's for ever */
	BOOT_MEM_BAD = 5,		/* broken RAM */
	BOOT_MEM_BOOTLOADER = 6,	/* RAM used by the loader; free once boot_info was read */
};

struct boot_mem_range {
	uint64_t base;			/* bytes; page alignment is not promised */
	uint64_t size;			/* bytes */
	uint32_t type;			/* enum boot_mem_type */
	uint32_t pad;
};

enum boot_source {
	BOOT_SOURCE_PVH = 1,
	BOOT_SOURCE_BIOS = 2,
	BOOT_SOURCE_UEFI = 3,
};

struct boot_info {
	uint64_t magic;			/* BOOT_INFO_MAGIC */
	uint32_t source;		/* enum boot_source */
	uint32_t nr_mem;		/* valid entries of mem[]: sorted by base, not overlapping */
	uint64_t cmdline;		/* NUL-terminated; 0 if none */
	uint64_t initrd;		/* first byte; 0 if none */
	uint64_t initrd_size;		/* bytes */
	uint64_t rsdp;			/* ACPI root pointer; 0: the kernel looks in the BIOS area */
	uint64_t kernel_start;		/* physical range the kernel image covers, BSS included */
	uint64_t kernel_end;
	uint64_t efi_system_table;	/* 0 unless BOOT_SOURCE_UEFI */
	struct boot_mem_range mem[BOOT_MEM_MAX];
};

/*
 * The payload file: what loader/payload writes and both loaders read from the FAT partition as
 * /CORACLE.KRN. A header, `nr_segments` segment records, then the segments' file bytes, each at its
 * `offset`. `crc32c` covers the whole file with that field taken as 0.
 */
#define PAYLOAD_MAGIC		0x4c5241434f59414cULL
#define PAYLOAD_VERSION		1
#define PAYLOAD_SEGMENTS_MAX	16

struct payload_segment {
	uint64_t paddr;			/* where it goes; 4 KiB aligned */
	uint64_t offset;		/* in the file; 4 KiB aligned */
	uint64_t file_size;		/* bytes to copy */
	uint64_t mem_size;		/* bytes to own; the rest is zeroed */
};

struct payload_header {
	uint64_t magic;			/* PAYLOAD_MAGIC */
	uint32_t version;		/* PAYLOAD_VERSION */
	uint32_t crc32c;		/* Castagnoli, of file_size bytes */
	uint64_t file_size;		/* bytes of the whole payload file */
	uint64_t entry;			/* physical address of the 64-bit entry point */
	uint32_t nr_segments;
	uint32_t pad;
	struct payload_segment segment[PAYLOAD_SEGMENTS_MAX];
};
