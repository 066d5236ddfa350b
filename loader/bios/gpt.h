/* SPDX-License-Identifier: MIT */
/* gpt: find a partition by type in a GUID partition table (UEFI specification 2.10, chapter 5). */
#pragma once

#include "loader/bios/disk.h"

struct partition {
	uint64_t first;			/* sector */
	uint64_t sectors;
};

/*
 * The first EFI system partition of the disk. The primary table is used if its checksums hold, else
 * the one at the end of the disk. Returns 0, -LOAD_E_READ, -LOAD_E_GPT or -LOAD_E_NO_ESP.
 * crc32_init() must have been called.
 */
int gpt_find_esp(struct disk *disk, struct partition *esp) __must_check;
