/* SPDX-License-Identifier: MIT */
/*
 * map: what the files that change a file's blocks share. The map's lock is map_sem (rwsem, class "ext4_map_sem"):
 * inside a handle, outside of group locks. Functions below need it for writing unless they say otherwise, and leave
 * the inode to be written by the caller.
 */
#pragma once

#include "fs/ext4/group.h"

/* Blocks one step may change: a way down and splits on it, new blocks' bitmaps and descriptors, inode, super block. */
#define EXT4_MAP_CREDITS	24u
#define EXT4_REVOKE_STEP	1024u	/* blocks of a file with journalled data freed in one step */
#define EXT4_EXTENT_UNWRITTEN_MAX	(EXT4_EXTENT_INIT_MAX - 1)

/* One level of the way to a block. */
struct ext4_level {
	struct ext4_disk_extent_header *header;
	int at;				/* entry; -1: before the first (leaf only) */
	struct ext4_buf buf;		/* page NULL: the root, in the inode */
};

struct ext4_path {
	unsigned depth;
	struct ext4_level level[EXT4_EXTENT_DEPTH_MAX + 1];
};

/* An extent as the code has it. */
struct ext4_extent {
	uint32_t first, count;
	uint64_t block;
	bool unwritten;
};

static inline struct ext4_disk_extent *ext4_leaf_entry(const struct ext4_level *level, int i)
{
	return (struct ext4_disk_extent *)(level->header + 1) + i;
}

static inline struct ext4_disk_extent_idx *ext4_index_entry(const struct ext4_level *level, int i)
{
	return (struct ext4_disk_extent_idx *)(level->header + 1) + i;
}

static inline int ext4_entries(const struct ext4_level *level)
{
	return le16_to_cpu(level->header->eh_entries);
}

static inline uint64_t ext4_index_block(const struct ext4_disk_extent_idx *index)
{
	return le32_to_cpu(index->ei_leaf_lo) | (uint64_t)le16_to_cpu(index->ei_leaf_hi) << 32;
}

/* --- extent_path.c --- */

/* The way to block; ext4_path_put() in any case. 0 or -errno. */
int __must_check ext4_path_find(struct ext4_inode *inode, uint32_t block, struct ext4_path *path);
void ext4_path_put(struct ext4_path *path);
void ext4_extent_decode(const struct ext4_disk_extent *disk, struct ext4_extent *out);
void ext4_extent_encode(struct ext4_disk_extent *disk, const struct ext4_extent *e);
/* Before and after a change of the node at level i. */
int __must_check ext4_level_get_write(struct ext4_handle *h, struct ext4_path *path, unsigned i);
int __must_check ext4_level_dirty(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path,
				  unsigned i);
/* The same for the whole way: what then changes does not fail half-way for want of memory. */
int __must_check ext4_path_get_write(struct ext4_handle *h, struct ext4_path *path);
/* The leaf's first key changed: say so above. */
int __must_check ext4_path_fix_keys(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path);
/* The leaf of this path is full: make room somewhere on the way. The path is void afterwards. */
int __must_check ext4_path_make_room(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path,
				     uint32_t block);
/* Take entry `at` out of the leaf, empty nodes out of the tree. */
int __must_check ext4_path_remove(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path);

/* --- extent_change.c --- */

/* Enter an extent where there is a hole, joined with its neighbours if they continue each other. */
int __must_check ext4_extent_insert(struct ext4_handle *h, struct ext4_inode *inode, const struct ext4_extent *e);
/* All of [first, first + count) is in extents: mark it written, or not. */
int __must_check ext4_extent_convert(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, uint32_t count,
				     bool unwritten);
/*
 * Free the last extent, or the last part of one, that lies in [first, last]. 1: there may be more; 0: nothing is left;
 * -errno.
 */
int __must_check ext4_extent_remove_last(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first,
					 uint32_t last);
/* No extent spans the border before `block` any more. */
int __must_check ext4_extent_split_at(struct ext4_handle *h, struct ext4_inode *inode, uint32_t block);
/*
 * Move the extents at and behind `from` by delta blocks, one leaf at a time. *pos: from at first when delta < 0, else
 * UINT32_MAX. 1: go on with *pos; 0: done; -errno.
 */
int __must_check ext4_extent_shift(struct ext4_handle *h, struct ext4_inode *inode, uint32_t from, uint32_t *pos,
				   int64_t delta);

/* --- indirect_change.c --- */

/* Enter `count` blocks from `block` on for file blocks from `first` on; *done: how many were (all in one table). */
int __must_check ext4_indirect_insert(struct ext4_handle *h, struct ext4_inode *inode, const struct ext4_extent *e,
				      uint32_t *done);
/* How many blocks from `first` on have their numbers in one table. Any lock. */
uint32_t ext4_indirect_room(struct ext4_inode *inode, uint32_t first);
/* Free some of [first, last], one table at a time. 1: there may be more; 0: nothing is left; -errno. */
int __must_check ext4_indirect_remove(struct ext4_handle *h, struct ext4_inode *inode, uint32_t *first,
				      uint32_t last);

/* --- map.c --- */

/* The run remembered is no longer right. */
void ext4_map_forget(struct ext4_inode *inode);
/* As ext4_map_create_locked(), but what is written becomes unwritten, and holes unwritten blocks. */
int __must_check ext4_map_unwrite_locked(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first,
					 struct ext4_run *run);
/* Bytes of the largest file that the inode's map can tell: a block map ends before an extent tree does. */
loff_t ext4_map_limit(const struct ext4_inode *inode);
/* Does the inode have a map of blocks (and not a link's text, data, a device number)? */
bool ext4_has_map(const struct ext4_inode *inode);
/*
 * Free the blocks [first, last] of the file, in as many transactions as it takes: the caller has the inode on the
 * orphan list, or does not mind. Takes map_sem. The inode is dirty in the last one. 0 or -errno. May sleep.
 */
int __must_check ext4_map_remove(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, uint32_t last);
/* The handle can change n more blocks, in this transaction or in another. map_sem is not held. */
int __must_check ext4_map_credits(struct ext4_handle *h, struct ext4_inode *inode, unsigned n);
