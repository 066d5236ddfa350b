/* SPDX-License-Identifier: MIT */
/*
 * group: block group descriptors, and where a group's own meta data lies.
 *
 * Mounted read-only, they are looked up when an inode is read, one at a time and through the cache: a volume of a
 * terabyte has 8,000 of them, and a boot needs a few. For writing all are read and verified once (balloc.c), and then
 * changed under their group's lock; where bitmaps and tables lie never changes.
 */
#include "fs/ext4/group.h"
#include "fs/ext4/log.h"

#include "lib/align.h"

/* Does this group hold copies of superblock and descriptors (sparse_super: groups 0, 1 and powers of 3, 5, 7)? */
static bool has_super(const struct ext4_fs *fs, uint32_t group)
{
	static const uint32_t bases[] = { 3, 5, 7 };

	if (group <= 1 || !(fs->ro_compat & 1))
		return true;
	for (unsigned i = 0; i < ARRAY_SIZE(bases); i++) {
		uint64_t power = bases[i];

		while (power < group)
			power *= bases[i];
		if (power == group)
			return true;
	}
	return false;
}

/* The block that holds this group's descriptor: in a row behind the superblock, or (meta_bg) in its own meta group. */
static uint64_t descriptor_block(const struct ext4_fs *fs, uint32_t group)
{
	uint32_t per_block = fs->block_size / fs->desc_size;
	uint32_t number = group / per_block;
	uint32_t first = number * per_block, super = fs->block_size == 1024 ? 1 : 0;

	/* bigalloc counts from block 0 even where block 1 is the superblock. */
	if (!(fs->incompat & EXT4_INCOMPAT_META_BG) || number < le32_to_cpu(fs->disk.s_first_meta_bg))
		return (uint64_t)super + 1 + number;
	return (number ? fs->first_block : super) + (uint64_t)first * le32_to_cpu(fs->disk.s_blocks_per_group) +
	       has_super(fs, first);
}

uint32_t ext4_group_base_meta(const struct ext4_fs *fs, uint32_t group)
{
	uint32_t per_block = fs->block_size / fs->desc_size, first_meta = UINT32_MAX;
	uint32_t at = group % per_block, supers = has_super(fs, group);

	if (fs->incompat & EXT4_INCOMPAT_META_BG)
		first_meta = le32_to_cpu(fs->disk.s_first_meta_bg);
	if (group / per_block >= first_meta)
		return supers + (at == 0 || at == 1 || at == per_block - 1);
	if (!supers)
		return 0;
	return 1 + min((uint32_t)DIV_ROUND_UP(fs->nr_groups, per_block), first_meta) +
	       le16_to_cpu(fs->disk.s_reserved_gdt_blocks);
}

uint32_t ext4_group_blocks(const struct ext4_fs *fs, uint32_t group)
{
	uint64_t first = ext4_group_first(fs, group);

	return (uint32_t)min((uint64_t)le32_to_cpu(fs->disk.s_blocks_per_group), fs->blocks_count - first);
}

uint32_t ext4_table_blocks(const struct ext4_fs *fs)
{
	return (uint32_t)DIV_ROUND_UP((uint64_t)le32_to_cpu(fs->disk.s_inodes_per_group) * fs->inode_size,
				      fs->block_size);
}

int ext4_group_get(struct ext4_fs *fs, uint32_t group, struct ext4_buf *buf, struct ext4_disk_group **desc)
{
	uint32_t per_block = fs->block_size / fs->desc_size;
	int err = ext4_buf_get(fs, descriptor_block(fs, group), buf);

	if (!err)
		*desc = (void *)((char *)buf->data + (size_t)(group % per_block) * fs->desc_size);
	return err;
}

int ext4_group_dirty(struct ext4_handle *h, uint32_t group, struct ext4_buf *buf, struct ext4_disk_group *desc)
{
	ext4_group_csum_set(h->fs, group, desc);
	return ext4_journal_dirty(h, buf);
}

static bool wide(const struct ext4_fs *fs)
{
	return fs->desc_size > EXT4_GROUP_SIZE_OLD;
}

uint64_t ext4_group_block(const struct ext4_fs *fs, const struct ext4_disk_group *desc, enum ext4_group_part part)
{
	const uint32_t *low = &desc->bg_block_bitmap_lo, *high = &desc->bg_block_bitmap_hi;

	return le32_to_cpu(low[part]) | (wide(fs) ? (uint64_t)le32_to_cpu(high[part]) << 32 : 0);
}

uint32_t ext4_group_count(const struct ext4_fs *fs, const struct ext4_disk_group *desc, enum ext4_group_counter which)
{
	const uint16_t *low = &desc->bg_free_blocks_lo, *high = &desc->bg_free_blocks_hi;

	if (which == EXT4_GROUP_ITABLE_UNUSED)
		return le16_to_cpu(desc->bg_itable_unused_lo) |
		       (wide(fs) ? (uint32_t)le16_to_cpu(desc->bg_itable_unused_hi) << 16 : 0);
	return le16_to_cpu(low[which]) | (wide(fs) ? (uint32_t)le16_to_cpu(high[which]) << 16 : 0);
}

void ext4_group_set_count(const struct ext4_fs *fs, struct ext4_disk_group *desc, enum ext4_group_counter which,
			  uint32_t value)
{
	uint16_t *low = &desc->bg_free_blocks_lo + which, *high = &desc->bg_free_blocks_hi + which;

	if (which == EXT4_GROUP_ITABLE_UNUSED) {
		low = &desc->bg_itable_unused_lo;
		high = &desc->bg_itable_unused_hi;
	}
	*low = cpu_to_le16((uint16_t)value);
	if (wide(fs))
		*high = cpu_to_le16((uint16_t)(value >> 16));
}

int ext4_group_inode_table(struct ext4_fs *fs, uint32_t group, uint64_t *block)
{
	struct ext4_disk_group *desc;
	struct ext4_buf buf;
	int err = ext4_group_get(fs, group, &buf, &desc);

	if (err)
		return err;
	*block = ext4_group_block(fs, desc, EXT4_GROUP_INODE_TABLE);
	/* Mounted for writing, the rest of the descriptor may be changing; it was verified at the mount. */
	if (!fs->alloc && !ext4_group_csum_ok(fs, group, desc))
		err = ext4_bad_csum(fs, "descriptor of group", group);
	else if (!ext4_block_valid(fs, *block, ext4_table_blocks(fs)))
		err = ext4_corrupt(fs, "inode table of group %u lies outside of the volume", group);
	ext4_buf_put(&buf);
	return err;
}
