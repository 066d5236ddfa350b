/* SPDX-License-Identifier: MIT */
/*
 * indirect_change: the block map of ext2 and ext3, changed: tables made on the way to a new block, and freed when the
 * last number in them goes. indirect.c has the layout.
 */
#include "fs/ext4/map.h"
#include "fs/ext4/log.h"

#include "lib/string.h"

#define LEVELS_MAX	3

/* The tables on the way to a block. */
struct way {
	unsigned levels;			/* tables, the inode's own included */
	uint32_t index[LEVELS_MAX + 1];		/* into each */
	uint32_t *table[LEVELS_MAX + 1];
	struct ext4_buf buf[LEVELS_MAX + 1];	/* [0] is not used */
};

static int plan(struct ext4_inode *inode, uint64_t block, struct way *way)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	uint32_t bits = fs->block_bits - 2, mask = (1u << bits) - 1;
	uint64_t span = 1;

	memset(way, 0, sizeof(*way));
	way->table[0] = inode->data;
	way->levels = 1;
	way->index[0] = (uint32_t)block;
	if (block < EXT4_DIRECT_BLOCKS)
		return 0;
	block -= EXT4_DIRECT_BLOCKS;
	for (unsigned level = 1; level <= LEVELS_MAX; level++) {
		span <<= bits;
		if (block < span) {
			way->levels = level + 1;
			way->index[0] = EXT4_DIRECT_BLOCKS + level - 1;
			for (unsigned i = level; i >= 1; i--, block >>= bits)
				way->index[i] = (uint32_t)block & mask;
			return 0;
		}
		block -= span;
	}
	return -EFBIG;
}

static void put_way(struct way *way)
{
	for (unsigned i = 1; i < way->levels; i++)
		ext4_buf_put(&way->buf[i]);
}

/* Open the table named at level i. 1: it is there; 0: it is missing; -errno. */
static int open_table(struct ext4_inode *inode, struct way *way, unsigned i)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	uint64_t block = le32_to_cpu(way->table[i][way->index[i]]);
	int err;

	if (!block)
		return 0;
	if (!ext4_block_valid(fs, block, 1))
		return ext4_corrupt(fs, "inode %llu: map outside of the volume", (unsigned long long)inode->vfs.ino);
	err = ext4_buf_get(fs, block, &way->buf[i + 1]);
	way->table[i + 1] = way->buf[i + 1].data;
	return err ? err : 1;
}

static int get_write(struct ext4_handle *h, struct way *way, unsigned i)
{
	return i ? ext4_journal_get_write(h, &way->buf[i]) : 0;
}

static int dirty(struct ext4_handle *h, struct way *way, unsigned i)
{
	return i ? ext4_journal_dirty(h, &way->buf[i]) : 0;
}

/* A missing table: made, and named in the one above. */
static int make_table(struct ext4_handle *h, struct ext4_inode *inode, struct way *way, unsigned i, uint64_t goal)
{
	struct ext4_request req = { .inode = inode, .goal = goal, .count = 1, .flags = EXT4_ALLOC_META };
	int err = get_write(h, way, i);

	if (!err)
		err = ext4_balloc(h, &req);
	if (err)
		return err;
	if (req.block + req.count > UINT32_MAX)
		err = -EFBIG;
	else
		err = ext4_journal_get_new(h, req.block, &way->buf[i + 1]);
	if (!err)
		err = ext4_journal_dirty(h, &way->buf[i + 1]);
	if (err) {
		ignore_result(ext4_blocks_free(h, inode, req.block, 1, /*meta=*/true));	/* the first error counts */
		return err;
	}
	way->table[i + 1] = way->buf[i + 1].data;
	way->table[i][way->index[i]] = cpu_to_le32((uint32_t)req.block);
	return dirty(h, way, i);
}

uint32_t ext4_indirect_room(struct ext4_inode *inode, uint32_t first)
{
	uint32_t entries = inode->vfs.sb->block_size / sizeof(uint32_t);
	struct way way;

	if (plan(inode, first, &way))
		return 1;			/* refused when it is entered */
	return (way.levels > 1 ? entries : EXT4_DIRECT_BLOCKS) - way.index[way.levels - 1];
}

int ext4_indirect_insert(struct ext4_handle *h, struct ext4_inode *inode, const struct ext4_extent *e, uint32_t *done)
{
	uint32_t entries = h->fs->block_size / sizeof(uint32_t);
	struct way way;
	unsigned last;
	int err = plan(inode, e->first, &way);

	*done = 0;
	if (err || e->block + e->count > UINT32_MAX)
		return -EFBIG;
	last = way.levels - 1;
	for (unsigned i = 0; !err && i < last; i++) {
		err = open_table(inode, &way, i);
		err = err ? min(err, 0) : make_table(h, inode, &way, i, e->block);
	}
	if (!err)
		err = get_write(h, &way, last);
	if (!err) {
		*done = min(e->count, (last ? entries : EXT4_DIRECT_BLOCKS) - way.index[last]);
		for (uint32_t i = 0; i < *done; i++)
			way.table[last][way.index[last] + i] = cpu_to_le32((uint32_t)e->block + i);
		err = dirty(h, &way, last);
	}
	put_way(&way);
	return err;
}

/* --- Removing ------------------------------------------------------------------------------------- */

/* Entries [from, to) of the last table: free their blocks, run by run, and clear them. */
static int clear_entries(struct ext4_handle *h, struct ext4_inode *inode, struct way *way, uint32_t from, uint32_t to)
{
	unsigned last = way->levels - 1;
	uint32_t *table = way->table[last], block, count;
	bool meta = ext4_blocks_journalled(inode);
	int err = get_write(h, way, last);

	for (; !err && from < to; from += count) {
		block = le32_to_cpu(table[from]);
		count = 1;
		if (!block)
			continue;
		while (from + count < to && le32_to_cpu(table[from + count]) == block + count)
			count++;
		/* Runs in many groups take more than was asked for: the rest is another step's. */
		if (ext4_journal_credits(h) < EXT4_MAP_CREDITS / 2 &&
		    ext4_journal_extend(h, EXT4_MAP_CREDITS))
			break;
		err = ext4_blocks_free(h, inode, block, count, meta);
		if (!err)
			memset(&table[from], 0, count * sizeof(*table));
	}
	return err ? err : dirty(h, way, last);
}

static bool is_empty(const uint32_t *table, uint32_t entries)
{
	for (uint32_t i = 0; i < entries; i++) {
		if (table[i])
			return false;
	}
	return true;
}

/* Free the tables on the way that hold nothing, from the last one up. */
static int free_tables(struct ext4_handle *h, struct ext4_inode *inode, struct way *way, unsigned last)
{
	uint32_t entries = h->fs->block_size / sizeof(uint32_t);
	int err = 0;

	for (unsigned i = last; !err && i > 0 && is_empty(way->table[i], entries); i--) {
		err = get_write(h, way, i - 1);
		if (err)
			break;
		way->table[i - 1][way->index[i - 1]] = 0;
		err = dirty(h, way, i - 1);
		if (!err)
			err = ext4_blocks_free(h, inode, way->buf[i].block, 1, /*meta=*/true);
	}
	return err;
}

/* Blocks from here to the end of what the table at `level` stands for. */
static uint64_t rest_of(const struct ext4_fs *fs, const struct way *way, unsigned level)
{
	uint32_t bits = fs->block_bits - 2;
	uint64_t span = 1, inside = 0;

	for (unsigned i = way->levels - 1; i > level; i--) {
		inside += way->index[i] * span;
		span <<= bits;
	}
	return span - inside;
}

int ext4_indirect_remove(struct ext4_handle *h, struct ext4_inode *inode, uint32_t *first, uint32_t last)
{
	uint32_t entries = h->fs->block_size / sizeof(uint32_t), from, to;
	struct way way;
	uint64_t next;
	unsigned i;
	int err = plan(inode, *first, &way), there = 1;

	if (err)
		return 0;			/* beyond what a map can tell: nothing there */
	for (i = 0; there > 0 && i + 1 < way.levels; i++)
		there = open_table(inode, &way, i);
	if (there < 0) {
		put_way(&way);
		return there;
	}
	if (!there) {
		next = *first + rest_of(h->fs, &way, i - 1);
	} else {
		from = way.index[i];
		to = (uint32_t)min((uint64_t)(i ? entries : EXT4_DIRECT_BLOCKS), from + (uint64_t)last - *first + 1);
		next = (uint64_t)*first + (to - from);
		err = clear_entries(h, inode, &way, from, to);
		for (uint32_t at = from; at < to && next > *first; at++) {
			if (way.table[i][at]) {		/* stopped for lack of room */
				next = *first;
				break;
			}
		}
		if (!err && next > *first)
			err = free_tables(h, inode, &way, i);
	}
	put_way(&way);
	if (err)
		return err;
	if (next > last)
		return 0;
	*first = (uint32_t)next;
	return 1;
}
