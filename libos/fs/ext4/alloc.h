/* SPDX-License-Identifier: MIT */
/*
 * alloc: what changes inodes and blocks: made, mapped, written, freed. All in a handle of the journal, all may sleep.
 */
#pragma once

#include "fs/ext4/ext4.h"
#include "fs/ext4/journal.h"

struct cred;

/*
 * A new inode in or near dir: owner and mode set, an empty map of blocks, on disk in this handle, with one link (a
 * folder: two), without a name. I_NEW. 0, -ENOSPC, -EIO, -EFSCORRUPTED, -ENOMEM, -EROFS.
 */
int __must_check ext4_inode_new(struct ext4_handle *h, struct inode *dir, uint32_t mode, const struct cred *cred,
				struct inode **out);
/* Write what struct inode and struct ext4_inode say to the inode's table block. 0 or -errno. */
int __must_check ext4_inode_dirty(struct ext4_handle *h, struct inode *inode);
/* The list of inodes that are freed by the next mount if nobody did before. 0 or -errno. */
int __must_check ext4_orphan_add(struct ext4_handle *h, struct inode *inode);
int __must_check ext4_orphan_del(struct ext4_handle *h, struct inode *inode);

enum ext4_map_flags {
	EXT4_MAP_UNWRITTEN = 1,		/* reads as zero until it is written */
	EXT4_MAP_META = 2,		/* of folders and symbolic links: journalled */
	EXT4_MAP_DELALLOC = 4,		/* space was reserved when the page was written */
};
/*
 * Where block `first` of a file lies, and how many of the at most `max` from there go on alike; allocated when there is
 * none yet. 0, -ENOSPC, -EFBIG, -errno.
 */
int __must_check ext4_map_create(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, uint32_t max,
				 unsigned flags, struct ext4_run *run);
/* *count blocks in a row or fewer, near goal; st_blocks follows. 0, -ENOSPC, -errno. */
int __must_check ext4_blocks_alloc(struct ext4_handle *h, struct ext4_inode *inode, uint64_t goal, uint32_t *count,
				   uint64_t *block);
/* Give blocks back; meta: they were journalled. st_blocks follows. 0 or -errno. */
int __must_check ext4_blocks_free(struct ext4_handle *h, struct ext4_inode *inode, uint64_t block, uint64_t count,
				  bool meta);
/* Make a file shorter or longer. inode->lock is held for writing, no handle. 0 or -errno. */
int __must_check ext4_setsize(struct inode *inode, loff_t size);
