/* SPDX-License-Identifier: MIT */
/*
 * ext4_dir: folders as ext4 keeps them: one block of entries, or from the second block on an index by the
 * hash of the name (dir_index), as the kernel would have built it.
 *
 * Layout of an indexed folder (ext4 documentation, "Hash Tree Directories"); file block numbers:
 *
 *	0           root: "." and "..", then for each child (smallest hash, file block)
 *	1..N        nodes, only when one root cannot name all leaves: the same table behind an empty entry
 *	N+1..       leaves: plain blocks of entries; all hashes of a leaf are >= its key and < the next one
 *
 * Each block ends in a 12-byte (plain) or 8-byte (root, node) checksum area; libext2fs fills it in when it
 * writes the block, from the inode, so the inode is written first. Keys have bit 0 clear; bit 0 set says that
 * the leaf goes on with the hash the leaf before it ended with.
 */
#include "imgbuild/ext4_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
	TAIL_SIZE = sizeof(struct ext2_dir_entry_tail),
	ENTRY_SPACE = EXT4_BLOCK_SIZE - TAIL_SIZE,
	ENTRY_HEADER = 8,
	ROOT_TABLE = 32,	/* offset of the table behind ".", ".." and struct ext2_dx_root_info */
	NODE_TABLE = 8,
	DX_TAIL_SIZE = sizeof(struct ext2_dx_tail),
	ROOT_LIMIT = (EXT4_BLOCK_SIZE - ROOT_TABLE - DX_TAIL_SIZE) / sizeof(struct ext2_dx_entry),
	NODE_LIMIT = (EXT4_BLOCK_SIZE - NODE_TABLE - DX_TAIL_SIZE) / sizeof(struct ext2_dx_entry),
	FOUND_BLOCKS = 4,	/* of lost+found, so that e2fsck needs no room to use it */
	LINKS_UNKNOWN = 1,	/* dir_nlink: more than i_links_count can tell */
};

struct slot {
	const struct tree_entry *entry;
	ext2_dirhash_t hash, minor;
};

/* A leaf: slots [first, end), and the key it gets in the index. */
struct leaf {
	size_t first, end;
	ext2_dirhash_t key;
};

struct plan {
	struct slot *slots;
	size_t nr_slots;
	struct leaf *leaves;
	size_t nr_leaves;
	size_t nr_nodes;	/* 0: the root names the leaves */
};

static unsigned int entry_size(size_t name_length)
{
	return (unsigned int)(ENTRY_HEADER + name_length + 3) & ~3u;
}

static size_t nr_subfolders(const struct tree_entry *folder)
{
	size_t count = 0;

	for (unsigned int i = 0; i < folder->nr_children; i++)
		count += S_ISDIR(folder->children[i]->node->mode);
	return count;
}

static size_t entries_size(const struct tree_entry *folder)
{
	size_t size = entry_size(1) + entry_size(2);

	for (unsigned int i = 0; i < folder->nr_children; i++)
		size += entry_size(strlen(folder->children[i]->name));
	return size;
}

static bool is_lost_found(const struct tree_entry *folder)
{
	return folder->depth == 1 && !strcmp(folder->name, "lost+found");
}

uint64_t ext4_dir_blocks(const struct tree_entry *folder)
{
	size_t size = entries_size(folder), leaves;
	uint64_t blocks = folder->node->nr_xattrs ? 1 : 0;

	if (size <= ENTRY_SPACE)
		return blocks + (is_lost_found(folder) ? FOUND_BLOCKS : 1);
	/* A leaf is left at most one longest entry short of full. */
	leaves = size / (ENTRY_SPACE - entry_size(EXT2_NAME_LEN)) + 1;
	return blocks + 1 + leaves + leaves / NODE_LIMIT + 1;
}

/* --- Entries ----------------------------------------------------------------------------------- */

static uint8_t file_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return EXT2_FT_REG_FILE;
	case S_IFDIR:
		return EXT2_FT_DIR;
	case S_IFCHR:
		return EXT2_FT_CHRDEV;
	case S_IFBLK:
		return EXT2_FT_BLKDEV;
	case S_IFIFO:
		return EXT2_FT_FIFO;
	case S_IFSOCK:
		return EXT2_FT_SOCK;
	case S_IFLNK:
		return EXT2_FT_SYMLINK;
	default:
		return EXT2_FT_UNKNOWN;
	}
}

/* Put an entry at offset of block; the record is as short as it can be. Returns the offset behind it. */
static unsigned int put_entry(char *block, unsigned int offset, const char *name, const struct node *node)
{
	struct ext2_dir_entry_2 *entry = (struct ext2_dir_entry_2 *)(block + offset);
	size_t length = strlen(name);

	entry->inode = node->number;
	entry->rec_len = (uint16_t)entry_size(length);
	entry->name_len = (uint8_t)length;
	entry->file_type = file_type(node->mode);
	memcpy(entry->name, name, length);
	return offset + entry->rec_len;
}

/* Stretch the record at offset to end; an empty block gets one unused record. */
static void stretch(char *block, unsigned int offset, unsigned int end)
{
	((struct ext2_dir_entry_2 *)(block + offset))->rec_len = (uint16_t)(end - offset);
}

static void put_tail(struct ext4_writer *writer, char *block)
{
	ext2fs_initialize_dirent_tail(writer->fs, EXT2_DIRENT_TAIL(block, EXT4_BLOCK_SIZE));
}

/* "." and ".."; returns the offset of "..", *end the one behind it. */
static unsigned int put_dots(char *block, const struct tree_entry *folder, unsigned int *end)
{
	unsigned int second = put_entry(block, 0, ".", folder->node);

	*end = put_entry(block, second, "..", folder->parent->node);
	return second;
}

static int write_block(struct ext4_writer *writer, const struct tree_entry *folder, blk64_t place, char *block)
{
	errcode_t error = ext2fs_write_dir_block4(writer->fs, place, block, 0, folder->node->number);

	return error ? ext4_fail("cannot write a folder", error) : 0;
}

/* --- Plain folders ----------------------------------------------------------------------------- */

static int store_plain(struct ext4_writer *writer, const struct tree_entry *folder, const blk64_t *places,
		       size_t nr_blocks)
{
	char *block = writer->buffer;
	unsigned int last, end;

	memset(block, 0, EXT4_BLOCK_SIZE);
	last = put_dots(block, folder, &end);
	for (unsigned int i = 0; i < folder->nr_children; i++) {
		last = end;
		end = put_entry(block, last, folder->children[i]->name, folder->children[i]->node);
	}
	stretch(block, last, ENTRY_SPACE);
	put_tail(writer, block);
	if (write_block(writer, folder, places[0], block))
		return -1;
	for (size_t i = 1; i < nr_blocks; i++) {
		memset(block, 0, EXT4_BLOCK_SIZE);
		stretch(block, 0, ENTRY_SPACE);
		put_tail(writer, block);
		if (write_block(writer, folder, places[i], block))
			return -1;
	}
	return 0;
}

/* --- Indexed folders --------------------------------------------------------------------------- */

static int compare_slots(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->minor != y->minor)
		return x->minor < y->minor ? -1 : 1;
	return strcmp(x->entry->name, y->entry->name);
}

static int hash_names(struct ext4_writer *writer, const struct tree_entry *folder, struct plan *plan)
{
	const struct ext2_super_block *super = writer->fs->super;
	errcode_t error = 0;

	plan->nr_slots = folder->nr_children;
	plan->slots = mem_alloc(plan->nr_slots * sizeof(*plan->slots));
	for (size_t i = 0; !error && i < plan->nr_slots; i++) {
		struct slot *slot = &plan->slots[i];

		slot->entry = folder->children[i];
		error = ext2fs_dirhash2(super->s_def_hash_version, slot->entry->name, (int)strlen(slot->entry->name),
					NULL, 0, super->s_hash_seed, &slot->hash, &slot->minor);
	}
	if (error)
		return ext4_fail("cannot hash a name", error);
	qsort(plan->slots, plan->nr_slots, sizeof(*plan->slots), compare_slots);
	return 0;
}

/* Fill leaf after leaf in the order of hashes. */
static void cut_leaves(struct plan *plan)
{
	size_t used = ENTRY_SPACE;

	plan->leaves = mem_alloc(plan->nr_slots * sizeof(*plan->leaves));
	for (size_t i = 0; i < plan->nr_slots; i++) {
		size_t size = entry_size(strlen(plan->slots[i].entry->name));
		struct leaf *leaf;

		if (used + size > ENTRY_SPACE) {
			bool goes_on = i && plan->slots[i].hash == plan->slots[i - 1].hash;

			leaf = &plan->leaves[plan->nr_leaves++];
			leaf->first = i;
			leaf->key = plan->slots[i].hash | (goes_on ? 1 : 0);
			used = 0;
		}
		plan->leaves[plan->nr_leaves - 1].end = i + 1;
		used += size;
	}
}

static int make_plan(struct ext4_writer *writer, const struct tree_entry *folder, struct plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	if (hash_names(writer, folder, plan))
		return -1;
	cut_leaves(plan);
	if (plan->nr_leaves > ROOT_LIMIT)
		plan->nr_nodes = (plan->nr_leaves + NODE_LIMIT - 1) / NODE_LIMIT;
	if (plan->nr_nodes > ROOT_LIMIT)
		return fail("'%s': %zu entries are too many for one folder", folder->name, plan->nr_slots);
	return 0;
}

static void free_plan(struct plan *plan)
{
	free(plan->slots);
	free(plan->leaves);
}

/* What an index block names: count children; child i is file block first_block + i, its key that of leaf i * step. */
struct index {
	const struct leaf *leaves;
	size_t count, step;
	size_t first_block;
};

/* The table of an index block. The first key is left out: its place holds limit and count. */
static void put_table(char *table, unsigned int limit, const struct index *index)
{
	struct ext2_dx_entry *entries = (struct ext2_dx_entry *)table;
	struct ext2_dx_countlimit *head = (struct ext2_dx_countlimit *)table;

	for (size_t i = 0; i < index->count; i++) {
		entries[i].hash = index->leaves[i * index->step].key;
		entries[i].block = (uint32_t)(index->first_block + i);
	}
	head->limit = (uint16_t)limit;
	head->count = (uint16_t)index->count;
}

static int store_root(struct ext4_writer *writer, const struct tree_entry *folder, const struct plan *plan,
		      blk64_t place)
{
	struct index index = { plan->leaves, plan->nr_leaves, 1, 1 };
	struct ext2_dx_root_info *info;
	char *block = writer->buffer;
	unsigned int second, end;

	memset(block, 0, EXT4_BLOCK_SIZE);
	second = put_dots(block, folder, &end);
	stretch(block, second, EXT4_BLOCK_SIZE);
	info = (struct ext2_dx_root_info *)(block + end);
	info->hash_version = writer->fs->super->s_def_hash_version;
	info->info_length = sizeof(*info);
	info->indirect_levels = plan->nr_nodes ? 1 : 0;
	if (plan->nr_nodes) {
		index.count = plan->nr_nodes;
		index.step = NODE_LIMIT;
	}
	put_table(block + ROOT_TABLE, ROOT_LIMIT, &index);
	return write_block(writer, folder, place, block);
}

static int store_node(struct ext4_writer *writer, const struct tree_entry *folder, const struct plan *plan,
		      size_t number, blk64_t place)
{
	size_t first = number * NODE_LIMIT, count = plan->nr_leaves - first;
	struct index index = { plan->leaves + first, count, 1, 1 + plan->nr_nodes + first };
	char *block = writer->buffer;

	if (index.count > NODE_LIMIT)
		index.count = NODE_LIMIT;
	memset(block, 0, EXT4_BLOCK_SIZE);
	stretch(block, 0, EXT4_BLOCK_SIZE);
	put_table(block + NODE_TABLE, NODE_LIMIT, &index);
	return write_block(writer, folder, place, block);
}

static int store_leaf(struct ext4_writer *writer, const struct tree_entry *folder, const struct plan *plan,
		      const struct leaf *leaf, blk64_t place)
{
	char *block = writer->buffer;
	unsigned int last = 0, end = 0;

	memset(block, 0, EXT4_BLOCK_SIZE);
	for (size_t i = leaf->first; i < leaf->end; i++) {
		last = end;
		end = put_entry(block, last, plan->slots[i].entry->name, plan->slots[i].entry->node);
	}
	stretch(block, last, ENTRY_SPACE);
	put_tail(writer, block);
	return write_block(writer, folder, place, block);
}

static int store_indexed(struct ext4_writer *writer, const struct tree_entry *folder, const struct plan *plan,
			 const blk64_t *places)
{
	int result = store_root(writer, folder, plan, *places++);

	for (size_t i = 0; !result && i < plan->nr_nodes; i++)
		result = store_node(writer, folder, plan, i, *places++);
	for (size_t i = 0; !result && i < plan->nr_leaves; i++)
		result = store_leaf(writer, folder, plan, &plan->leaves[i], *places++);
	return result;
}

/* --- Both -------------------------------------------------------------------------------------- */

static int store_inode(struct ext4_writer *writer, const struct tree_entry *folder, size_t nr_blocks, bool indexed,
		       blk64_t **places)
{
	const struct run run = { 0, nr_blocks };
	size_t links = 2 + nr_subfolders(folder);
	struct ext2_inode_large inode;

	ext4_inode_fill(folder->node, nr_blocks * EXT4_BLOCK_SIZE, &inode);
	inode.i_links_count = (uint16_t)(links < EXT2_LINK_MAX ? links : LINKS_UNKNOWN);
	if (indexed)
		inode.i_flags |= EXT2_INDEX_FL;
	if (ext4_inode_write(writer, folder->node, &inode))
		return -1;
	return ext4_inode_map(writer, folder->node, &run, 1, places);
}

int ext4_dir_store(struct ext4_writer *writer, const struct tree_entry *folder)
{
	bool indexed = entries_size(folder) > ENTRY_SPACE;
	size_t nr_blocks = is_lost_found(folder) ? FOUND_BLOCKS : 1;
	struct plan plan = { .nr_slots = 0 };
	blk64_t *places = NULL;
	int result = 0;

	if (indexed) {
		result = make_plan(writer, folder, &plan);
		nr_blocks = 1 + plan.nr_nodes + plan.nr_leaves;
	}
	if (!result)
		result = store_inode(writer, folder, nr_blocks, indexed, &places);
	if (!result && indexed)
		result = store_indexed(writer, folder, &plan, places);
	else if (!result)
		result = store_plain(writer, folder, places, nr_blocks);
	free(places);
	free_plan(&plan);
	return result;
}
