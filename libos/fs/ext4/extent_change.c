/* SPDX-License-Identifier: MIT */
/*
 * extent_change: extents entered, joined, divided, converted, removed and moved.
 *
 * Each function leaves a tree that is right also when it fails: extents are divided first, which changes nothing that
 * can be seen, and only then whole ones are converted or removed.
 */
#include "fs/ext4/map.h"

#include "lib/string.h"

static uint32_t count_max(bool unwritten)
{
	return unwritten ? EXT4_EXTENT_UNWRITTEN_MAX : EXT4_EXTENT_INIT_MAX;
}

/* Does b continue a, so that one extent could be both? */
static bool joins(const struct ext4_extent *a, const struct ext4_extent *b)
{
	return a->first + a->count == b->first && a->block + a->count == b->block && a->unwritten == b->unwritten &&
	       a->count + b->count <= count_max(a->unwritten);
}

/* Entry i of the leaf. False: there is none. */
static bool entry(const struct ext4_level *leaf, int i, struct ext4_extent *e)
{
	if (i < 0 || i >= ext4_entries(leaf))
		return false;
	ext4_extent_decode(ext4_leaf_entry(leaf, i), e);
	return true;
}

/* Write entry i; its key may be the leaf's first. */
static int put_entry(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path, int i,
		     const struct ext4_extent *e)
{
	struct ext4_level *leaf = &path->level[path->depth];
	bool moved = !i && le32_to_cpu(ext4_leaf_entry(leaf, 0)->ee_block) != e->first;
	int err = moved ? ext4_path_get_write(h, path) : ext4_level_get_write(h, path, path->depth);

	if (err)
		return err;
	ext4_extent_encode(ext4_leaf_entry(leaf, i), e);
	err = ext4_level_dirty(h, inode, path, path->depth);
	return err || !moved ? err : ext4_path_fix_keys(h, inode, path);
}

/* Join entry i with the one behind it if they continue each other. */
static int join(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path, int i)
{
	struct ext4_level *leaf = &path->level[path->depth];
	struct ext4_extent a, b;
	int err;

	if (!entry(leaf, i, &a) || !entry(leaf, i + 1, &b) || !joins(&a, &b))
		return 0;
	a.count += b.count;
	err = ext4_path_get_write(h, path);
	err = err ? err : put_entry(h, inode, path, i, &a);
	if (err)
		return err;
	leaf->at = i + 1;
	return ext4_path_remove(h, inode, path);
}

/* One try: 0, or 1 when the leaf is full, or -errno. */
static int insert_in(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path,
		     const struct ext4_extent *e, bool joined)
{
	struct ext4_level *leaf = &path->level[path->depth];
	struct ext4_extent near;
	int at = leaf->at, entries = ext4_entries(leaf), err;

	if (joined && entry(leaf, at, &near) && joins(&near, e)) {
		near.count += e->count;
		err = put_entry(h, inode, path, at, &near);
		return err ? err : join(h, inode, path, at);
	}
	if (joined && entry(leaf, at + 1, &near) && joins(e, &near)) {
		near.first = e->first;
		near.block = e->block;
		near.count += e->count;
		return put_entry(h, inode, path, at + 1, &near);
	}
	if (entries >= le16_to_cpu(leaf->header->eh_max))
		return 1;
	err = at < 0 ? ext4_path_get_write(h, path) : ext4_level_get_write(h, path, path->depth);
	if (err)
		return err;
	memmove(ext4_leaf_entry(leaf, at + 2), ext4_leaf_entry(leaf, at + 1),
		(size_t)(entries - at - 1) * sizeof(struct ext4_disk_extent));
	ext4_extent_encode(ext4_leaf_entry(leaf, at + 1), e);
	leaf->header->eh_entries = cpu_to_le16((uint16_t)(entries + 1));
	err = ext4_level_dirty(h, inode, path, path->depth);
	return err || at >= 0 ? err : ext4_path_fix_keys(h, inode, path);
}

static int insert(struct ext4_handle *h, struct ext4_inode *inode, const struct ext4_extent *e, bool joined)
{
	struct ext4_path path;
	int err = 1;

	/* Each round either ends or makes room at one level. */
	for (unsigned i = 0; err == 1 && i < 2 * EXT4_EXTENT_DEPTH_MAX + 2; i++) {
		err = ext4_path_find(inode, e->first, &path);
		if (!err)
			err = insert_in(h, inode, &path, e, joined);
		if (err == 1) {
			err = ext4_path_make_room(h, inode, &path, e->first);
			err = err ? err : 1;
		}
		ext4_path_put(&path);
	}
	return err == 1 ? -EFBIG : err;
}

int ext4_extent_insert(struct ext4_handle *h, struct ext4_inode *inode, const struct ext4_extent *e)
{
	return insert(h, inode, e, /*joined=*/true);
}

/* Set the length of the extent that begins at first. */
static int set_count(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, uint32_t count)
{
	struct ext4_path path;
	struct ext4_extent e;
	int err = ext4_path_find(inode, first, &path);

	if (!err && (!entry(&path.level[path.depth], path.level[path.depth].at, &e) || e.first != first))
		err = -EFSCORRUPTED;
	if (!err) {
		e.count = count;
		err = put_entry(h, inode, &path, path.level[path.depth].at, &e);
	}
	ext4_path_put(&path);
	return err;
}

int ext4_extent_split_at(struct ext4_handle *h, struct ext4_inode *inode, uint32_t block)
{
	struct ext4_extent e, right;
	struct ext4_path path;
	bool spans;
	int err = ext4_path_find(inode, block, &path);

	spans = !err && entry(&path.level[path.depth], path.level[path.depth].at, &e) && e.first < block &&
		block - e.first < e.count;
	ext4_path_put(&path);
	if (err || !spans)
		return err;
	right = e;
	right.first = block;
	right.block += block - e.first;
	right.count -= block - e.first;
	err = set_count(h, inode, e.first, block - e.first);
	if (err)
		return err;
	err = insert(h, inode, &right, /*joined=*/false);
	if (err)
		ignore_result(set_count(h, inode, e.first, e.count));	/* the first error counts */
	return err;
}

/* The extent at first: mark it, join it. *count: how many blocks it has. */
static int convert_one(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, bool unwritten,
		       uint32_t *count)
{
	struct ext4_path path;
	struct ext4_extent e;
	int err = ext4_path_find(inode, first, &path), at;

	at = path.level[path.depth].at;
	if (!err && (!entry(&path.level[path.depth], at, &e) || e.first != first))
		err = ext4_corrupt(h->fs, "inode %llu: no extent at %u", (unsigned long long)inode->vfs.ino, first);
	if (!err) {
		e.unwritten = unwritten;
		*count = e.count;
		err = put_entry(h, inode, &path, at, &e);
	}
	ext4_path_put(&path);
	/* Joining may remove nodes: each time with a new path. */
	for (int i = 0; !err && i < 2; i++) {
		err = ext4_path_find(inode, first, &path);
		if (!err)
			err = join(h, inode, &path, path.level[path.depth].at - (i ? 1 : 0));
		ext4_path_put(&path);
	}
	return err;
}

int ext4_extent_convert(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, uint32_t count,
			bool unwritten)
{
	uint32_t end = first + count, done = 0;
	int err = ext4_extent_split_at(h, inode, first);

	if (!err)
		err = ext4_extent_split_at(h, inode, end);
	while (!err && first < end) {
		/* One extent of written blocks may be longer than one of unwritten ones can be. */
		if (unwritten && end - first > EXT4_EXTENT_UNWRITTEN_MAX)
			err = ext4_extent_split_at(h, inode, first + EXT4_EXTENT_UNWRITTEN_MAX);
		if (!err)
			err = convert_one(h, inode, first, unwritten, &done);
		first += done;
	}
	return err;
}

/* Take [from, to] out of the extent e, which the path is at, and does not reach behind `to`; free its blocks. */
static int cut(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path, struct ext4_extent *e,
	       uint32_t from)
{
	struct ext4_level *leaf = &path->level[path->depth];
	uint32_t keep = from - e->first, count = e->count - keep;
	uint64_t block = e->block + keep;
	int err, freed;

	if (!ext4_block_valid(h->fs, e->block, e->count))
		return ext4_corrupt(h->fs, "inode %llu: extent outside of the volume",
				    (unsigned long long)inode->vfs.ino);
	err = ext4_path_get_write(h, path);
	if (err)
		return err;
	/* From here on a failure costs blocks, which nobody names any more: ext4_blocks_free() marks the volume. */
	if (keep) {
		e->count = keep;
		err = put_entry(h, inode, path, leaf->at, e);
	} else {
		err = ext4_path_remove(h, inode, path);
	}
	freed = ext4_blocks_free(h, inode, block, count, ext4_blocks_journalled(inode));
	return err ? err : freed;
}

int ext4_extent_remove_last(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, uint32_t last)
{
	struct ext4_path path;
	struct ext4_extent e;
	bool found;
	int err = ext4_path_find(inode, last, &path);

	found = !err && entry(&path.level[path.depth], path.level[path.depth].at, &e) &&
		(uint64_t)e.first + e.count > first;
	if (err || !found)
		goto out;
	if ((uint64_t)e.first + e.count > (uint64_t)last + 1) {	/* it goes on behind the range */
		ext4_path_put(&path);
		err = ext4_extent_split_at(h, inode, last + 1);
		return err ? err : 1;
	}
	first = max(e.first, first);
	if (ext4_journals_data(inode))	/* each block is revoked */
		first = max(first, e.first + e.count - min(e.count, (uint32_t)EXT4_REVOKE_STEP));
	err = cut(h, inode, &path, &e, first);
out:
	ext4_path_put(&path);
	return err ? err : found;
}

/* --- Moving --------------------------------------------------------------------------------------- */

/* All entries of the path's leaf from i on. */
static int shift_leaf(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_path *path, int i, int64_t delta)
{
	struct ext4_level *leaf = &path->level[path->depth];
	bool first = !i;
	int err = first ? ext4_path_get_write(h, path) : ext4_level_get_write(h, path, path->depth);

	if (err)
		return err;
	for (; i < ext4_entries(leaf); i++) {
		struct ext4_disk_extent *disk = ext4_leaf_entry(leaf, i);

		disk->ee_block = cpu_to_le32((uint32_t)(le32_to_cpu(disk->ee_block) + delta));
	}
	err = ext4_level_dirty(h, inode, path, path->depth);
	return err || !first ? err : ext4_path_fix_keys(h, inode, path);
}

/* Where the leaf right of the path's begins; 0: there is none. */
static uint32_t next_leaf(const struct ext4_path *path)
{
	for (int i = (int)path->depth - 1; i >= 0; i--) {
		const struct ext4_level *level = &path->level[i];

		if (level->at + 1 < ext4_entries(level))
			return le32_to_cpu(ext4_index_entry(level, level->at + 1)->ei_block);
	}
	return 0;
}

/* Is there a leaf to the left of the path's? */
static bool has_previous_leaf(const struct ext4_path *path)
{
	for (unsigned i = 0; i < path->depth; i++) {
		if (path->level[i].at > 0)
			return true;
	}
	return false;
}

/*
 * To lower numbers from the left on, to higher ones from the right, so that the order of keys holds at each step. *pos
 * is where to go on: to the left the first block not moved yet, to the right the last.
 */
int ext4_extent_shift(struct ext4_handle *h, struct ext4_inode *inode, uint32_t from, uint32_t *pos, int64_t delta)
{
	bool left = delta < 0, more = false;
	struct ext4_level *leaf;
	struct ext4_path path;
	struct ext4_extent e;
	int err = ext4_path_find(inode, *pos, &path), at;

	if (err)
		goto out;
	leaf = &path.level[path.depth];
	at = left ? leaf->at : 0;
	while (entry(leaf, at, &e) && e.first < (left ? *pos : from))
		at++;
	at = max(at, 0);
	if (left) {
		*pos = next_leaf(&path);
		more = *pos != 0;
	} else if (entry(leaf, 0, &e) && e.first > from && has_previous_leaf(&path)) {
		*pos = e.first - 1;
		more = true;
	}
	if (at < ext4_entries(leaf))
		err = shift_leaf(h, inode, &path, at, delta);
out:
	ext4_path_put(&path);
	return err ? err : more;
}
