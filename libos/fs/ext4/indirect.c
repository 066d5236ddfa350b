/* SPDX-License-Identifier: MIT */
/*
 * indirect: the block map of ext2 and ext3, which ext4 still reads: 12 blocks named in the inode, then one, two
 * and three levels of blocks full of block numbers. 0 is a hole, at each level.
 */
#include "fs/ext4/ext4.h"

#define LEVELS_MAX	3

/* The way to a block: its index at each level, from the inode's table down. Returns how many, 0 for too far. */
static unsigned find_path(const struct ext4_fs *fs, uint64_t block, uint32_t path[LEVELS_MAX + 1])
{
	uint32_t bits = fs->block_bits - 2, mask = (1u << bits) - 1;
	uint64_t span = 1;

	if (block < EXT4_DIRECT_BLOCKS) {
		path[0] = (uint32_t)block;
		return 1;
	}
	block -= EXT4_DIRECT_BLOCKS;
	for (unsigned level = 1; level <= LEVELS_MAX; level++) {
		span <<= bits;
		if (block < span) {
			path[0] = EXT4_DIRECT_BLOCKS + level - 1;
			for (unsigned i = level; i >= 1; i--, block >>= bits)
				path[i] = (uint32_t)block & mask;
			return level + 1;
		}
		block -= span;
	}
	return 0;
}

/* Neighbours in one table that go on with the run: the next numbers, or more holes. */
static uint32_t count_run(const uint32_t *table, uint32_t entries, uint32_t max)
{
	uint32_t first = le32_to_cpu(table[0]), count = 1;

	while (count < entries && count < max && le32_to_cpu(table[count]) == (first ? first + count : 0))
		count++;
	return count;
}

/* A missing table at a level of the path is a hole of as many blocks as it would name, from here on. */
static uint32_t hole_size(const struct ext4_fs *fs, const uint32_t *path, unsigned level, unsigned levels)
{
	uint32_t bits = fs->block_bits - 2;
	uint64_t span = 1, inside = 0;

	for (unsigned i = levels - 1; i > level; i--) {
		inside += path[i] * span;
		span <<= bits;
	}
	return (uint32_t)min(span - inside, (uint64_t)UINT32_MAX);
}

int ext4_indirect_map(struct ext4_inode *inode, uint32_t first, uint32_t max, struct ext4_run *run)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	struct ext4_buf buf = { .page = NULL };
	const uint32_t *table = inode->data;
	uint32_t path[LEVELS_MAX + 1], entries = EXT4_DIRECT_BLOCKS;
	unsigned levels = find_path(fs, first, path);
	int err = 0;

	run->unwritten = 0;
	if (!levels)
		return ext4_corrupt(fs, "inode %llu: block %u is beyond the map", (unsigned long long)inode->vfs.ino,
				    first);
	for (unsigned level = 0; !err; level++) {
		uint64_t block = le32_to_cpu(table[path[level]]);

		if (level == levels - 1) {
			run->block = block;
			run->count = count_run(table + path[level], entries - path[level], max);
			if (block && !ext4_block_valid(fs, block, run->count))
				err = ext4_corrupt(fs, "inode %llu: block outside of the volume",
						   (unsigned long long)inode->vfs.ino);
			break;
		}
		if (!block) {
			run->block = 0;
			run->count = min(hole_size(fs, path, level, levels), max);
			break;
		}
		ext4_buf_put(&buf);
		err = ext4_block_valid(fs, block, 1) ? ext4_buf_get(fs, block, &buf) :
			ext4_corrupt(fs, "inode %llu: map outside of the volume", (unsigned long long)inode->vfs.ino);
		table = buf.data;
		entries = fs->block_size / sizeof(*table);
	}
	ext4_buf_put(&buf);
	return err;
}
