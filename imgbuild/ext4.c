/* SPDX-License-Identifier: MIT */
/*
 * ext4: plan and create the file system, give out inode numbers, write everything in order.
 *
 * Order on disk. Group meta data where `mke2fs` puts it (flex_bg: packed at the start of each 16 groups), the
 * journal behind it, then all folders, then the files folder by folder: what a boot reads lies together.
 *
 * Reproducible. Nothing asks the clock or the random generator: label, UUID, hash seed and time come from the
 * caller, owners and times from the tree, and entries are visited by name.
 */
#include "imgbuild/ext4_internal.h"

#include <et/com_err.h>
#include <stdlib.h>
#include <string.h>

enum {
	INODE_SIZE = 256,
	BYTES_PER_INODE = 16384,	/* mke2fs.conf, inode_ratio */
	RESERVED_PERCENT = 5,		/* of the blocks, for root; mke2fs -m */
	GROUPS_PER_FLEX_LOG = 4,
	JOURNAL_BLOCKS_MIN = 1024,
	FIRST_INODE = EXT2_GOOD_OLD_FIRST_INO,
	MOUNT_OPTIONS = EXT2_DEFM_ACL | EXT2_DEFM_XATTR_USER,
};

static const uint64_t mib = 1 << 20;
static const uint64_t size_min = 2 << 20;
static const uint64_t size_max = 16ull << 40;
static const uint64_t room_min = 64 << 20;

/* --- Plan -------------------------------------------------------------------------------------- */

static void count_entry(const struct tree_entry *entry, struct ext4_plan *plan)
{
	/* The first name of a node is the one that pays for it. */
	if (!entry->node->written) {
		entry->node->written = true;
		plan->nr_inodes++;
		plan->nr_blocks += S_ISDIR(entry->node->mode) ? ext4_dir_blocks(entry) :
								ext4_inode_blocks(entry->node);
	}
	for (unsigned int i = 0; i < entry->nr_children; i++)
		count_entry(entry->children[i], plan);
}

static void forget_written(const struct tree_entry *entry)
{
	entry->node->written = false;
	for (unsigned int i = 0; i < entry->nr_children; i++)
		forget_written(entry->children[i]);
}

static uint64_t inode_count(const struct ext4_plan *plan)
{
	uint64_t by_size = plan->size / BYTES_PER_INODE, needed = plan->nr_inodes + FIRST_INODE;

	needed += needed / 8;
	return by_size > needed ? by_size : needed;
}

/* Room beside contents: inode tables, journal, spare group descriptors, bitmaps. Generous. */
static uint64_t overhead(const struct ext4_plan *plan)
{
	int journal = ext2fs_default_journal_size(plan->size / EXT4_BLOCK_SIZE);

	return inode_count(plan) * INODE_SIZE + (uint64_t)(journal > 0 ? journal : 0) * EXT4_BLOCK_SIZE +
	       plan->size / 100 + plan->size * RESERVED_PERCENT / 100;
}

int ext4_plan(const struct tree *tree, struct ext4_plan *plan)
{
	uint64_t content, room;

	plan->nr_inodes = plan->nr_blocks = 0;
	count_entry(tree->root, plan);
	forget_written(tree->root);
	if (plan->size && (plan->size < size_min || plan->size > size_max))
		return fail("a root file system of %llu bytes: possible are 2 MiB to 16 TiB",
			    (unsigned long long)plan->size);
	if (plan->size)
		return 0;
	content = plan->nr_blocks * EXT4_BLOCK_SIZE;
	room = content / 2 > room_min ? content / 2 : room_min;
	plan->size = content + room;
	/* The overhead depends on the size; it grows by far less than the size does. */
	for (int i = 0; i < 4; i++)
		plan->size = content + room + overhead(plan);
	plan->size = (plan->size + mib - 1) / mib * mib;
	if (plan->size > size_max)
		return fail("the content is too large for an ext4 file system with 4 KiB blocks");
	return 0;
}

/* --- Create ------------------------------------------------------------------------------------ */

static int fill_super(const struct ext4_plan *plan, struct ext2_super_block *super)
{
	uint64_t blocks = plan->size / EXT4_BLOCK_SIZE, inodes = inode_count(plan);

	memset(super, 0, sizeof(*super));
	if (inodes > UINT32_MAX)
		return fail("too many files for one ext4 file system");
	super->s_rev_level = EXT2_DYNAMIC_REV;
	super->s_log_block_size = super->s_log_cluster_size = 2;
	super->s_inode_size = INODE_SIZE;
	super->s_inodes_count = (uint32_t)inodes;
	super->s_log_groups_per_flex = GROUPS_PER_FLEX_LOG;
	ext2fs_blocks_count_set(super, blocks);
	ext2fs_r_blocks_count_set(super, blocks * RESERVED_PERCENT / 100);
	super->s_feature_compat = EXT2_FEATURE_COMPAT_EXT_ATTR | EXT2_FEATURE_COMPAT_RESIZE_INODE |
				  EXT2_FEATURE_COMPAT_DIR_INDEX;
	super->s_feature_incompat = EXT2_FEATURE_INCOMPAT_FILETYPE | EXT3_FEATURE_INCOMPAT_EXTENTS |
				    EXT4_FEATURE_INCOMPAT_64BIT | EXT4_FEATURE_INCOMPAT_FLEX_BG;
	super->s_feature_ro_compat = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE |
				     EXT4_FEATURE_RO_COMPAT_HUGE_FILE | EXT4_FEATURE_RO_COMPAT_DIR_NLINK |
				     EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE | EXT4_FEATURE_RO_COMPAT_METADATA_CSUM;
	return 0;
}

static void describe(ext2_filsys fs, const struct ext4_target *target)
{
	struct ext2_super_block *super = fs->super;

	/* The library stamps what it writes with fs->now, and asks the clock only when that is 0. */
	fs->now = target->time;
	super->s_mkfs_time = super->s_lastcheck = super->s_wtime = (uint32_t)target->time;
	super->s_mkfs_time_hi = super->s_lastcheck_hi = super->s_wtime_hi = (uint8_t)(target->time >> 32);
	memcpy(super->s_uuid, target->uuid, sizeof(super->s_uuid));
	memcpy(super->s_hash_seed, target->hash_seed, sizeof(super->s_hash_seed));
	super->s_checksum_type = EXT2_CRC32C_CHKSUM;
	super->s_def_hash_version = EXT2_HASH_HALF_MD4;
	super->s_flags |= EXT2_FLAGS_SIGNED_HASH;
	super->s_max_mnt_count = -1;
	super->s_checkinterval = 0;
	super->s_default_mount_opts = MOUNT_OPTIONS;
	super->s_want_extra_isize = super->s_min_extra_isize =
		sizeof(struct ext2_inode_large) - EXT2_GOOD_OLD_INODE_SIZE;
	if (target->label)
		strncpy((char *)super->s_volume_name, target->label, sizeof(super->s_volume_name));
	ext2fs_init_csum_seed(fs);
}

/* The inode tables are zeros already, as the file is new: say so, and nobody has to write them. */
static errcode_t make_tables(ext2_filsys fs)
{
	errcode_t error = ext2fs_allocate_tables(fs);

	for (dgrp_t group = 0; !error && group < fs->group_desc_count; group++) {
		ext2fs_bg_flags_set(fs, group, EXT2_BG_INODE_ZEROED);
		ext2fs_group_desc_csum_set(fs, group);
	}
	return error;
}

static errcode_t make_reserved(ext2_filsys fs)
{
	errcode_t error;

	ext2fs_inode_alloc_stats2(fs, EXT2_BAD_INO, +1, 0);
	for (ext2_ino_t inode = EXT2_ROOT_INO; inode < FIRST_INODE; inode++)
		ext2fs_inode_alloc_stats2(fs, inode, +1, inode == EXT2_ROOT_INO);
	ext2fs_mark_ib_dirty(fs);
	error = ext2fs_update_bb_inode(fs, NULL);
	if (!error)
		error = ext2fs_create_resize_inode(fs);
	return error;
}

static errcode_t make_journal(ext2_filsys fs)
{
	int blocks = ext2fs_default_journal_size(ext2fs_blocks_count(fs->super));

	if (blocks < JOURNAL_BLOCKS_MIN)
		return 0;
	return ext2fs_add_journal_inode2(fs, (blk_t)blocks, ~0ULL,
					 EXT2_MKJOURNAL_LAZYINIT | EXT2_MKJOURNAL_NO_MNT_CHECK);
}

static int create(struct ext4_writer *writer, const struct ext4_target *target, const struct ext4_plan *plan)
{
	struct ext2_super_block super;
	char *options = mem_format("offset=%llu", (unsigned long long)target->offset);
	errcode_t error;

	if (fill_super(plan, &super)) {
		free(options);
		return -1;
	}
	error = ext2fs_initialize(target->path, EXT2_FLAG_64BITS, &super, unix_io_manager, &writer->fs);
	if (!error)
		error = io_channel_set_options(writer->fs->io, options);
	free(options);
	if (error == EXT2_ET_TOO_MANY_INODES || error == EXT2_ET_TOOSMALL)
		return fail("does not fit: a file system of %llu MiB has no room for %llu files; give a larger --size",
			    (unsigned long long)(plan->size / mib), (unsigned long long)plan->nr_inodes);
	if (error)
		return ext4_fail("cannot start a file system", error);
	describe(writer->fs, target);
	error = make_tables(writer->fs);
	if (!error)
		error = make_reserved(writer->fs);
	if (!error)
		error = make_journal(writer->fs);
	return error ? ext4_fail("cannot lay out the file system", error) : 0;
}

/* --- Write ------------------------------------------------------------------------------------- */

static void take_inode(struct ext4_writer *writer, struct node *node)
{
	if (node->number)
		return;
	node->number = writer->next_inode++;
	ext2fs_inode_alloc_stats2(writer->fs, node->number, +1, S_ISDIR(node->mode));
}

/* Numbers for a folder's entries together, then for what lies below. */
static void number_entries(struct ext4_writer *writer, const struct tree_entry *folder)
{
	for (unsigned int i = 0; i < folder->nr_children; i++)
		take_inode(writer, folder->children[i]->node);
	for (unsigned int i = 0; i < folder->nr_children; i++)
		number_entries(writer, folder->children[i]);
}

static int number_all(struct ext4_writer *writer, const struct tree *tree)
{
	struct tree_entry *found = NULL;

	for (unsigned int i = 0; i < tree->root->nr_children; i++) {
		if (!strcmp(tree->root->children[i]->name, "lost+found"))
			found = tree->root->children[i];
	}
	writer->next_inode = FIRST_INODE;
	tree->root->node->number = EXT2_ROOT_INO;
	if (found && !S_ISDIR(found->node->mode))
		return fail("'/lost+found' must be a folder");
	if (found)
		take_inode(writer, found->node);
	number_entries(writer, tree->root);
	return 0;
}

static int store_folders(struct ext4_writer *writer, const struct tree_entry *folder)
{
	if (ext4_dir_store(writer, folder) || ext4_inode_store_xattrs(writer, folder->node, folder->name))
		return -1;
	for (unsigned int i = 0; i < folder->nr_children; i++) {
		if (S_ISDIR(folder->children[i]->node->mode) && store_folders(writer, folder->children[i]))
			return -1;
	}
	return 0;
}

static int store_files(struct ext4_writer *writer, const struct tree_entry *entry)
{
	struct node *node = entry->node;

	if (!S_ISDIR(node->mode)) {
		if (node->written)
			return 0;
		node->written = true;
		return ext4_inode_store(writer, node, entry->name) ||
		       ext4_inode_store_xattrs(writer, node, entry->name) ? -1 : 0;
	}
	for (unsigned int i = 0; i < entry->nr_children; i++) {
		if (store_files(writer, entry->children[i]))
			return -1;
	}
	return 0;
}

static int check_room(const struct ext4_writer *writer, const struct ext4_plan *plan)
{
	uint64_t blocks = ext2fs_free_blocks_count(writer->fs->super);

	if (blocks < plan->nr_blocks)
		return fail("does not fit: the files need %llu MiB, a file system of %llu MiB has room for "
			    "%llu MiB; give a larger --size",
			    (unsigned long long)(plan->nr_blocks * EXT4_BLOCK_SIZE / mib + 1),
			    (unsigned long long)(plan->size / mib),
			    (unsigned long long)(blocks * EXT4_BLOCK_SIZE / mib));
	if (writer->fs->super->s_free_inodes_count < plan->nr_inodes - 1)
		return fail("does not fit: %llu files, %u inodes; give a larger --size",
			    (unsigned long long)plan->nr_inodes, writer->fs->super->s_free_inodes_count);
	return 0;
}

static int store(struct ext4_writer *writer, const struct ext4_plan *plan, const struct tree *tree)
{
	errcode_t error;

	writer->goal = writer->fs->super->s_first_data_block;
	if (check_room(writer, plan) || number_all(writer, tree) || store_folders(writer, tree->root) ||
	    store_files(writer, tree->root))
		return -1;
	/* Only now are the numbers of unused inodes and the groups' checksums final. */
	error = ext2fs_set_gdt_csum(writer->fs);
	if (!error)
		error = ext2fs_close2(writer->fs, EXT2_FLAG_FLUSH_NO_SYNC);
	if (error)
		return ext4_fail("cannot finish the file system", error);
	writer->fs = NULL;
	return 0;
}

int ext4_write(const struct ext4_target *target, const struct ext4_plan *plan, const struct tree *tree,
	       const struct spool *spool)
{
	struct ext4_writer writer = { .spool = spool, .time = target->time };
	int result;

	initialize_ext2_error_table();
	writer.buffer = mem_alloc(EXT4_BUFFER_SIZE);
	result = create(&writer, target, plan);
	if (!result)
		result = store(&writer, plan, tree);
	if (writer.fs)
		ext2fs_free(writer.fs);
	free(writer.buffer);
	return result;
}
