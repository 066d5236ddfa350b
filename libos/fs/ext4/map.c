/* SPDX-License-Identifier: MIT */
/*
 * map: from a block of a file to a block of the volume, whichever of the two maps the file has; new blocks, and blocks
 * freed. Each inode remembers the run that was found last: most questions are answered from it.
 *
 * Locking. map_sem for the map; map_lock (spin) for the run remembered, which is forgotten under map_sem before the map
 * changes and only entered under it.
 */
#include "fs/ext4/map.h"

#include "lib/string.h"
#include "sched/sched.h"

/* --- The run found last --------------------------------------------------------------------------- */

static bool recall(struct ext4_inode *inode, uint32_t first, uint32_t max, struct ext4_run *run)
{
	uint32_t skip;
	bool known;

	spin_lock(&inode->map_lock);
	known = first >= inode->map_first && first - inode->map_first < inode->map_count;
	if (known) {
		skip = first - inode->map_first;
		run->block = inode->map_block ? inode->map_block + skip : 0;
		run->unwritten = inode->map_unwritten ? inode->map_unwritten + skip : 0;
		run->count = min(max, inode->map_count - skip);
	}
	spin_unlock(&inode->map_lock);
	return known;
}

static void remember(struct ext4_inode *inode, uint32_t first, const struct ext4_run *run)
{
	spin_lock(&inode->map_lock);
	inode->map_first = first;
	inode->map_count = run->count;
	inode->map_block = run->block;
	inode->map_unwritten = run->unwritten;
	spin_unlock(&inode->map_lock);
}

void ext4_map_forget(struct ext4_inode *inode)
{
	spin_lock(&inode->map_lock);
	inode->map_count = 0;
	spin_unlock(&inode->map_lock);
}

static int look_up(struct ext4_inode *inode, uint32_t first, struct ext4_run *run)
{
	run->unwritten = 0;
	/* Ask for as much as there is: it answers the next questions too. */
	if (inode->flags & EXT4_EXTENTS_FL)
		return ext4_extent_map(inode, first, UINT32_MAX, run);
	return ext4_indirect_map(inode, first, UINT32_MAX, run);
}

int ext4_map(struct ext4_inode *inode, uint32_t first, uint32_t max, struct ext4_run *run)
{
	int err;

	if (recall(inode, first, max, run))
		return 0;
	down_read(&inode->map_sem);
	err = look_up(inode, first, run);
	if (!err)
		remember(inode, first, run);
	up_read(&inode->map_sem);
	if (!err)
		run->count = min(run->count, max);
	return err;
}

/* --- Inodes --------------------------------------------------------------------------------------- */

bool ext4_has_map(const struct ext4_inode *inode)
{
	const struct inode *vfs = &inode->vfs;
	uint64_t xattr_sectors = inode->xattr_block ? 1ull << (vfs->sb->block_bits - 9) : 0;

	if (inode->flags & EXT4_INLINE_DATA_FL)
		return false;
	if (S_ISLNK(vfs->mode))
		return (inode->flags & EXT4_EXTENTS_FL) || vfs->blocks > xattr_sectors;
	return S_ISREG(vfs->mode) || S_ISDIR(vfs->mode);
}

void ext4_map_init(struct ext4_inode *inode)
{
	struct ext4_disk_extent_header *root = (void *)inode->data;

	memset(inode->data, 0, sizeof(inode->data));
	inode->flags &= ~(uint32_t)(EXT4_INLINE_DATA_FL | EXT4_EXTENTS_FL);
	if (ext4_fs(inode->vfs.sb)->incompat & EXT4_INCOMPAT_EXTENTS) {
		inode->flags |= EXT4_EXTENTS_FL;
		root->eh_magic = cpu_to_le16(EXT4_EXTENT_MAGIC);
		root->eh_max = cpu_to_le16((sizeof(inode->data) - sizeof(*root)) / sizeof(struct ext4_disk_extent));
	}
	ext4_map_forget(inode);
}

loff_t ext4_map_limit(const struct ext4_inode *inode)
{
	const struct super_block *sb = inode->vfs.sb;
	uint64_t entries = sb->block_size / sizeof(uint32_t), blocks;

	if (inode->flags & EXT4_EXTENTS_FL)
		return sb->max_bytes;
	blocks = EXT4_DIRECT_BLOCKS + entries + entries * entries + entries * entries * entries;
	return min((loff_t)(blocks << sb->block_bits), sb->max_bytes);
}

/* --- New blocks ----------------------------------------------------------------------------------- */

/* Behind the block before, if the file has one there. */
static uint64_t find_goal(struct ext4_inode *inode, uint32_t first)
{
	struct ext4_run run;

	if (!first || look_up(inode, first - 1, &run))
		return 0;
	return run.block ? run.block + 1 : run.unwritten ? run.unwritten + 1 : 0;
}

static int enter(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_extent *e)
{
	uint32_t done;
	int err;

	if (inode->flags & EXT4_EXTENTS_FL) {
		err = ext4_extent_insert(h, inode, e);
		done = err ? 0 : e->count;
	} else {
		err = ext4_indirect_insert(h, inode, e, &done);
	}
	/* What did not fit into one table, or at all, goes back. */
	if (done < e->count) {
		int freed = ext4_blocks_free(h, inode, e->block + done, e->count - done, /*meta=*/false);

		err = err ? err : freed;
	}
	e->count = done;
	return err;
}

static int create(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, unsigned flags,
		  struct ext4_run *run)
{
	bool unwritten = (flags & EXT4_MAP_UNWRITTEN) && (inode->flags & EXT4_EXTENTS_FL);
	struct ext4_request req = { .inode = inode, .goal = find_goal(inode, first) };
	struct ext4_extent e = { .first = first, .unwritten = unwritten };
	int err;

	req.count = min(run->count, (uint32_t)EXT4_EXTENT_UNWRITTEN_MAX);
	if (!(inode->flags & EXT4_EXTENTS_FL))	/* what would be given back is busy for a while */
		req.count = min(req.count, ext4_indirect_room(inode, first));
	req.flags = (flags & EXT4_MAP_META ? EXT4_ALLOC_META : 0) |
		    (flags & EXT4_MAP_DELALLOC ? EXT4_ALLOC_DELAYED : 0) |
		    (flags & EXT4_MAP_ROOT ? EXT4_ALLOC_ROOT : 0);
	err = ext4_balloc(h, &req);
	if (err)
		return err;
	e.block = req.block;
	e.count = req.count;
	err = enter(h, inode, &e);
	run->count = e.count;
	run->block = unwritten ? 0 : e.block;
	run->unwritten = unwritten ? e.block : 0;
	return err;
}

int ext4_map_create_locked(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, unsigned flags,
			   struct ext4_run *run)
{
	uint32_t max = run->count;
	int err = look_up(inode, first, run);

	assert_held(&inode->map_sem);
	if (err)
		return err;
	run->count = min(run->count, max);
	if (run->block || (run->unwritten && (flags & EXT4_MAP_UNWRITTEN)))
		return 0;
	ext4_map_forget(inode);
	ext4_sync_with(h, inode);
	if (run->unwritten) {
		err = ext4_extent_convert(h, inode, first, run->count, /*unwritten=*/false);
		run->block = run->unwritten;
		run->unwritten = 0;
	} else {
		err = create(h, inode, first, flags, run);
	}
	return err;
}

int ext4_map_unwrite_locked(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, struct ext4_run *run)
{
	uint32_t max = run->count;
	int err = look_up(inode, first, run);

	assert_held(&inode->map_sem);
	if (err)
		return err;
	run->count = min(run->count, max);
	if (run->unwritten)
		return 0;
	if (!run->block)
		return ext4_map_create_locked(h, inode, first, EXT4_MAP_UNWRITTEN, run);
	ext4_map_forget(inode);
	ext4_sync_with(h, inode);
	return ext4_extent_convert(h, inode, first, run->count, /*unwritten=*/true);
}

int ext4_inode_get_write(struct ext4_handle *h, struct inode *vfs)
{
	struct ext4_disk_inode *disk;
	struct ext4_buf buf;
	int err = ext4_inode_raw(h->fs, vfs->ino, &buf, &disk);

	if (err)
		return err;
	err = ext4_journal_get_write(h, &buf);
	ext4_buf_put(&buf);
	return err;
}

int ext4_map_create(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, uint32_t max, unsigned flags,
		    struct ext4_run *run)
{
	int err = ext4_inode_get_write(h, &inode->vfs), written;

	if (err)
		return err;
	run->count = max;
	down_write(&inode->map_sem);
	err = ext4_map_create_locked(h, inode, first, flags, run);
	up_write(&inode->map_sem);
	written = ext4_inode_dirty(h, &inode->vfs);
	return err ? err : written;
}

/* --- Freeing -------------------------------------------------------------------------------------- */

int ext4_map_credits(struct ext4_handle *h, struct ext4_inode *inode, unsigned n)
{
	int err;

	if (ext4_journal_credits(h) >= n || !ext4_journal_extend(h, n))
		return 0;
	err = ext4_inode_dirty(h, &inode->vfs);
	return err ? err : ext4_journal_restart(h, n);
}

/* Room for another step. Revoked numbers were not asked for: where there are many, the log is looked at again. */
static int next_step(struct ext4_handle *h, struct ext4_inode *inode)
{
	int err;

	if (!ext4_journals_data(inode))
		return ext4_map_credits(h, inode, EXT4_MAP_CREDITS);
	err = ext4_inode_dirty(h, &inode->vfs);
	return err ? err : ext4_journal_restart(h, EXT4_MAP_CREDITS);
}

int ext4_map_remove(struct ext4_handle *h, struct ext4_inode *inode, uint32_t first, uint32_t last)
{
	int err = first > last ? 0 : 1, written;

	while (err == 1) {
		err = next_step(h, inode);
		if (!err)
			err = ext4_inode_get_write(h, &inode->vfs);
		if (err)
			break;
		down_write(&inode->map_sem);
		ext4_map_forget(inode);
		if (inode->flags & EXT4_EXTENTS_FL)
			err = ext4_extent_remove_last(h, inode, first, last);
		else
			err = ext4_indirect_remove(h, inode, &first, last);
		up_write(&inode->map_sem);
		cond_resched();
	}
	ext4_sync_with(h, inode);
	written = ext4_inode_dirty(h, &inode->vfs);
	return err ? err : written;
}
