/* SPDX-License-Identifier: MIT */
/*
 * partition: GPT and MBR partition tables.
 *
 * Works on a read function, so that tests and the fuzzer give it plain memory. Nothing in a table is trusted:
 * ranges are checked against the disk, checksums verified, loops of extended partitions bounded.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define PARTITION_MAX	128

/* Field legend: [I] */
struct partition {
	unsigned number;		/* as in the device's name: 1.. */
	uint64_t start, size;		/* bytes */
	char uuid[37];			/* GPT: unique GUID; MBR: "xxxxxxxx-nn"; lower case */
	char label[37];			/* GPT name, ASCII with ? for the rest */
};

struct partition_source {
	/* Read n bytes (sectors) at offset: 0 or -errno. */
	int (*read)(void *arg, uint64_t offset, void *buf, size_t n);
	void *arg;
	uint64_t size;			/* bytes */
	uint32_t sector_size;
};

/*
 * Find the partitions: those of the GPT (primary, else backup) when there is a protective MBR, else the MBR's with its
 * logical ones. `table` takes PARTITION_MAX entries; `work` is PARTITION_WORK bytes of scratch memory. Returns
 * how many, or
 * -errno of reading. 0: no table.
 */
#define PARTITION_WORK	(4096 + PARTITION_MAX * 128)
int __must_check partition_scan(const struct partition_source *src, void *work, struct partition *table);
