/* SPDX-License-Identifier: MIT */
/*
 * bitmap: which blocks and which inodes of a group are in use; and bitmaps that do not exist yet (uninit_bg): they are
 * made when they are first needed, from what the group's descriptor and the volume's layout say.
 *
 * Bits behind the last block, or the last inode, are set.
 */
#include "fs/ext4/group.h"
#include "fs/ext4/log.h"

#include "lib/bitmap.h"
#include "lib/crc.h"
#include "lib/string.h"

static uint32_t bits_of(const struct ext4_fs *fs, const struct ext4_bitmap *b)
{
	return b->part == EXT4_GROUP_INODE_BITMAP ? le32_to_cpu(fs->disk.s_inodes_per_group) :
						    le32_to_cpu(fs->disk.s_blocks_per_group);
}

/* The checksum's two halves; the upper one only in large descriptors. */
static void csum_fields(const struct ext4_fs *fs, const struct ext4_bitmap *b, uint16_t **low, uint16_t **high)
{
	bool inodes = b->part == EXT4_GROUP_INODE_BITMAP;

	*low = inodes ? &b->desc->bg_inode_bitmap_csum_lo : &b->desc->bg_block_bitmap_csum_lo;
	*high = NULL;
	if (fs->desc_size > EXT4_GROUP_SIZE_OLD)
		*high = inodes ? &b->desc->bg_inode_bitmap_csum_hi : &b->desc->bg_block_bitmap_csum_hi;
}

static uint32_t csum(const struct ext4_fs *fs, const struct ext4_bitmap *b)
{
	return crc32c(fs->csum_seed, b->map, bits_of(fs, b) / 8);
}

static bool csum_ok(const struct ext4_fs *fs, const struct ext4_bitmap *b)
{
	uint32_t crc;
	uint16_t *low, *high;

	if (!ext4_has_csum(fs))
		return true;
	crc = csum(fs, b);
	csum_fields(fs, b, &low, &high);
	return le16_to_cpu(*low) == (uint16_t)crc && (!high || le16_to_cpu(*high) == crc >> 16);
}

static void csum_set(const struct ext4_fs *fs, struct ext4_bitmap *b)
{
	uint32_t crc;
	uint16_t *low, *high;

	if (!ext4_has_csum(fs))
		return;
	crc = csum(fs, b);
	csum_fields(fs, b, &low, &high);
	*low = cpu_to_le16((uint16_t)crc);
	if (high)
		*high = cpu_to_le16((uint16_t)(crc >> 16));
}

/* Set what of [block, block + count) lies in the group. */
static void mark(const struct ext4_fs *fs, struct ext4_bitmap *b, uint64_t block, uint64_t count)
{
	uint64_t first = ext4_group_first(fs, b->group), last = first + ext4_group_blocks(fs, b->group);
	uint64_t from = max(block, first), to = min(block + count, last);

	if (from < to)
		bitmap_set(b->map, from - first, to - from);
}

/* The bitmap of a group that has no file's blocks yet. */
static void make_blocks(const struct ext4_fs *fs, struct ext4_bitmap *b)
{
	uint32_t blocks = ext4_group_blocks(fs, b->group);

	mark(fs, b, ext4_group_first(fs, b->group), ext4_group_base_meta(fs, b->group));
	mark(fs, b, ext4_group_block(fs, b->desc, EXT4_GROUP_BLOCK_BITMAP), 1);
	mark(fs, b, ext4_group_block(fs, b->desc, EXT4_GROUP_INODE_BITMAP), 1);
	mark(fs, b, ext4_group_block(fs, b->desc, EXT4_GROUP_INODE_TABLE), ext4_table_blocks(fs));
	bitmap_set(b->map, blocks, (size_t)fs->block_size * 8 - blocks);
}

/* The same when `count` bits, and no others, have flipped since it was right. */
static void csum_flip(const struct ext4_fs *fs, struct ext4_bitmap *b, uint32_t first, uint32_t count)
{
	unsigned long diff[4] = { 0 };
	uint32_t from = first / 8, size = (first + count - 1) / 8 - from + 1;
	uint16_t *low, *high;
	uint32_t crc;

	if (!ext4_has_csum(fs))
		return;
	if (size > sizeof(diff)) {
		csum_set(fs, b);
		return;
	}
	bitmap_set(diff, first % 8, count);
	csum_fields(fs, b, &low, &high);
	crc = le16_to_cpu(*low) | (high ? (uint32_t)le16_to_cpu(*high) << 16 : 0);
	crc = crc32c_patch(crc, diff, size, bits_of(fs, b) / 8 - from - size);
	*low = cpu_to_le16((uint16_t)crc);
	if (high)
		*high = cpu_to_le16((uint16_t)(crc >> 16));
}

static int dirty(struct ext4_handle *h, struct ext4_bitmap *b)
{
	int err = ext4_journal_dirty(h, &b->buf);

	return err ? err : ext4_group_dirty(h, b->group, &b->desc_buf, b->desc);
}

static int make(struct ext4_handle *h, struct ext4_bitmap *b, uint64_t block, uint16_t flag)
{
	struct ext4_fs *fs = h->fs;
	uint32_t inodes = le32_to_cpu(fs->disk.s_inodes_per_group);
	int err = ext4_journal_get_new(h, block, &b->buf);

	if (err)
		return err;
	b->map = b->buf.data;
	err = ext4_journal_get_write(h, &b->desc_buf);
	if (err)
		return err;
	if (b->part == EXT4_GROUP_BLOCK_BITMAP)
		make_blocks(fs, b);
	else
		bitmap_set(b->map, inodes, (size_t)fs->block_size * 8 - inodes);
	b->desc->bg_flags &= (uint16_t)~cpu_to_le16(flag);
	csum_set(fs, b);
	return dirty(h, b);
}

static int load(struct ext4_handle *h, struct ext4_bitmap *b)
{
	bool inodes = b->part == EXT4_GROUP_INODE_BITMAP;
	uint16_t flag = inodes ? EXT4_BG_INODE_UNINIT : EXT4_BG_BLOCK_UNINIT;
	uint32_t known = inodes ? EXT4_GROUP_INODES_OK : EXT4_GROUP_BLOCKS_OK;
	struct ext4_group *group = &h->fs->alloc->groups[b->group];
	uint64_t block = ext4_group_block(h->fs, b->desc, b->part);
	int err;

	if (group->state & EXT4_GROUP_BAD)
		return -EFSCORRUPTED;
	if (!ext4_block_valid(h->fs, block, 1))
		return ext4_corrupt(h->fs, "bitmap of group %u lies outside of the volume", b->group);
	if (ext4_has_group_csum(h->fs) && (le16_to_cpu(b->desc->bg_flags) & flag)) {
		err = make(h, b, block, flag);
		group->state |= err ? 0 : known;
		return err;
	}
	err = ext4_buf_get(h->fs, block, &b->buf);
	if (err)
		return err;
	b->map = b->buf.data;
	if (!(group->state & known) && !csum_ok(h->fs, b)) {
		group->state |= EXT4_GROUP_BAD;
		ext4_error(h->fs, "%s bitmap of group %u: wrong checksum", inodes ? "inode" : "block", b->group);
		return -EFSBADCRC;
	}
	group->state |= known;
	return 0;
}

int ext4_bitmap_open(struct ext4_handle *h, uint32_t group, enum ext4_group_part part, struct ext4_bitmap *b)
{
	int err;

	*b = (struct ext4_bitmap){ .group = group, .part = part };
	err = ext4_group_get(h->fs, group, &b->desc_buf, &b->desc);
	if (!err)
		err = load(h, b);
	if (err)
		ext4_bitmap_close(b);
	return err;
}

int ext4_bitmap_get_write(struct ext4_handle *h, struct ext4_bitmap *b)
{
	int err = ext4_journal_get_write(h, &b->buf);

	return err ? err : ext4_journal_get_write(h, &b->desc_buf);
}

int ext4_bitmap_flipped(struct ext4_handle *h, struct ext4_bitmap *b, uint32_t first, uint32_t count)
{
	csum_flip(h->fs, b, first, count);
	return dirty(h, b);
}

void ext4_bitmap_close(struct ext4_bitmap *b)
{
	ext4_buf_put(&b->buf);
	ext4_buf_put(&b->desc_buf);
}
