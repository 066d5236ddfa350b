/* SPDX-License-Identifier: MIT */
/*
 * truncate: the size of a file, set.
 *
 * Shorter: first the new size is on disk, with the file on the orphan list; then the pages go; then the blocks, in as
 * many transactions as it takes. A crash between leaves blocks behind the size, which the next mount frees. What lies
 * behind the new end in its last block is zeroed and written before the transaction commits: the file may grow again.
 *
 * Longer: the same is done behind the old end. An append may have been cut short by a crash, with its data on the disk.
 */
#include "fs/ext4/map.h"

#include "fs/ext4/write.h"
#include "lib/string.h"

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
		ext4_journal_write_ordered(inode);	/* the handle keeps the commit the one it is */
		err = ext4_orphan_add(h, vfs);
	}
	/* Longer: what a crash left behind the old end has been zeroed, and may be seen from now on. */
	if (!err && (shorter || vfs->size & (vfs->sb->block_size - 1)))
		err = ext4_journal_order(h, inode);
	if (!err) {
		ext4_size_set(h, inode, size);
		err = ext4_inode_dirty(h, vfs);
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
	/* A commit may have come before the zeroes behind the end: the next mount looks for them no more. */
	if (!err && vfs->size & (vfs->sb->block_size - 1))
		err = ext4_journal_order(h, inode);
	if (!err)
		err = ext4_orphan_del(h, vfs);
	return stop(h, err);
}

int ext4_tail_zero(struct inode *vfs)
{
	uint64_t index = (uint64_t)vfs->size >> PAGE_SHIFT;
	struct page *page;
	int err;

	if (!(vfs->size & (vfs->sb->block_size - 1)) || !ext4_has_map(ext4_i(vfs)))
		return 0;
	err = pagecache_get(&vfs->mapping, index, NULL, &page);
	if (err)
		return err;
	lock_page(page);
	if (page->mapping == &vfs->mapping) {
		memset((char *)page_address(page) + (vfs->size & ~PAGE_MASK), 0,
		       PAGE_SIZE - (size_t)(vfs->size & ~PAGE_MASK));
		page_mark_dirty(page);
	}
	unlock_page(page);
	put_page(page);
	return ext4_journals_data(ext4_i(vfs)) ? ext4_journal_pages(ext4_i(vfs), index, index) : 0;
}

int ext4_page_read(struct inode *vfs, loff_t pos, struct page **out)
{
	return pagecache_get(&vfs->mapping, (uint64_t)pos >> PAGE_SHIFT, NULL, out);
}

int ext4_tail_read(struct inode *vfs, loff_t end, struct page **out)
{
	*out = NULL;
	return end & (vfs->sb->block_size - 1) ? ext4_page_read(vfs, end, out) : 0;
}

/* Blocks behind the end in the page that it cuts wait no more. */
static void drop_waiting(struct ext4_inode *inode, loff_t size)
{
	uint32_t per_page = PAGE_SIZE >> inode->vfs.sb->block_bits;
	uint32_t first = ext4_blocks_of(ext4_fs(inode->vfs.sb), size);

	if (first % per_page)
		ext4_delayed_done(inode, first, per_page - first % per_page);
}

/*
 * Growing: a mapping may have written behind the old end. That must read as zeroes, and what is stored there from now
 * on must stay.
 */
static int grow_locked(struct inode *vfs, loff_t size)
{
	assert_held(&vfs->mapping.invalidate_lock);
	pagecache_truncate(&vfs->mapping, vfs->size);
	return set_size(vfs, size, /*shorter=*/false);
}

static int shrink_locked(struct inode *vfs, loff_t size)
{
	struct ext4_inode *inode = ext4_i(vfs);
	int err = set_size(vfs, size, /*shorter=*/true);

	assert_held(&vfs->mapping.invalidate_lock);
	if (err)
		return err;
	pagecache_truncate(&vfs->mapping, size);
	drop_waiting(inode, size);
	if (ext4_journals_data(inode))
		err = ext4_journal_pages(inode, (uint64_t)size >> PAGE_SHIFT, (uint64_t)size >> PAGE_SHIFT);
	return err;
}

int ext4_setsize(struct inode *vfs, loff_t size)
{
	struct ext4_inode *inode = ext4_i(vfs);
	loff_t old = vfs->size;
	struct page *cut;
	int err = ext4_inline_spill(inode);

	if (err)
		return err;
	if (size > ext4_map_limit(inode))
		return -EFBIG;
	/* What is below and has no place yet must not read as zeroes after a crash: the size follows the data. */
	if (inode->disksize < min(old, size))
		err = pagecache_sync(&vfs->mapping, inode->disksize, min(old, size), /*wait=*/false);
	if (!err)
		err = ext4_tail_read(vfs, min(old, size), &cut);
	if (err)
		return err;
	down_write(&vfs->mapping.invalidate_lock);
	err = size < old ? shrink_locked(vfs, size) : grow_locked(vfs, size);
	if (!err && size <= old)
		err = free_tail(vfs);
	if (!err && !size && old)
		WRITE_ONCE(inode->write_at_close, ext4_fs(vfs->sb)->opts.auto_da_alloc);
	up_write(&vfs->mapping.invalidate_lock);
	if (cut)
		put_page(cut);
	return err;
}

void ext4_evict_pages(struct inode *vfs)
{
	ext4_journal_write_ordered(ext4_i(vfs));
}
