/* SPDX-License-Identifier: MIT */
/*
 * group: what group.c, bitmap.c, balloc.c, ialloc.c and orphan.c share: the groups of a volume mounted for writing.
 *
 * Locking. A group's lock (one of GROUP_LOCKS mutexes, class "ext4_group", two never together) for its descriptor, its
 * bitmaps and its struct ext4_group; inside a handle and inside of an inode's map_sem. count_lock (spin) for the
 * volume's counts. orphan_lock (mutex) outside of the super block's.
 */
#pragma once

#include "fs/ext4/alloc.h"
#include "fs/ext4/log.h"	/* the handle's volume */
#include "lib/list.h"
#include "sync/mutex.h"

#define GROUP_LOCKS	16u

enum ext4_group_part { EXT4_GROUP_BLOCK_BITMAP, EXT4_GROUP_INODE_BITMAP, EXT4_GROUP_INODE_TABLE };
enum ext4_group_counter { EXT4_GROUP_FREE_BLOCKS, EXT4_GROUP_FREE_INODES, EXT4_GROUP_USED_DIRS,
			  EXT4_GROUP_ITABLE_UNUSED };
enum ext4_group_state { EXT4_GROUP_BLOCKS_OK = 1, EXT4_GROUP_INODES_OK = 2, EXT4_GROUP_BAD = 4,
			EXT4_GROUP_TRIMMED = 8 };

/* Field legend: [g] the group's lock; counts are read without it as hints */
struct ext4_group {
	uint32_t free_blocks;		/* [g] */
	uint32_t free_inodes;		/* [g] */
	uint32_t used_dirs;		/* [g] */
	uint32_t state;			/* [g] enum ext4_group_state; TRIMMED: nothing was freed since FITRIM */
	uint32_t nr_busy;		/* [g] */
	unsigned long *busy;		/* [g] freed, but not to be used before the commit; NULL: none */
};

/* Field legend: [I] immutable while open, [c] count_lock, [o] orphan_lock, [a] atomic */
struct ext4_alloc {
	struct mutex locks[GROUP_LOCKS];
	struct ext4_group *groups;	/* [I] nr_groups */
	struct spinlock count_lock;
	int64_t free_blocks;		/* [c] clear bits in bitmaps; those freed but busy among them */
	int64_t busy_blocks;		/* [c] */
	int64_t delayed_blocks;		/* [c] promised to dirty pages */
	int64_t free_inodes;		/* [c] */
	int64_t root_blocks;		/* [I] reserved for the super user */
	int64_t pool_blocks;		/* [I] kept for meta data of what was promised */
	struct list_head freed;		/* [c] struct freed, oldest first */
	struct mutex orphan_lock;
	struct list_head orphans;	/* [o] ext4_inode.orphan, in the disk's order */
	uint32_t next_group;		/* [a] where folders below the root are spread from */
};

static inline struct mutex *ext4_group_lock(struct ext4_fs *fs, uint32_t group)
{
	return &fs->alloc->locks[group % GROUP_LOCKS];
}

static inline uint64_t ext4_group_first(const struct ext4_fs *fs, uint32_t group)
{
	return fs->first_block + (uint64_t)group * le32_to_cpu(fs->disk.s_blocks_per_group);
}

static inline bool ext4_has_group_csum(const struct ext4_fs *fs)
{
	return fs->ro_compat & (EXT4_RO_GDT_CSUM | EXT4_RO_METADATA_CSUM);
}

/* --- group.c --- */

/* A group's descriptor while buf is held. 0 or -errno. May sleep. */
int __must_check ext4_group_get(struct ext4_fs *fs, uint32_t group, struct ext4_buf *buf,
				struct ext4_disk_group **desc);
/* Changed under the group's lock, after ext4_journal_get_write(): checksum, and into the transaction. */
int __must_check ext4_group_dirty(struct ext4_handle *h, uint32_t group, struct ext4_buf *buf,
				  struct ext4_disk_group *desc);
uint64_t ext4_group_block(const struct ext4_fs *fs, const struct ext4_disk_group *desc, enum ext4_group_part part);
uint32_t ext4_group_count(const struct ext4_fs *fs, const struct ext4_disk_group *desc,
			  enum ext4_group_counter which);
void ext4_group_set_count(const struct ext4_fs *fs, struct ext4_disk_group *desc, enum ext4_group_counter which,
			  uint32_t value);
/* Blocks in this group (the last one is smaller). */
uint32_t ext4_group_blocks(const struct ext4_fs *fs, uint32_t group);
/* Blocks at the group's start with copies of superblock and descriptors, and room for these to grow. */
uint32_t ext4_group_base_meta(const struct ext4_fs *fs, uint32_t group);
/* Blocks of a group's inode table. */
uint32_t ext4_table_blocks(const struct ext4_fs *fs);

/* --- bitmap.c --- */

/* A group's descriptor and one of its bitmaps, to be changed in h. */
struct ext4_bitmap {
	uint32_t group;
	enum ext4_group_part part;
	struct ext4_disk_group *desc;
	unsigned long *map;
	struct ext4_buf desc_buf, buf;
};

/*
 * Open for looking: the bitmap is verified, or made when the descriptor says that it was never used; then it is
 * changed already, in h. The group's lock is held; ext4_bitmap_close() in any case of success. 0 or -errno.
 */
int __must_check ext4_bitmap_open(struct ext4_handle *h, uint32_t group, enum ext4_group_part part,
				  struct ext4_bitmap *b);
/* It will be changed. */
int __must_check ext4_bitmap_get_write(struct ext4_handle *h, struct ext4_bitmap *b);
/* Each of these bits, and no other, was flipped, or the descriptor was changed: checksums. count is not 0. */
int __must_check ext4_bitmap_flipped(struct ext4_handle *h, struct ext4_bitmap *b, uint32_t first, uint32_t count);
void ext4_bitmap_close(struct ext4_bitmap *b);

/* --- balloc.c --- */

enum ext4_alloc_flags { EXT4_ALLOC_META = 1, EXT4_ALLOC_DELAYED = 2 /* promised before */, EXT4_ALLOC_ROOT = 4 };

struct ext4_request {
	struct ext4_inode *inode;
	uint64_t goal;			/* 0: near the inode */
	uint32_t count;			/* in: wanted; out: got */
	uint64_t block;			/* out */
	unsigned flags;			/* enum ext4_alloc_flags */
};
/* One run of blocks, at least one. 0, -ENOSPC, -EIO... Counts in inode->blocks; the caller writes the inode. */
int __must_check ext4_balloc(struct ext4_handle *h, struct ext4_request *req);
/* Promise n blocks to dirty pages. 0 or -ENOSPC. Any context that may spin. */
int __must_check ext4_delayed_reserve(struct ext4_fs *fs, uint32_t n, bool root);
void ext4_delayed_release(struct ext4_fs *fs, uint32_t n);
/* There was no room: is there after a commit? Then it was done. No handle and no page lock is held. May sleep. */
bool ext4_retry_alloc(struct ext4_fs *fs);

/* --- ialloc.c --- */

/* The object is gone: its number may be used again. Handle with 4 blocks. */
int __must_check ext4_inode_free(struct ext4_handle *h, struct ext4_inode *inode);
