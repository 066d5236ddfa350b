/* SPDX-License-Identifier: MIT */
/*
 * fat: read files from the root directory of a FAT12, FAT16 or FAT32 volume.
 *
 * Short names only, as they lie on disk: eleven characters, "CORACLE KRN". Everything on the volume
 * is untrusted. One volume, one reader, single threaded.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "loader/bios/disk.h"
#include "loader/bios/gpt.h"

#define FAT_WINDOW_SECTORS	16U
#define FAT_NAME_SIZE		11

enum fat_kind { FAT12, FAT16, FAT32 };

struct fat {
	struct disk *disk;
	uint64_t start;			/* volume's first sector on the disk; [I] like all but window */
	uint64_t fat_lba;		/* first copy of the table */
	uint64_t data_lba;		/* cluster 2 */
	uint64_t root_lba;		/* FAT12, FAT16: fixed root directory */
	uint32_t root_sectors;
	uint32_t root_cluster;		/* FAT32 */
	uint32_t fat_sectors;
	uint32_t cluster_sectors;
	uint32_t nr_clusters;		/* valid numbers are 2 .. nr_clusters + 1 */
	enum fat_kind kind;
	uint32_t window_first;		/* sector of the table that window begins with */
	uint32_t window_sectors;	/* 0: nothing in it yet */
	uint8_t window[FAT_WINDOW_SECTORS * SECTOR_SIZE];
};

struct fat_file {
	uint32_t cluster;
	uint32_t size;			/* bytes */
};

/* Receives a file's bytes in order. Returns 0, or an error that ends the reading. */
typedef int fat_sink(void *context, const void *data, size_t size);

/* Open the volume in this partition. Returns 0, -LOAD_E_READ or -LOAD_E_FAT. */
int fat_mount(struct fat *fat, struct disk *disk, const struct partition *where) __must_check;

/* Look a name up. Returns 0, -LOAD_E_NO_FILE, -LOAD_E_READ or -LOAD_E_FAT_CHAIN. */
int fat_find(struct fat *fat, const char name[FAT_NAME_SIZE], struct fat_file *file) __must_check;

/*
 * Read a whole file into sink, in pieces as large as the disk's buffer and the file's
 * fragmentation allow. Returns 0, -LOAD_E_READ, -LOAD_E_FAT_CHAIN or what sink returned.
 */
int fat_read(struct fat *fat, const struct fat_file *file, fat_sink *sink,
	     void *context) __must_check;
