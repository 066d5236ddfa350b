/* SPDX-License-Identifier: MIT */
/*
 * htree: the way down a folder's hash index, shared by htree.c (look-up) and htree_insert.c.
 */
#pragma once

#include "fs/ext4/ext4.h"
#include "lib/dirhash.h"

/* One level of the way down. Valid while its buffer is held. */
struct ext4_htree_level {
	struct ext4_buf buf;
	struct ext4_disk_dx_entry *entries;
	uint32_t count;			/* entries, the first of which has no key */
	uint32_t limit;
	uint32_t at;			/* the one followed */
};

struct ext4_htree_way {
	struct ext4_htree_level levels[EXT4_DX_LEVELS_MAX];
	unsigned nr;
	unsigned most;			/* levels the volume allows */
	uint32_t hash;			/* of the name looked for */
	uint32_t version;		/* of the hash function */
};

static inline uint32_t ext4_htree_block(const struct ext4_htree_level *level, uint32_t i)
{
	return le32_to_cpu(level->entries[i].block) & EXT4_DX_BLOCK_MASK;
}

/* The level at the bottom, whose entries are leaves. */
static inline struct ext4_htree_level *ext4_htree_last(struct ext4_htree_way *way)
{
	return &way->levels[way->nr - 1];
}

/*
 * Go down to the leaf for a name; *way holds the index blocks until ext4_htree_release(), also after an error.
 * 0, -EFSCORRUPTED, -EIO, -ENOMEM; -EOPNOTSUPP: an index that this code or Linux does not use. May sleep.
 */
int __must_check ext4_htree_open(struct ext4_inode *dir, const char *name, uint32_t len,
				 struct ext4_htree_way *way);
/* The same to the leaf where this hash is, or would be. */
int __must_check ext4_htree_open_hash(struct ext4_inode *dir, uint32_t hash, struct ext4_htree_way *way);
/* Go on to the next leaf: 1, and its key; 0: that was the last; or -errno. */
int __must_check ext4_htree_next(struct ext4_inode *dir, struct ext4_htree_way *way, uint32_t *key);
void ext4_htree_release(struct ext4_htree_way *way);
/* Hash of a name by one of the volume's functions (dx_root's hash_version, unsigned form included). 0 or -EINVAL. */
int __must_check ext4_htree_hash(const struct ext4_fs *fs, uint32_t version, const char *name, uint32_t len,
				 struct dirhash_result *hash);
/* The version that new indexes of this volume use. */
uint32_t ext4_htree_version(const struct ext4_fs *fs, uint32_t disk_version);
