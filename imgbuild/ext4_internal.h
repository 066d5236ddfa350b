/* SPDX-License-Identifier: MIT */
/* What ext4.c, ext4_inode.c and ext4_dir.c share. */
#pragma once

#include "imgbuild/ext4.h"

#include <ext2fs/ext2fs.h>

struct ext4_writer {
	ext2_filsys fs;
	const struct spool *spool;
	int64_t time;
	ext2_ino_t next_inode;
	blk64_t goal;		/* where the next block is looked for */
	char *buffer;		/* EXT4_BUFFER_SIZE bytes */
};

enum { EXT4_BUFFER_SIZE = 1 << 20 };

/* A run of blocks of a file that has data. */
struct run {
	uint64_t block;		/* in the file */
	uint64_t count;
};

/* "what: text of the library's error". Always -1. */
int ext4_fail(const char *what, errcode_t error);

/* --- ext4_inode.c --- */

/* Blocks of data and extent tree that this node will take. */
uint64_t ext4_inode_blocks(const struct node *node);

/* Fill in everything of an inode but its blocks. size: i_size. */
void ext4_inode_fill(const struct node *node, uint64_t size, struct ext2_inode_large *inode);
int __must_check ext4_inode_write(struct ext4_writer *writer, const struct node *node,
				  struct ext2_inode_large *inode);

/* Allocate blocks for runs of a file; *first gets the place of each block, in order (caller frees). */
int __must_check ext4_inode_map(struct ext4_writer *writer, const struct node *node, const struct run *runs,
				size_t nr_runs, blk64_t **places);

/* Write a node that is no folder: inode and content. Once per node. */
int __must_check ext4_inode_store(struct ext4_writer *writer, const struct node *node, const char *name);

/* Extended attributes; after everything else of the inode is written. */
int __must_check ext4_inode_store_xattrs(struct ext4_writer *writer, const struct node *node, const char *name);

/* --- ext4_dir.c --- */

/* Blocks a folder will take at most. */
uint64_t ext4_dir_blocks(const struct tree_entry *folder);

/* Write a folder's inode and entries; inode numbers of all entries are given out already. */
int __must_check ext4_dir_store(struct ext4_writer *writer, const struct tree_entry *folder);
