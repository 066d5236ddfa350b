/* SPDX-License-Identifier: MIT */
/*
 * extent_path: the extent tree as a tree: ways from the root to a leaf, nodes that split, empty ones that go.
 *
 * A node splits at its middle; behind its last entry, where files grow, it stays full and the new one begins there.
 * When the root is full, its entries move into a block below it. When all that is left fits into the root, it moves
 * back up. The key of an index entry is the first key of the node below it.
 */
#include "fs/ext4/map.h"
#include "fs/ext4/log.h"

#include "lib/string.h"

#define ROOT_ENTRIES	4u		/* in the 60 bytes of i_block */

_Static_assert(sizeof(struct ext4_disk_extent_header) == sizeof(struct ext4_disk_extent), "entries follow the header");

static uint32_t block_entries(const struct ext4_fs *fs)
{
	return (fs->block_size - (uint32_t)sizeof(struct ext4_disk_extent_header)) / sizeof(struct ext4_disk_extent);
}

void ext4_extent_decode(const struct ext4_disk_extent *disk, struct ext4_extent *out)
{
	uint32_t length = le16_to_cpu(disk->ee_len);

	out->first = le32_to_cpu(disk->ee_block);
	out->unwritten = length > EXT4_EXTENT_INIT_MAX;
	out->count = out->unwritten ? length - EXT4_EXTENT_INIT_MAX : length;
	out->block = le32_to_cpu(disk->ee_start_lo) | (uint64_t)le16_to_cpu(disk->ee_start_hi) << 32;
}

void ext4_extent_encode(struct ext4_disk_extent *disk, const struct ext4_extent *e)
{
	disk->ee_block = cpu_to_le32(e->first);
	disk->ee_len = cpu_to_le16((uint16_t)(e->count + (e->unwritten ? EXT4_EXTENT_INIT_MAX : 0)));
	disk->ee_start_lo = cpu_to_le32((uint32_t)e->block);
	disk->ee_start_hi = cpu_to_le16((uint16_t)(e->block >> 32));
}

static uint32_t key(const struct ext4_level *level, int i)
{
	return le32_to_cpu(ext4_leaf_entry(level, i)->ee_block);
}

/* The last entry whose key is at most block, or -1. */
static int search(const struct ext4_level *level, uint32_t block)
{
	int low = -1, high = ext4_entries(level);

	while (high - low > 1) {
		int middle = (low + high) / 2;

		if (key(level, middle) <= block)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int check_node(struct ext4_inode *inode, const struct ext4_level *level, unsigned depth, uint32_t room)
{
	const struct ext4_disk_extent_header *header = level->header;

	if (le16_to_cpu(header->eh_magic) == EXT4_EXTENT_MAGIC && le16_to_cpu(header->eh_max) <= room &&
	    header->eh_max && le16_to_cpu(header->eh_entries) <= le16_to_cpu(header->eh_max) &&
	    le16_to_cpu(header->eh_depth) == depth && (header->eh_entries || !depth))
		return 0;
	return ext4_corrupt(ext4_fs(inode->vfs.sb), "inode %llu: broken extent tree",
			    (unsigned long long)inode->vfs.ino);
}

/* From the entry chosen at level i to the node below. */
static int step_down(struct ext4_inode *inode, struct ext4_path *path, unsigned i)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	struct ext4_level *below = &path->level[i + 1];
	uint64_t block = ext4_index_block(ext4_index_entry(&path->level[i], path->level[i].at));
	int err;

	if (!ext4_block_valid(fs, block, 1))
		return ext4_corrupt(fs, "inode %llu: extent node outside of the volume",
				    (unsigned long long)inode->vfs.ino);
	err = ext4_buf_get(fs, block, &below->buf);
	if (err)
		return err;
	below->header = below->buf.data;
	err = check_node(inode, below, path->depth - i - 1, block_entries(fs));
	if (!err && !ext4_extent_csum_ok(fs, inode, &below->buf))
		err = ext4_bad_csum(fs, "extent tree of inode", inode->vfs.ino);
	return err;
}

int ext4_path_find(struct ext4_inode *inode, uint32_t block, struct ext4_path *path)
{
	struct ext4_level *root = &path->level[0];
	int err;

	memset(path, 0, sizeof(*path));
	root->header = (void *)inode->data;
	path->depth = le16_to_cpu(root->header->eh_depth);
	if (path->depth > EXT4_EXTENT_DEPTH_MAX) {
		path->depth = 0;
		return ext4_corrupt(ext4_fs(inode->vfs.sb), "inode %llu: extent tree too deep",
				    (unsigned long long)inode->vfs.ino);
	}
	err = check_node(inode, root, path->depth, ROOT_ENTRIES);
	for (unsigned i = 0; !err; i++) {
		path->level[i].at = search(&path->level[i], block);
		if (i == path->depth)
			break;
		path->level[i].at = max(path->level[i].at, 0);
		err = step_down(inode, path, i);
	}
	return err;
}

void ext4_path_put(struct ext4_path *path)
{
	for (unsigned i = 0; i <= path->depth; i++)
		ext4_buf_put(&path->level[i].buf);
}

int ext4_level_get_write(struct ext4_handle *h, struct ext4_path *path, unsigned i)
{
	return i ? ext4_journal_get_write(h, &path->level[i].buf) : 0;
}

int ext4_level_dirty(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path, unsigned i)
{
	if (!i)
		return 0;			/* the caller writes the inode */
	ext4_extent_csum_set(h->fs, inode, path->level[i].header);
	return ext4_journal_dirty(h, &path->level[i].buf);
}

int ext4_path_get_write(struct ext4_handle *h, struct ext4_path *path)
{
	int err = 0;

	for (unsigned i = 1; !err && i <= path->depth; i++)
		err = ext4_level_get_write(h, path, i);
	return err;
}

int ext4_path_fix_keys(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path)
{
	uint32_t first = key(&path->level[path->depth], 0);
	int err = 0;

	for (unsigned i = path->depth; !err && i-- > 0;) {
		struct ext4_level *level = &path->level[i];

		err = ext4_level_get_write(h, path, i);
		if (err)
			break;
		ext4_index_entry(level, level->at)->ei_block = cpu_to_le32(first);
		err = ext4_level_dirty(h, inode, path, i);
		if (level->at)
			break;
	}
	return err;
}

/* --- Growing -------------------------------------------------------------------------------------- */

/* A block for a node, near what it belongs to: zeroed, held by buf. */
static int new_node(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path, struct ext4_buf *buf)
{
	const struct ext4_level *leaf = &path->level[path->depth];
	struct ext4_request req = { .inode = inode, .count = 1, .flags = EXT4_ALLOC_META };
	struct ext4_extent e = { .block = 0 };
	int err;

	if (leaf->at >= 0)
		ext4_extent_decode(ext4_leaf_entry(leaf, leaf->at), &e);
	req.goal = e.block;
	err = ext4_balloc(h, &req);
	if (err)
		return err;
	err = ext4_journal_get_new(h, req.block, buf);
	if (err)
		ignore_result(ext4_blocks_free(h, inode, req.block, 1, /*meta=*/true));	/* the first error counts */
	return err;
}

static void set_header(struct ext4_disk_extent_header *header, int entries, uint32_t max, unsigned depth)
{
	header->eh_magic = cpu_to_le16(EXT4_EXTENT_MAGIC);
	header->eh_entries = cpu_to_le16((uint16_t)entries);
	header->eh_max = cpu_to_le16((uint16_t)max);
	header->eh_depth = cpu_to_le16((uint16_t)depth);
}

static void set_index(struct ext4_disk_extent_idx *index, uint32_t first, uint64_t block)
{
	index->ei_block = cpu_to_le32(first);
	index->ei_leaf_lo = cpu_to_le32((uint32_t)block);
	index->ei_leaf_hi = cpu_to_le16((uint16_t)(block >> 32));
	index->ei_unused = 0;
}

/* The root's entries go into a new node below it. */
static int grow(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path)
{
	struct ext4_level *root = &path->level[0];
	struct ext4_disk_extent_header *header;
	struct ext4_buf buf;
	int err;

	if (path->depth >= EXT4_EXTENT_DEPTH_MAX)
		return -EFBIG;
	err = new_node(h, inode, path, &buf);
	if (err)
		return err;
	header = buf.data;
	memcpy(header, inode->data, sizeof(inode->data));
	set_header(header, ext4_entries(root), block_entries(h->fs), path->depth);
	ext4_extent_csum_set(h->fs, inode, header);
	err = ext4_journal_dirty(h, &buf);
	set_header(root->header, 1, ROOT_ENTRIES, path->depth + 1);
	set_index(ext4_index_entry(root, 0), key(root, 0), buf.block);
	ext4_buf_put(&buf);
	return err;
}

/* Behind the entry this level is at; there is room. */
static void add_index(struct ext4_level *level, uint32_t first, uint64_t block)
{
	int tail = ext4_entries(level) - level->at - 1;

	memmove(ext4_index_entry(level, level->at + 2), ext4_index_entry(level, level->at + 1),
		(size_t)tail * sizeof(struct ext4_disk_extent_idx));
	set_index(ext4_index_entry(level, level->at + 1), first, block);
	level->header->eh_entries = cpu_to_le16((uint16_t)(ext4_entries(level) + 1));
}

/* The node at level i is full, the one above has room: part of it moves into a new one. */
static int split(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path, unsigned i, uint32_t block)
{
	struct ext4_level *level = &path->level[i], *above = &path->level[i - 1];
	int entries = ext4_entries(level), keep = entries / 2;
	struct ext4_disk_extent_header *header;
	struct ext4_buf buf;
	uint32_t first;
	int err = ext4_level_get_write(h, path, i);

	if (!err)
		err = ext4_level_get_write(h, path, i - 1);
	if (!err)
		err = new_node(h, inode, path, &buf);
	if (err)
		return err;
	if (level->at == entries - 1)		/* a leaf may begin empty: it is about to be filled */
		keep = i == path->depth ? entries : entries - 1;
	header = buf.data;
	memcpy(header + 1, ext4_leaf_entry(level, keep), (size_t)(entries - keep) * sizeof(struct ext4_disk_extent));
	set_header(header, entries - keep, block_entries(h->fs), path->depth - i);
	first = keep < entries ? key(level, keep) : block;
	level->header->eh_entries = cpu_to_le16((uint16_t)keep);
	add_index(above, first, buf.block);
	ext4_extent_csum_set(h->fs, inode, header);
	err = ext4_journal_dirty(h, &buf);
	ext4_buf_put(&buf);
	if (!err)
		err = ext4_level_dirty(h, inode, path, i);
	return err ? err : ext4_level_dirty(h, inode, path, i - 1);
}

int ext4_path_make_room(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path, uint32_t block)
{
	for (unsigned i = path->depth; i > 0; i--) {
		const struct ext4_disk_extent_header *above = path->level[i - 1].header;

		if (le16_to_cpu(above->eh_entries) < le16_to_cpu(above->eh_max))
			return split(h, inode, path, i, block);
	}
	return grow(h, inode, path);
}

/* --- Shrinking ------------------------------------------------------------------------------------ */

/* A tree of one leaf that would fit into the root. */
static int pull_up(struct ext4_handle *h, struct ext4_inode *inode)
{
	struct ext4_disk_extent_header *root = (void *)inode->data;
	struct ext4_path path;
	int err, entries;
	uint64_t block;

	if (le16_to_cpu(root->eh_depth) != 1 || le16_to_cpu(root->eh_entries) != 1)
		return 0;
	err = ext4_path_find(inode, 0, &path);
	entries = err ? 0 : ext4_entries(&path.level[1]);
	block = path.level[1].buf.block;
	if (err || entries > (int)ROOT_ENTRIES) {
		ext4_path_put(&path);
		return err;
	}
	memcpy(root + 1, path.level[1].header + 1, (size_t)entries * sizeof(struct ext4_disk_extent));
	set_header(root, entries, ROOT_ENTRIES, 0);
	ext4_path_put(&path);
	return ext4_blocks_free(h, inode, block, 1, /*meta=*/true);
}

static void remove_entry(struct ext4_level *level)
{
	int entries = ext4_entries(level) - 1;

	memmove(ext4_leaf_entry(level, level->at), ext4_leaf_entry(level, level->at + 1),
		(size_t)(entries - level->at) * sizeof(struct ext4_disk_extent));
	memset(ext4_leaf_entry(level, entries), 0, sizeof(struct ext4_disk_extent));
	level->header->eh_entries = cpu_to_le16((uint16_t)entries);
}

int ext4_path_remove(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path)
{
	unsigned i = path->depth;
	int err = ext4_path_get_write(h, path);

	if (err)
		return err;
	for (;; i--) {
		struct ext4_level *level = &path->level[i];

		remove_entry(level);
		err = ext4_level_dirty(h, inode, path, i);
		if (err || level->header->eh_entries || !i)
			break;
		err = ext4_blocks_free(h, inode, level->buf.block, 1, /*meta=*/true);
		if (err)
			return err;
	}
	if (err)
		return err;
	if (!path->level[0].header->eh_entries) {
		set_header(path->level[0].header, 0, ROOT_ENTRIES, 0);
		return 0;
	}
	if (!path->level[i].at && i) {		/* the first key of level i changed */
		unsigned depth = path->depth;

		path->depth = i;
		err = ext4_path_fix_keys(h, inode, path);
		path->depth = depth;
	}
	return err ? err : pull_up(h, inode);
}
