/* SPDX-License-Identifier: MIT */
/*
 * extent: from a block of a file to a block of the volume, by the extent tree. map.c asks.
 *
 * The tree's root lies in the inode. Each node is sorted by file block; all leaves lie at the same depth. Checked
 * on the way down: magic, that entries fit, that the depth falls by one, order of keys, and where blocks lie.
 */
#include "fs/ext4/ext4.h"

#define ROOT_ENTRIES	4		/* in the 60 bytes of i_block */

/* A node being looked at. */
struct node {
	const struct ext4_disk_extent_header *header;
	uint32_t entries;
	uint32_t depth;
};

static const struct ext4_disk_extent *leaf_at(const struct node *node, uint32_t i)
{
	return (const struct ext4_disk_extent *)(node->header + 1) + i;
}

static const struct ext4_disk_extent_idx *index_at(const struct node *node, uint32_t i)
{
	return (const struct ext4_disk_extent_idx *)(node->header + 1) + i;
}

/* First file block an entry stands for: the same place in both kinds. */
static uint32_t key_at(const struct node *node, uint32_t i)
{
	return le32_to_cpu(leaf_at(node, i)->ee_block);
}

/* Take a node from memory of room entries at most; depth -1: whatever it says. */
static int open_node(struct ext4_inode *inode, const void *data, uint32_t room, int depth, struct node *node)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);

	node->header = data;
	node->entries = le16_to_cpu(node->header->eh_entries);
	node->depth = le16_to_cpu(node->header->eh_depth);
	if (le16_to_cpu(node->header->eh_magic) == EXT4_EXTENT_MAGIC && node->entries <= room &&
	    le16_to_cpu(node->header->eh_max) <= room && node->entries <= le16_to_cpu(node->header->eh_max) &&
	    node->depth <= EXT4_EXTENT_DEPTH_MAX && (depth < 0 || (uint32_t)depth == node->depth) &&
	    (node->entries || !node->depth))
		return 0;
	return ext4_corrupt(fs, "inode %llu: broken extent tree", (unsigned long long)inode->vfs.ino);
}

/* The last entry whose key is at most block; the first entry when there is none such. Entries > 0. */
static uint32_t search(const struct node *node, uint32_t block)
{
	uint32_t low = 0, high = node->entries;

	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;

		if (key_at(node, middle) <= block)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Follow the entry i of an index node into *buf and *node; the old buffer is released. */
static int descend(struct ext4_inode *inode, struct node *node, uint32_t i, struct ext4_buf *buf)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	const struct ext4_disk_extent_idx *index = index_at(node, i);
	uint64_t block = le32_to_cpu(index->ei_leaf_lo) | (uint64_t)le16_to_cpu(index->ei_leaf_hi) << 32;
	uint32_t room = (fs->block_size - sizeof(*node->header)) / sizeof(struct ext4_disk_extent);
	int depth = (int)node->depth - 1, err;

	ext4_buf_put(buf);
	if (!ext4_block_valid(fs, block, 1))
		return ext4_corrupt(fs, "inode %llu: extent node outside of the volume",
				    (unsigned long long)inode->vfs.ino);
	err = ext4_buf_get(fs, block, buf);
	if (!err)
		err = open_node(inode, buf->data, room, depth, node);
	if (!err && !ext4_extent_csum_ok(fs, inode, buf))
		err = ext4_bad_csum(fs, "extent tree of inode", inode->vfs.ino);
	return err;
}

/* What a leaf says about block `first`. next: the first block right of this leaf (its parent's next key). */
static int read_leaf(struct ext4_inode *inode, const struct node *node, uint32_t first, uint64_t next,
		     struct ext4_run *run)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	const struct ext4_disk_extent *extent;
	uint32_t i = node->entries ? search(node, first) : 0, start, length;
	uint64_t end = next;
	bool written;

	run->block = run->unwritten = 0;
	if (node->entries && key_at(node, i) <= first) {
		extent = leaf_at(node, i);
		start = key_at(node, i);
		length = le16_to_cpu(extent->ee_len);
		written = length <= EXT4_EXTENT_INIT_MAX;
		length = written ? length : length - EXT4_EXTENT_INIT_MAX;
		run->block = le32_to_cpu(extent->ee_start_lo) | (uint64_t)le16_to_cpu(extent->ee_start_hi) << 32;
		if (!length || !ext4_block_valid(fs, run->block, length))
			return ext4_corrupt(fs, "inode %llu: extent outside of the volume",
					    (unsigned long long)inode->vfs.ino);
		if (first - start < length) {
			run->unwritten = written ? 0 : run->block + (first - start);
			run->block = written ? run->block + (first - start) : 0;
			run->count = length - (first - start);
			return 0;
		}
		run->block = 0;
		i++;
	}
	if (i < node->entries)
		end = key_at(node, i);
	if (end <= first)
		return ext4_corrupt(fs, "inode %llu: extents out of order", (unsigned long long)inode->vfs.ino);
	run->count = (uint32_t)min(end - first, (uint64_t)UINT32_MAX);
	return 0;
}

int ext4_extent_map(struct ext4_inode *inode, uint32_t first, uint32_t max, struct ext4_run *run)
{
	struct ext4_buf buf = { .page = NULL };
	uint64_t next = (uint64_t)UINT32_MAX + 1;
	struct node node;
	int err = open_node(inode, inode->data, ROOT_ENTRIES, -1, &node);

	while (!err && node.depth) {
		uint32_t i = search(&node, first);

		if (i + 1 < node.entries)
			next = min(next, (uint64_t)key_at(&node, i + 1));
		err = descend(inode, &node, i, &buf);
	}
	if (!err)
		err = read_leaf(inode, &node, first, next, run);
	ext4_buf_put(&buf);
	if (!err)
		run->count = min(run->count, max);
	return err;
}
