/* SPDX-License-Identifier: MIT */
/*
 * ext4: a tree becomes an ext4 file system inside a file.
 *
 * The features are those of Debian 12's `mke2fs -t ext4`: has_journal, extent, 64bit, metadata_csum, flex_bg,
 * dir_index, huge_file, dir_nlink, extra_isize, resize_inode, sparse_super, large_file, filetype, ext_attr;
 * 4 KiB blocks, 256-byte inodes. The file must read as zeros where the file system will lie: inode tables and the
 * journal are not written, so the image stays sparse.
 */
#pragma once

#include "imgbuild/tree.h"

#define EXT4_BLOCK_SIZE		4096u

struct ext4_plan {
	uint64_t size;		/* of the file system in bytes; 0: what ext4_plan() finds fitting */
	uint64_t nr_inodes;
	uint64_t nr_blocks;	/* that contents, folders and attributes need */
};

struct ext4_target {
	const char *path;	/* existing file */
	uint64_t offset;	/* of the file system in it */
	const char *label;	/* NULL: none */
	uint8_t uuid[16];
	uint8_t hash_seed[16];
	int64_t time;		/* of creation */
};

/*
 * How much room the finished tree needs. With plan->size 0 a size is chosen: content, half as much again, at
 * least 64 MiB to spare. With a size given, only counts.
 */
int __must_check ext4_plan(const struct tree *tree, struct ext4_plan *plan);

/* Write the tree. */
int __must_check ext4_write(const struct ext4_target *target, const struct ext4_plan *plan, const struct tree *tree,
			    const struct spool *spool);
