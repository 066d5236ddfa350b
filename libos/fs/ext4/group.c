/* SPDX-License-Identifier: MIT */
/*
 * group: block group descriptors. They are looked up when an inode is read, one at a time and through the cache: a
 * volume of a terabyte has 8,000 of them, and a boot needs a few.
 */
#include "fs/ext4/ext4.h"

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
	uint32_t first = number * per_block;

	if (!(fs->incompat & EXT4_INCOMPAT_META_BG) || number < le32_to_cpu(fs->disk.s_first_meta_bg))
		return (uint64_t)fs->first_block + 1 + number;
	return fs->first_block + (uint64_t)first * le32_to_cpu(fs->disk.s_blocks_per_group) + has_super(fs, first);
}

int ext4_group_inode_table(struct ext4_fs *fs, uint32_t group, uint64_t *block)
{
	uint32_t per_block = fs->block_size / fs->desc_size;
	uint64_t blocks = DIV_ROUND_UP((uint64_t)le32_to_cpu(fs->disk.s_inodes_per_group) * fs->inode_size,
				       fs->block_size);
	const struct ext4_disk_group *desc;
	struct ext4_buf buf;
	int err = ext4_buf_get(fs, descriptor_block(fs, group), &buf);

	if (err)
		return err;
	desc = (const void *)((const char *)buf.data + (size_t)(group % per_block) * fs->desc_size);
	*block = le32_to_cpu(desc->bg_inode_table_lo);
	if (fs->desc_size > EXT4_GROUP_SIZE_OLD)
		*block |= (uint64_t)le32_to_cpu(desc->bg_inode_table_hi) << 32;
	if (!ext4_group_csum_ok(fs, group, desc))
		err = ext4_bad_csum(fs, "descriptor of group", group);
	else if (!ext4_block_valid(fs, *block, blocks))
		err = ext4_corrupt(fs, "inode table of group %u lies outside of the volume", group);
	ext4_buf_put(&buf);
	return err;
}
