/* SPDX-License-Identifier: MIT */
/*
 * disk: the block reader gpt.c and fat.c work on. Stage 2 reads through the BIOS (bios_disk.c),
 * the hosted tests from memory.
 */
#pragma once

#include <stdint.h>

#include "loader/common/load_error.h"

#define SECTOR_SIZE		512U
#define DISK_BUFFER_MIN		64U	/* sectors a disk's buffer holds at least */

struct disk {
	/*
	 * Read count (1..buffer_sectors) sectors from lba on to the buffer's start.
	 * Returns 0 or -LOAD_E_READ.
	 */
	int (*read)(struct disk *disk, uint64_t lba, uint32_t count);
	uint8_t *buffer;
	uint32_t buffer_sectors;
	uint32_t unit;			/* BIOS drive number */
	uint64_t sectors;		/* the disk's size; 0 if unknown */
	void *context;			/* the reader's own */
};
