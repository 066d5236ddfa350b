/* SPDX-License-Identifier: MIT */
/*
 * writeback: dirty pages to the disk, in two passes.
 *
 *	allocate   runs of waiting blocks get a place, one run a handle; the size on disk follows; the file is named to
 *		   the transaction (ordered mode), so that its commit waits for the data. No page is locked.
 *	write      each dirty page: what of it has a place is gathered into large requests. No handle is started, so
 *		   that a commit can do this pass alone (ext4_write_ordered).
 *
 * A page that got new waiting blocks between the two is written as far as it goes, and stays dirty.
 */
#include "fs/ext4/write.h"

#include "block/bio.h"
#include "lib/align.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "sched/sched.h"
#include "sync/rcu.h"

#define WRITE_VECS	128		/* of one request */

/* --- Allocate ------------------------------------------------------------------------------------- */

int ext4_allocate_run(struct ext4_handle *h, struct ext4_inode *inode, uint64_t first, uint64_t last)
{
	struct ext4_run run = { .count = 0 };
	uint32_t block = 0;
	int err = 0, written;

	down_write(&inode->map_sem);
	run.count = ext4_delayed_run(inode, first, last, &block);
	if (run.count)			/* what may fail for want of memory comes before the change */
		err = ext4_journal_order(h, inode);
	if (run.count && !err)
		err = ext4_inode_get_write(h, &inode->vfs);
	if (!run.count || err) {
		up_write(&inode->map_sem);
		return err;
	}
	err = ext4_map_create_locked(h, inode, block, EXT4_MAP_DELALLOC, &run);
	if (!err)
		ext4_delayed_done(inode, block, run.count);
	up_write(&inode->map_sem);
	if (!err)
		ext4_disksize_reach(h, inode, (loff_t)((uint64_t)block + run.count) << inode->vfs.sb->block_bits);
	written = ext4_inode_dirty(h, &inode->vfs);	/* also after a failure: the root may have changed */
	err = err ? err : written;
	return err ? err : 1;
}

int ext4_allocate_pages(struct ext4_inode *inode, uint64_t first, uint64_t last)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	struct ext4_handle *h;
	unsigned retries = 3;
	int err = 1, stopped;

	while (err == 1 && !xa_empty(&inode->delayed)) {
		err = ext4_journal_start(fs, EXT4_MAP_CREDITS, &h);
		if (err)
			break;
		err = ext4_allocate_run(h, inode, first, last);
		stopped = ext4_journal_stop(h);
		if (stopped)
			err = stopped;
		if (err == -ENOSPC && retries-- && ext4_retry_alloc(fs))
			err = 1;
		cond_resched();
	}
	return min(err, 0);
}

/* The size on disk, where no new block was needed for the data; times. */
static int follow_size(struct ext4_inode *inode, uint64_t last)
{
	loff_t size = READ_ONCE(inode->vfs.size), end = last >= (uint64_t)INT64_MAX >> PAGE_SHIFT ?
		size : min(size, (loff_t)((last + 1) << PAGE_SHIFT));

	if (end <= READ_ONCE(inode->disksize) && !READ_ONCE(inode->times_dirty))
		return 0;
	return ext4_disksize_write(inode, end);
}

/* --- Write ---------------------------------------------------------------------------------------- */

/* The pass. A value on the stack. */
struct gather {
	struct ext4_inode *inode;
	struct ext4_fs *fs;
	struct bio *bio;		/* being gathered, or NULL */
	uint64_t next;			/* byte on disk behind it */
};

static void write_done(struct bio *bio)
{
	for (unsigned i = 0; i < bio->nr_vecs; i++) {
		const struct bio_vec *vec = &bio->vecs[i];
		struct page *page = vec->page + (vec->offset >> PAGE_SHIFT);
		uint32_t end = (vec->offset & ~PAGE_MASK) + vec->len;

		for (uint32_t at = 0; at < end; at += PAGE_SIZE, page++)
			page_writeback_done(page, bio->err);
	}
	bio_free(bio);
}

static void submit(struct gather *g)
{
	if (g->bio)
		bio_submit(g->bio);
	g->bio = NULL;
}

/* Part of a page that lies in one piece on disk. Its completion ends the page's write-back. 0 or -ENOMEM. */
static int add_piece(struct gather *g, struct page *page, uint32_t offset, uint32_t len, uint64_t byte)
{
	if (g->bio && (g->next != byte || !bio_add(g->bio, page, offset, len)))
		submit(g);
	if (!g->bio) {
		g->bio = bio_alloc(g->fs->bdev, BIO_WRITE, WRITE_VECS, GFP_KERNEL | GFP_RESERVE);
		if (!g->bio)		/* a smaller one: a commit goes on without what was not written */
			g->bio = bio_alloc(g->fs->bdev, BIO_WRITE, 1, GFP_KERNEL | GFP_RESERVE);
		if (!g->bio)
			return -ENOMEM;
		g->bio->offset = byte;
		g->bio->done = write_done;
		if (!bio_add(g->bio, page, offset, len))
			return -EIO;
	}
	g->next = byte + len;
	return 0;
}

/* A page in several pieces: one after the other, waiting. */
static int write_pieces(struct gather *g, struct page *page, const uint64_t *blocks, uint32_t nr)
{
	uint32_t size = g->fs->block_size;
	int err = 0, ret;

	for (uint32_t i = 0; i < nr; i++) {
		if (!blocks[i])
			continue;
		ret = bio_transfer(g->fs->bdev, BIO_WRITE, blocks[i] << g->fs->block_bits,
				   (char *)page_address(page) + i * size, size);
		err = err ? err : ret;
	}
	return err;
}

/* Where the blocks of a page lie: 0 for those that have no place, or are about to lose it. */
static int find_blocks(struct gather *g, struct page *page, uint64_t *blocks, uint32_t nr)
{
	uint64_t first = page->index << (PAGE_SHIFT - g->fs->block_bits);
	struct ext4_run run;
	int err = 0;

	for (uint32_t i = 0; !err && i < nr; i++) {
		err = ext4_map(g->inode, (uint32_t)first + i, 1, &run);
		blocks[i] = err || ext4_in_hole(g->inode, (uint32_t)first + i) ? 0 : run.block;
	}
	return err;
}

/* A locked page under write-back. 0: done, or its request will say so; -errno: the caller does. */
static int write_page(struct gather *g, struct page *page)
{
	loff_t left = READ_ONCE(g->inode->vfs.size) - (loff_t)(page->index << PAGE_SHIFT);
	uint32_t size = g->fs->block_size, nr, first = 0, end;
	uint64_t blocks[EXT4_PAGE_BLOCKS_MAX];
	int err;

	if (left <= 0) {
		page_writeback_done(page, 0);		/* being truncated */
		return 0;
	}
	if (left < PAGE_SIZE)			/* a mapping may have written there */
		memset((char *)page_address(page) + left, 0, (size_t)(PAGE_SIZE - left));
	nr = (uint32_t)min((loff_t)DIV_ROUND_UP(left, size), (loff_t)(PAGE_SIZE / size));
	err = find_blocks(g, page, blocks, nr);
	if (err)
		return err;
	while (first < nr && !blocks[first])
		first++;
	for (end = first; end < nr && blocks[end] && blocks[end] == blocks[first] + (end - first);)
		end++;
	for (uint32_t i = end; i < nr; i++) {
		if (!blocks[i])
			continue;
		err = write_pieces(g, page, blocks, nr);
		if (err == -ENOMEM)
			return err;		/* it stays dirty */
		page_writeback_done(page, err);
		return 0;
	}
	if (first < end)
		return add_piece(g, page, first * size, (end - first) * size, blocks[first] << g->fs->block_bits);
	page_writeback_done(page, 0);
	return 0;
}

/* The next dirty page at or after *index, with a reference. */
static struct page *next_dirty(struct address_space *as, unsigned long *index, unsigned long last)
{
	struct page *page;

	for (;;) {
		rcu_read_lock();
		page = xa_find(&as->pages, index, last, PAGECACHE_DIRTY);
		if (!page || try_get_page(page)) {
			rcu_read_unlock();
			return page;
		}
		rcu_read_unlock();
	}
}

/*
 * It will never have a place: the volume takes no changes any more, or its map cannot be read. It is not kept dirty for
 * ever, where it would take the place of others; who asks for it with fsync is told.
 */
static bool is_lost(const struct ext4_inode *inode, int err)
{
	return err && err != -ENOMEM && err != -ENOSPC && err != -EINTR &&
	       (err != -EROFS || ext4_is_aborted(ext4_fs(inode->vfs.sb)));
}

/*
 * Blocks of it have no place yet, or the size on disk does not reach it: a commit that writes the page alone cannot
 * change that, and nobody would come back for a clean page.
 */
static bool must_stay_dirty(struct ext4_inode *inode, uint64_t index)
{
	loff_t end = min(READ_ONCE(inode->vfs.size), (loff_t)((index + 1) << PAGE_SHIFT));

	return end > READ_ONCE(inode->disksize) || ext4_delayed_page(inode, index);
}

/* Start writing a locked page, if it is dirty; placed: what came of giving it a place. 0 or -errno. */
static int start_page(struct gather *g, struct page *page, int placed)
{
	struct ext4_inode *inode = g->inode;
	bool stays = must_stay_dirty(inode, page->index), lost = stays && is_lost(inode, placed);
	int err;

	if (!page_start_writeback(page, stays && !lost))
		return 0;
	if (lost) {
		ext4_invalidate(page->mapping, page);
		pagecache_set_error(page->mapping, -EIO);
	}
	err = write_page(g, page);
	if (!err)
		return 0;
	if (!is_lost(inode, err))
		page_mark_dirty(page);
	page_writeback_done(page, err);
	return err;
}

/* placed: what came of giving them a place. */
static int write_dirty(struct ext4_inode *inode, uint64_t first, uint64_t last, int placed)
{
	struct gather g = { .inode = inode, .fs = ext4_fs(inode->vfs.sb) };
	struct address_space *as = &inode->vfs.mapping;
	unsigned long index = first;
	struct page *page;
	int err = 0, ret;

	while ((page = next_dirty(as, &index, last))) {
		if (!trylock_page(page)) {
			submit(&g);		/* whoever has the lock may wait for pages of the request */
			lock_page(page);
		}
		if (page_test(page, PG_WRITEBACK)) {
			submit(&g);
			wait_on_page_writeback(page);
		}
		if (page->mapping == as) {
			ret = start_page(&g, page, placed);
			err = ret ? ret : err;
		}
		unlock_page(page);
		put_page(page);
		index++;
		cond_resched();
	}
	submit(&g);
	return err;
}

/* The way of the contents does not change meanwhile: mode_sem is held. */
static int write_range(struct address_space *as, uint64_t first, uint64_t last)
{
	struct ext4_inode *inode = ext4_i(as->host);
	int err, ret;

	if (ext4_journals_data(inode))
		return ext4_journal_pages(inode, first, last);
	err = ext4_allocate_pages(inode, first, last);
	if (!err)
		err = follow_size(inode, last);
	if (err)
		pagecache_set_error(as, err);
	ret = write_dirty(inode, first, last, err);
	return err ? err : ret;
}

int ext4_write_pages(struct address_space *as, uint64_t first, uint64_t last)
{
	struct ext4_fs *fs = ext4_fs(as->host->sb);
	int err;

	down_read(&fs->mode_sem);
	err = write_range(as, first, last);
	up_read(&fs->mode_sem);
	return err;
}

int ext4_write_ordered(struct ext4_inode *inode)
{
	struct address_space *as = &inode->vfs.mapping;
	int err = xa_marked(&as->pages, PAGECACHE_DIRTY) ? write_dirty(inode, 0, ULONG_MAX, 0) : 0;

	pagecache_wait(as, 0, ULONG_MAX);
	return err;
}
