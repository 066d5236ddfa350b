/* SPDX-License-Identifier: MIT */
/*
 * truncate: the size of a file, set.
 *
 * Shorter: first the new size is on disk, with the file on the orphan list; then the pages go; then the blocks, in as
 * many transactions as it takes. A crash between leaves blocks behind the size, which the next mount frees. What lies
 * behind the new end in its last block is zeroed and written before the transaction commits: the file may grow again.
 */
#include "fs/ext4/map.h"

#include "fs/ext4/write.h"

static int stop(struct ext4_handle *h, int err)
{
	int stopped = ext4_journal_stop(h);

	return err ? err : stopped;
}

/* The new size, in memory and on disk. */
static int set_size(struct inode *vfs, loff_t size, bool shorter)
{
	struct ext4_inode *inode = ext4_i(vfs);
	struct ext4_handle *h;
	int err = ext4_journal_start(ext4_fs(vfs->sb), EXT4_MAP_CREDITS, &h);

	if (err)
		return err;
	if (shorter) {
		err = ext4_orphan_add(h, vfs);
		if (!err)
			err = ext4_journal_order(h, inode);
	}
	if (!err) {
		WRITE_ONCE(vfs->size, size);
		inode->disksize = size;
		err = ext4_inode_dirty(h, vfs);
		inode->datasync_tid = ext4_journal_tid(h);
	}
	return stop(h, err);
}

static int free_tail(struct inode *vfs)
{
	struct ext4_inode *inode = ext4_i(vfs);
	struct ext4_fs *fs = ext4_fs(vfs->sb);
	struct ext4_handle *h;
	int err = ext4_journal_start(fs, EXT4_MAP_CREDITS, &h);

	if (err)
		return err;
	err = ext4_map_remove(h, inode, ext4_blocks_of(fs, vfs->size), UINT32_MAX);
	if (!err)
		err = ext4_map_credits(h, inode, EXT4_MAP_CREDITS);
	if (!err)
		err = ext4_orphan_del(h, vfs);
	return stop(h, err);
}

int ext4_page_read(struct inode *vfs, loff_t pos)
{
	struct page *page;
	int err = pagecache_get(&vfs->mapping, (uint64_t)pos >> PAGE_SHIFT, NULL, &page);

	if (!err)
		put_page(page);
	return err;
}

/* Blocks behind the end in the page that it cuts wait no more. */
static void drop_waiting(struct ext4_inode *inode, loff_t size)
{
	uint32_t per_page = PAGE_SIZE >> inode->vfs.sb->block_bits;
	uint32_t first = ext4_blocks_of(ext4_fs(inode->vfs.sb), size);

	if (first % per_page)
		ext4_delayed_done(inode, first, per_page - first % per_page);
}

int ext4_setsize(struct inode *vfs, loff_t size)
{
	struct ext4_inode *inode = ext4_i(vfs);
	loff_t old = vfs->size;
	bool shorter = size < old;
	int err = ext4_inline_spill(inode);

	if (err)
		return err;
	if (size > ext4_map_limit(inode))
		return -EFBIG;
	/* What is below and has no place yet must not read as zeroes after a crash: the size follows the data. */
	if (inode->disksize < min(old, size))
		err = pagecache_sync(&vfs->mapping, inode->disksize, min(old, size), /*wait=*/false);
	if (!err && shorter && size & (vfs->sb->block_size - 1))
		err = ext4_page_read(vfs, size);	/* so that there is something to zero */
	if (!err)
		err = set_size(vfs, size, shorter);
	if (err)
		return err;
	/* Growing, too: a mapping may have written behind the old end, which must now read as zeroes. */
	pagecache_truncate(&vfs->mapping, min(old, size));
	if (shorter)
		drop_waiting(inode, size);
	return size <= old ? free_tail(vfs) : 0;
}
