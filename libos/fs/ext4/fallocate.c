/* SPDX-License-Identifier: MIT */
/*
 * fallocate: blocks given to a file ahead of its data, taken out of it, and moved: fallocate(2).
 *
 *	(none), KEEP_SIZE	holes become unwritten blocks, which read as zeroes
 *	PUNCH_HOLE		blocks inside the range are freed, the rest of it is zeroed
 *	ZERO_RANGE		the same, but the blocks stay, unwritten
 *	COLLAPSE, INSERT_RANGE	what is behind moves; in whole blocks
 *
 * Each is done in as many transactions as it takes; after a crash it may be done in part, as on Linux.
 *
 * Locking. The inode's lock; then the mapping's invalidate_lock (mm/pagecache.h), from before pages are dropped until
 * the blocks have changed.
 */
#include "fs/ext4/write.h"

#include "abi/fcntl.h"
#include "lib/align.h"
#include "sched/sched.h"
#include "vfs/file.h"

#define MODES	(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_ZERO_RANGE | \
		 FALLOC_FL_INSERT_RANGE)

static int stop(struct ext4_handle *h, int err)
{
	int stopped = ext4_journal_stop(h);

	return err ? err : stopped;
}

/* --- Blocks --------------------------------------------------------------------------------------- */

typedef int step_fn(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, struct ext4_run *run);

static int give_blocks(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, struct ext4_run *run)
{
	unsigned root = READ_ONCE(inode->use_root) ? EXT4_MAP_ROOT : 0;

	return ext4_map_create_locked(h, inode, first, EXT4_MAP_UNWRITTEN | root, run);
}

/* Do `step` for [first, end), a run at a time, each in a handle of its own. */
static int for_blocks(struct ext4_inode *inode, uint32_t first, uint32_t end, step_fn *step)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	unsigned retries = 3;
	struct ext4_handle *h;
	struct ext4_run run;
	int err = 0, written;

	while (!err && first < end) {
		err = ext4_journal_start(fs, EXT4_MAP_CREDITS, &h);
		if (err)
			break;
		run.count = min(end - first, (uint32_t)EXT4_EXTENT_UNWRITTEN_MAX);
		down_write(&inode->map_sem);
		err = ext4_inode_get_write(h, &inode->vfs);
		err = err ? err : step(h, inode, first, &run);
		up_write(&inode->map_sem);
		written = ext4_inode_dirty(h, &inode->vfs);	/* also after a failure: the root may have changed */
		err = stop(h, err ? err : written);
		if (!err)
			first += run.count;
		else if (err == -ENOSPC && retries-- && ext4_retry_alloc(fs))
			err = 0;
		else if (fatal_signal_pending())
			err = -EINTR;
		cond_resched();
	}
	return err;
}

/* The file's size on disk and in memory; its times were set. */
static int put_size(struct inode *vfs, loff_t size)
{
	struct ext4_handle *h;
	int err = ext4_journal_start(ext4_fs(vfs->sb), 2, &h);

	if (err)
		return err;
	err = ext4_journal_order(h, ext4_i(vfs));	/* zeroes behind the old end */
	if (!err) {
		ext4_size_set(h, ext4_i(vfs), size);
		err = ext4_inode_dirty(h, vfs);
	}
	return stop(h, err);
}

static int grow_to(struct inode *vfs, loff_t end)
{
	loff_t old = vfs->size;
	struct page *tail;
	int err;

	if (end <= old)
		return 0;
	err = ext4_tail_read(vfs, old, &tail);
	if (err)
		return err;
	down_write(&vfs->mapping.invalidate_lock);
	pagecache_truncate(&vfs->mapping, old);		/* a mapping may have written there */
	err = put_size(vfs, end);
	up_write(&vfs->mapping.invalidate_lock);
	if (tail)
		put_page(tail);
	return err;
}

/* --- In place ------------------------------------------------------------------------------------- */

/* A range that is to read as zeroes. A value on the stack. */
struct range {
	loff_t offset, end;		/* bytes */
	uint32_t first, last_end;	/* the whole blocks in it; first >= last_end: none */
	struct page *edges[2];		/* of partial blocks: held, so that they are there to be zeroed */
};

/* A partial block at byte pos is to be zeroed: have it in memory if it has content. */
static int read_edge(struct inode *vfs, loff_t pos, struct page **out)
{
	loff_t start = (loff_t)ALIGN_DOWN((uint64_t)pos, vfs->sb->block_size);

	if (pos == start || start >= vfs->size)
		return 0;
	return ext4_page_read(vfs, pos, out);
}

static void range_put(struct range *range)
{
	for (unsigned i = 0; i < ARRAY_SIZE(range->edges); i++) {
		if (range->edges[i])
			put_page(range->edges[i]);
	}
}

/* offset and end are set. range_put() in any case. 0 or -errno. */
static int range_prepare(struct inode *vfs, struct range *range)
{
	const struct ext4_fs *fs = ext4_fs(vfs->sb);
	int err = read_edge(vfs, range->offset, &range->edges[0]);

	range->first = ext4_blocks_of(fs, range->offset);
	range->last_end = (uint32_t)(range->end >> fs->block_bits);
	return err ? err : read_edge(vfs, range->end, &range->edges[1]);
}

/* Whole blocks in pages that stay wait no more. */
static void drop_waiting(struct ext4_inode *inode, uint32_t first, uint32_t end)
{
	uint32_t per_page = PAGE_SIZE >> inode->vfs.sb->block_bits;
	uint32_t head = min(end, (uint32_t)ALIGN_UP(first, per_page)), tail = max(head, ALIGN_DOWN(end, per_page));

	if (head > first)
		ext4_delayed_done(inode, first, head - first);
	if (end > tail)
		ext4_delayed_done(inode, tail, end - tail);
}

/*
 * Before its pages are dropped they are written: a transaction that made blocks of them part of the file waits for
 * their data, and may commit before the one that takes them out again.
 */
static int range_write_locked(struct inode *vfs, const struct range *range)
{
	assert_held(&vfs->mapping.invalidate_lock);
	return pagecache_sync(&vfs->mapping, range->offset, range->end, /*wait=*/true);
}

/* Its bytes are zeroes in pages that stay; the others are dropped. */
static void range_clear_locked(struct inode *vfs, const struct range *range)
{
	assert_held(&vfs->mapping.invalidate_lock);
	pagecache_punch(&vfs->mapping, range->offset, range->end);
	if (range->first < range->last_end)
		drop_waiting(ext4_i(vfs), range->first, range->last_end);
}

/*
 * The last pages of the file are about to be dropped from offset on: write-back will not find them, and the size on
 * disk would stay behind. It goes there before, and what is below first, as when a file is cut.
 */
static int keep_size(struct inode *vfs, loff_t offset)
{
	struct ext4_inode *inode = ext4_i(vfs);
	int err = 0;

	if (inode->disksize >= vfs->size)
		return 0;
	if (inode->disksize < offset)
		err = pagecache_sync(&vfs->mapping, inode->disksize, offset, /*wait=*/false);
	return err ? err : ext4_disksize_write(inode, vfs->size);
}

static void set_hole(struct ext4_inode *inode, uint32_t first, uint32_t end)
{
	WRITE_ONCE(inode->hole_first, first);
	WRITE_ONCE(inode->hole_end, end);
}

/* Free the blocks [first, end). */
static int free_blocks(struct ext4_inode *inode, uint32_t first, uint32_t end)
{
	struct ext4_handle *h;
	int err = ext4_journal_start(ext4_fs(inode->vfs.sb), EXT4_MAP_CREDITS, &h);

	return err ? err : stop(h, ext4_map_remove(h, inode, first, end - 1));
}

static int punch_locked(struct inode *vfs, const struct range *range)
{
	struct ext4_inode *inode = ext4_i(vfs);
	int err;

	assert_held(&vfs->mapping.invalidate_lock);
	err = range_write_locked(vfs, range);
	if (err)
		return err;
	set_hole(inode, range->first, range->last_end);
	range_clear_locked(vfs, range);
	if (range->first < range->last_end)
		err = free_blocks(inode, range->first, range->last_end);
	set_hole(inode, 0, 0);
	return err;
}

static int punch(struct inode *vfs, loff_t offset, loff_t end)
{
	struct range range = { .offset = offset, .end = end };
	int err;

	if (offset >= vfs->size)
		return 0;
	/* To the end of the file: its last block goes whole. */
	if (end >= vfs->size)
		range.end = (loff_t)ALIGN_UP((uint64_t)vfs->size, vfs->sb->block_size);
	err = end >= vfs->size ? keep_size(vfs, offset) : 0;
	if (!err)
		err = range_prepare(vfs, &range);
	if (!err) {
		down_write(&vfs->mapping.invalidate_lock);
		err = punch_locked(vfs, &range);
		up_write(&vfs->mapping.invalidate_lock);
	}
	range_put(&range);
	return err;
}

static int zero_locked(struct inode *vfs, const struct range *range)
{
	int err;

	assert_held(&vfs->mapping.invalidate_lock);
	err = range_write_locked(vfs, range);
	if (err)
		return err;
	range_clear_locked(vfs, range);
	return for_blocks(ext4_i(vfs), range->first, range->last_end, ext4_map_unwrite_locked);
}

static int zero(struct inode *vfs, loff_t offset, loff_t end)
{
	struct range range = { .offset = offset, .end = end };
	int err = for_blocks(ext4_i(vfs), (uint32_t)(offset >> vfs->sb->block_bits),
			     ext4_blocks_of(ext4_fs(vfs->sb), end), give_blocks);

	if (!err && end >= vfs->size)
		err = keep_size(vfs, offset);
	if (!err)
		err = range_prepare(vfs, &range);
	if (!err) {
		down_write(&vfs->mapping.invalidate_lock);
		err = zero_locked(vfs, &range);
		up_write(&vfs->mapping.invalidate_lock);
	}
	range_put(&range);
	return err;
}

/* --- Moving --------------------------------------------------------------------------------------- */

/* Everything from offset on is on disk, and no longer in memory. */
static int flush_from_locked(struct inode *vfs, loff_t offset)
{
	int err;

	assert_held(&vfs->mapping.invalidate_lock);
	err = pagecache_sync(&vfs->mapping, offset, INT64_MAX, /*wait=*/true);

	if (!err)
		pagecache_truncate(&vfs->mapping, ALIGN_DOWN(offset, (loff_t)PAGE_SIZE));
	return err;
}

/* Move the extents at and behind `from`. */
static int shift(struct ext4_inode *inode, uint32_t from, int64_t delta)
{
	uint32_t pos = delta < 0 ? from : UINT32_MAX;
	struct ext4_handle *h;
	int err = 1, done;

	while (err == 1) {
		err = ext4_journal_start(ext4_fs(inode->vfs.sb), EXT4_MAP_CREDITS, &h);
		if (err)
			break;
		down_write(&inode->map_sem);
		ext4_map_forget(inode);
		err = ext4_extent_shift(h, inode, from, &pos, delta);
		up_write(&inode->map_sem);
		done = ext4_inode_dirty(h, &inode->vfs);
		done = stop(h, done);
		err = done ? done : err;
		cond_resched();
	}
	return err;
}

static int collapse(struct inode *vfs, loff_t offset, loff_t end)
{
	struct ext4_inode *inode = ext4_i(vfs);
	uint32_t first = (uint32_t)(offset >> vfs->sb->block_bits), behind = (uint32_t)(end >> vfs->sb->block_bits);
	int err;

	if (end >= vfs->size)
		return -EINVAL;
	down_write(&vfs->mapping.invalidate_lock);
	err = flush_from_locked(vfs, offset);
	if (!err)
		err = free_blocks(inode, first, behind);
	if (!err)
		err = shift(inode, behind, -(int64_t)(behind - first));
	if (!err)
		err = put_size(vfs, vfs->size - (end - offset));
	up_write(&vfs->mapping.invalidate_lock);
	return err;
}

/* The first block behind everything the file has. */
static int last_block(struct ext4_inode *inode, uint64_t *end)
{
	struct ext4_path path;
	struct ext4_extent e;
	int err = ext4_path_find(inode, UINT32_MAX, &path);

	*end = 0;
	if (!err && path.level[path.depth].at >= 0) {
		ext4_extent_decode(ext4_leaf_entry(&path.level[path.depth], path.level[path.depth].at), &e);
		*end = (uint64_t)e.first + e.count;
	}
	ext4_path_put(&path);
	return err;
}

/* No extent goes over the border before `first`, and all behind it may move by `count`. */
static int prepare_insert(struct ext4_inode *inode, uint32_t first, uint32_t count)
{
	struct ext4_handle *h;
	uint64_t end;
	int err = ext4_journal_start(ext4_fs(inode->vfs.sb), EXT4_MAP_CREDITS, &h), written;

	if (err)
		return err;
	down_write(&inode->map_sem);
	ext4_map_forget(inode);
	err = last_block(inode, &end);
	if (!err && end + count > UINT32_MAX)
		err = -EFBIG;
	if (!err)
		err = ext4_extent_split_at(h, inode, first);
	up_write(&inode->map_sem);
	written = ext4_inode_dirty(h, &inode->vfs);	/* also after a failure: the root may have changed */
	return stop(h, err ? err : written);
}

static int insert(struct inode *vfs, loff_t offset, loff_t len)
{
	struct ext4_inode *inode = ext4_i(vfs);
	uint32_t first = (uint32_t)(offset >> vfs->sb->block_bits), count = (uint32_t)(len >> vfs->sb->block_bits);
	int err;

	if (offset >= vfs->size)
		return -EINVAL;
	if (len > vfs->sb->max_bytes - vfs->size)
		return -EFBIG;
	down_write(&vfs->mapping.invalidate_lock);
	err = flush_from_locked(vfs, offset);
	if (!err)
		err = prepare_insert(inode, first, count);
	/* The size first: what moves must not lie behind the end. */
	if (!err)
		err = put_size(vfs, vfs->size + len);
	if (!err)
		err = shift(inode, first, count);
	up_write(&vfs->mapping.invalidate_lock);
	return err;
}

/* --- fallocate(2) --------------------------------------------------------------------------------- */

static int check(const struct inode *vfs, int mode, loff_t offset, loff_t len)
{
	int what = mode & ~FALLOC_FL_KEEP_SIZE;
	bool moves = mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE);

	if ((mode & ~MODES) || mode == FALLOC_FL_PUNCH_HOLE)
		return -EOPNOTSUPP;
	if (what & (what - 1) || (moves && what != mode))
		return -EOPNOTSUPP;
	if (vfs->flags & FS_IMMUTABLE_FL || ((vfs->flags & FS_APPEND_FL) && what))
		return -EPERM;
	if (!(ext4_i((struct inode *)vfs)->flags & EXT4_EXTENTS_FL) && what != FALLOC_FL_PUNCH_HOLE)
		return -EOPNOTSUPP;
	if (moves && (offset | len) & (vfs->sb->block_size - 1))
		return -EINVAL;
	return 0;
}

static int change(struct inode *vfs, int mode, loff_t offset, loff_t len)
{
	loff_t end = offset + len;
	int err;

	switch (mode & ~FALLOC_FL_KEEP_SIZE) {
	case FALLOC_FL_PUNCH_HOLE:
		return punch(vfs, offset, end);
	case FALLOC_FL_COLLAPSE_RANGE:
		return collapse(vfs, offset, end);
	case FALLOC_FL_INSERT_RANGE:
		return insert(vfs, offset, len);
	case FALLOC_FL_ZERO_RANGE:
		err = zero(vfs, offset, end);
		break;
	default:
		err = for_blocks(ext4_i(vfs), (uint32_t)(offset >> vfs->sb->block_bits),
				 ext4_blocks_of(ext4_fs(vfs->sb), end), give_blocks);
	}
	if (err || (mode & FALLOC_FL_KEEP_SIZE))
		return err;
	return grow_to(vfs, end);
}

long ext4_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *vfs = file->inode;
	int err;

	down_write(&vfs->lock);
	err = ext4_inline_spill(ext4_i(vfs));
	if (!err)
		err = check(vfs, mode, offset, len);
	if (!err) {
		inode_drop_privs(vfs, file->cred);
		inode_touch_mtime(vfs);
		err = change(vfs, mode, offset, len);
	}
	up_write(&vfs->lock);
	if (!err && (file->flags & O_DSYNC))
		err = ext4_fsync(file, offset, offset + len, /*datasync=*/false);
	return err;
}
