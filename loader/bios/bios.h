/* SPDX-License-Identifier: MIT */
/*
 * bios: what the C code of stage 2 gets from the BIOS, and the map of low memory it works in.
 *
 * Stage 2 is one thread, interrupts off but inside bios_call(). Pointers are physical addresses.
 */
#pragma once

#include <stdint.h>

#include "loader/bios/disk.h"
#include "loader/boot_info.h"
#include "loader/common/memmap.h"

/* Low memory, also drawn in loader/README.md. stage2.lds keeps stage 2 below DISK_BUFFER. */
#define DISK_BUFFER		0x20000U	/* 64 KiB, aligned to 64 KiB */
#define DISK_BUFFER_SECTORS	127U		/* the most every BIOS reads at once */
#define HANDOVER_BLOCK		0x30000U	/* struct handover_block */
#define LOW_MEMORY_NEEDED	0x40000U

/* Register image of a BIOS call. stage2.asm has the offsets by number. */
struct bios_regs {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
	uint16_t ds, es, flags;
} __attribute__((packed));

#define FLAG_CARRY		0x0001U

/* Execute software interrupt `vector` in real mode with these registers; they come back changed. */
void bios_call(struct bios_regs *regs, uint32_t vector);

/* Leave for the kernel (enter.inc). */
struct handover;
_Noreturn void enter_kernel(const struct handover *handover);

/*
 * Report on the screen and on COM1 and halt for ever. subject: the file or thing it is about, or
 * NULL. error: as the functions return it.
 */
_Noreturn void console_fail(const char *subject, int error);

/* Open the A20 gate if it is not open. Returns 0 or -LOAD_E_A20. */
int memory_open_a20(void) __must_check;

/* Is there conventional memory up to LOW_MEMORY_NEEDED? Returns 0 or -LOAD_E_LOW_MEMORY. */
int memory_check_low(void) __must_check;

/* Append the BIOS's E820 map and resolve. Returns 0 or -LOAD_E_MEMORY_MAP. */
int memory_read_map(struct memmap *map) __must_check;

/* The ACPI root pointer from the BIOS area, 0 if there is none. */
uint64_t memory_find_rsdp(void);

/*
 * Make *disk the BIOS drive: its buffer is DISK_BUFFER.
 * Returns 0, -LOAD_E_DISK_EXTENSIONS or -LOAD_E_SECTOR_SIZE.
 */
int bios_disk_open(struct disk *disk, uint8_t drive) __must_check;
