/* SPDX-License-Identifier: MIT */
/*
 * handover: everything that stays behind for the kernel, in one block of pages, and the structure
 * the last assembly steps (enter.inc) read.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "loader/boot_info.h"
#include "loader/common/cmdline.h"
#include "loader/common/idmap.h"

/* Read by enter.inc, which has these offsets by number. */
struct handover {
	uint32_t cr3;
	uint32_t stack;			/* its top */
	uint32_t info;			/* struct boot_info */
	uint32_t entry;
	uint32_t copy_from;		/* whole pages, not overlapping; copy_size 0: nothing */
	uint32_t copy_to;
	uint32_t copy_size;
};

_Static_assert(offsetof(struct handover, cr3) == 0, "enter.inc");
_Static_assert(offsetof(struct handover, stack) == 4, "enter.inc");
_Static_assert(offsetof(struct handover, info) == 8, "enter.inc");
_Static_assert(offsetof(struct handover, entry) == 12, "enter.inc");
_Static_assert(offsetof(struct handover, copy_from) == 16, "enter.inc");
_Static_assert(offsetof(struct handover, copy_to) == 20, "enter.inc");
_Static_assert(offsetof(struct handover, copy_size) == 24, "enter.inc");

/* One BOOT_MEM_BOOTLOADER range, page aligned, below 4 GiB. */
struct handover_block {
	uint64_t tables[IDMAP_PAGES][512];
	uint8_t stack[8192];
	uint8_t trampoline[4096];	/* UEFI: the code that replaces the page tables */
	char cmdline[CMDLINE_MAX + 1];
	struct boot_info info;
	struct handover handover;
} __attribute__((aligned(4096)));

/*
 * Build page tables and fill in block->handover for a kernel at entry. The copy fields are left
 * as they are. The block's address must equal its physical address.
 */
void handover_prepare(struct handover_block *block, uint64_t entry);
