/* SPDX-License-Identifier: MIT */
/*
 * gpt: where things lie on the disk, its partition table, and the boot code outside of partitions.
 *
 *	   0        boot sector (loader's mbr.bin) and protective MBR
 *	   1 MiB    partition 14: BIOS boot, holds stage 2          }  only when there
 *	   2 MiB    partition 15: EFI system partition, FAT         }  is a kernel
 *	   then     partition 1: root, up to 1 MiB before the end
 *	   last 33 sectors  backup of the table
 *
 * Root is number 1 (/dev/vda1) and lies last, so that it can grow with the disk; 14 and 15 are what the cloud
 * images of Debian and Ubuntu use.
 */
#pragma once

#include "imgbuild/identity.h"

#define SECTOR_SIZE	512u
#define PART_TYPE_ROOT	"4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"	/* Linux root, x86-64 */
#define PART_TYPE_ESP	"C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define PART_TYPE_BOOT	"21686148-6449-6E6F-744E-656564454649"	/* BIOS boot */

enum {
	PART_ROOT = 1,
	PART_BOOT = 14,
	PART_ESP = 15,
};

struct area {
	uint64_t offset, size;	/* bytes; size 0: not there */
};

struct layout {
	uint64_t disk_size;
	struct area boot, esp, root;
};

/* Place the partitions. disk_size 0: as large as root_size asks. */
int __must_check layout_make(struct layout *layout, uint64_t disk_size, uint64_t esp_size, uint64_t root_size);

/* Write the table into the file, which has its final size. */
int __must_check gpt_write(const char *path, const struct layout *layout, const struct identity *identity);

/* Put mbr.bin into the boot sector and stage2.bin into its partition, as loader/README.md says. After gpt_write(). */
int __must_check gpt_write_boot(const char *path, const struct layout *layout, const char *mbr, const char *stage2);

/* Are the table and its backup both whole? libfdisk is content with one of them. */
int __must_check gpt_check_copies(const char *path);

/* Read the table back. */
int __must_check gpt_read(const char *path, struct layout *layout);

/* Does the boot sector point to the BIOS boot partition? Only when there is one. */
int __must_check gpt_check_boot(const char *path, const struct layout *layout);
