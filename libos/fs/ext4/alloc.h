/* SPDX-License-Identifier: MIT */
/*
 * alloc: what changes inodes and blocks: made, mapped, written, freed. All in a handle of the journal, all may sleep.
 */
#pragma once

#include "fs/ext4/ext4.h"
#include "fs/ext4/journal.h"

struct cred;
struct kstat;

/*
 * A new inode in or near dir: owner and mode set, an empty map of blocks, on disk in this handle, with one link (a
 * folder: two), without a name. I_NEW. 0, -ENOSPC, -EIO, -EFSCORRUPTED, -ENOMEM, -EROFS.
 */
int __must_check ext4_inode_new(struct ext4_handle *h, struct inode *dir, uint32_t mode, const struct cred *cred,
				struct inode **out);
/* Write what struct inode and struct ext4_inode say to the inode's table block. 0 or -errno. */
int __must_check ext4_inode_dirty(struct ext4_handle *h, struct inode *inode);
/*
 * Before what belongs to the inode changes: ext4_inode_dirty() in this handle then needs no memory, and does not fail
 * for want of it half-way. 0 or -errno.
 */
int __must_check ext4_inode_get_write(struct ext4_handle *h, struct inode *inode);
/*
 * fsync and fdatasync wait for the handle's transaction from now on. Called before what they look at says that it is
 * done (a page clean, a block placed, disksize): they take no lock. Never sleeps.
 */
void ext4_sync_with(const struct ext4_handle *h, struct ext4_inode *inode);
/* The size on disk is at least `end` (never more than the file's); ext4_inode_dirty() follows in the same handle. */
void ext4_disksize_reach(const struct ext4_handle *h, struct ext4_inode *inode, loff_t end);
/*
 * The same in a handle of its own that data waiting goes before: for a size that no new block's handle takes along; the
 * times, too. 0 or -errno. May sleep.
 */
int __must_check ext4_disksize_write(struct ext4_inode *inode, loff_t end);
/* The file's size, in memory and on disk: a truncation. The same. */
void ext4_size_set(const struct ext4_handle *h, struct ext4_inode *inode, loff_t size);
/* The list of inodes that are freed by the next mount if nobody did before. 0 or -errno. */
int __must_check ext4_orphan_prepare(struct ext4_handle *h, struct inode *inode);	/* it then needs no memory */
int __must_check ext4_orphan_add(struct ext4_handle *h, struct inode *inode);
int __must_check ext4_orphan_del(struct ext4_handle *h, struct inode *inode);

enum ext4_map_flags {
	EXT4_MAP_UNWRITTEN = 1,		/* reads as zero until it is written */
	EXT4_MAP_META = 2,		/* of folders and symbolic links: journalled */
	EXT4_MAP_DELALLOC = 4,		/* space was reserved when the page was written */
	EXT4_MAP_ROOT = 8,		/* may use the blocks reserved for the super user */
};
/*
 * Where block `first` of a file lies, and how many of the at most `max` from there go on alike; allocated when there is
 * none yet. 0, -ENOSPC, -EFBIG, -errno.
 */
int __must_check ext4_map_create(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, uint32_t max,
				 unsigned flags, struct ext4_run *run);
/* The same with map_sem held for writing; run->count: max. The caller writes the inode. */
int __must_check ext4_map_create_locked(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, unsigned flags,
					struct ext4_run *run);
/* In memory: the inode has a map without blocks, extents where the volume has them. */
void ext4_map_init(struct ext4_inode *inode);
/* *count blocks in a row or fewer, near goal; st_blocks follows. 0, -ENOSPC, -errno. */
int __must_check ext4_blocks_alloc(struct ext4_handle *h, struct ext4_inode *inode, uint64_t goal, uint32_t *count,
				   uint64_t *block);
/* Give blocks back; meta: they were journalled. st_blocks follows. 0 or -errno. */
int __must_check ext4_blocks_free(struct ext4_handle *h, struct ext4_inode *inode, uint64_t block, uint64_t count,
				  bool meta);
/* Make a file shorter or longer. inode->lock is held for writing, no handle. 0 or -errno. */
int __must_check ext4_setsize(struct inode *inode, loff_t size);

/* --- Mounting for writing --- */

/* Read and check the groups' counts, after replay and before the journal is opened: it calls back. 0 or -errno. */
int __must_check ext4_alloc_open(struct ext4_fs *fs);
/* When the last handle is stopped. */
void ext4_alloc_close(struct ext4_fs *fs);
/* Free, or cut, what the orphan list names. After ext4_alloc_open(). */
void ext4_orphan_cleanup(struct ext4_fs *fs);
/* The inode leaves memory; on disk the list stays as it is. */
void ext4_orphan_forget(struct ext4_inode *inode);
/* Free blocks, those of them that not only the super user may use, and inodes. */
struct ext4_counts {
	uint64_t blocks, available, inodes;
};
void ext4_alloc_counts(struct ext4_fs *fs, struct ext4_counts *out);
/* The counts into the super block, if the volume is mounted for writing. */
void ext4_alloc_super(struct ext4_fs *fs, struct ext4_disk_super *disk);

/* --- For the tables of operations --- */

/* Locks and lists of a fresh inode. */
void ext4_inode_init(struct ext4_inode *inode);
void ext4_dirty_inode(struct inode *inode, unsigned what);
/* Dirty pages of a file without a name are about to be dropped. May sleep. */
void ext4_evict_pages(struct inode *inode);
void ext4_evict_inode(struct inode *inode);
/* super_ops.may_drop */
bool ext4_may_drop_inode(const struct inode *inode);
/* Write the inode in a handle of its own. 0 or -errno. */
int __must_check ext4_inode_write(struct inode *inode);
/* By the commit: see struct ext4_journal_ops. */
int ext4_write_ordered(struct ext4_inode *inode);
