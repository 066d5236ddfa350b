/* SPDX-License-Identifier: MIT */
/*
 * data_journal: contents of files through the log, as meta data goes: data=journal, and files with that flag.
 *
 * A page that was written to is entered block by block into the running transaction, in the same handle that gave its
 * blocks a place and moved the size on disk. It is clean for the page cache then; the journal holds it until its blocks
 * were copied to their places (checkpoint.c). Until that time the disk may have older content there:
 *
 *	write(2), write-back   pages dirty -> handle: places, size, blocks entered -> clean
 *	commit                 copies in the log: data and what it belongs to are durable together
 *	fill (file.c)          asks the journal first, for pages that left the cache meanwhile
 *	blocks freed           are revoked, as meta data, or a replay would bring the old content back
 *
 * What is stored through a mapping is entered by write-back and fsync; a page that is stored to while it is on its way
 * to the log may go there newer than the transaction knows, as its stores are in no order anyway.
 *
 * chattr +j and -j: fs->mode_sem, held for writing, keeps write-back out while the way changes.
 *
 * Locking. Handle, then page locks, one at a time.
 */
#include "fs/ext4/group.h"
#include "fs/ext4/log.h"
#include "fs/ext4/write.h"
#include "lib/string.h"
#include "sched/sched.h"

#define BATCH_MAX	256u		/* blocks entered in one handle */

bool ext4_journals_data(const struct ext4_inode *inode)
{
	const struct ext4_fs *fs = ext4_fs(inode->vfs.sb);

	return S_ISREG(inode->vfs.mode) && ext4_has_journal(fs) &&
	       (fs->opts.data == EXT4_DATA_JOURNAL || (inode->flags & EXT4_JOURNAL_DATA_FL));
}

bool ext4_blocks_journalled(const struct ext4_inode *inode)
{
	return S_ISDIR(inode->vfs.mode) || S_ISLNK(inode->vfs.mode) || ext4_journals_data(inode);
}

/* The blocks of a locked page, which was cleaned. 0 or -errno. */
static int enter_page(struct ext4_handle *h, struct ext4_inode *inode, struct page *page)
{
	loff_t left = READ_ONCE(inode->vfs.size) - (loff_t)(page->index << PAGE_SHIFT);
	uint32_t per_page = PAGE_SIZE >> h->fs->block_bits, nr, number;
	char *data = page_address(page);
	struct ext4_run run;
	int err = 0;

	if (left <= 0)
		return 0;			/* being truncated */
	if (left < PAGE_SIZE)			/* a mapping may have written there */
		memset(data + left, 0, (size_t)(PAGE_SIZE - left));
	nr = min(per_page, ext4_blocks_of(h->fs, left));
	for (uint32_t i = 0; !err && i < nr; i++) {
		struct ext4_buf buf = { .page = page, .data = data + ((size_t)i << h->fs->block_bits) };

		number = (uint32_t)(page->index * per_page) + i;
		err = ext4_map(inode, number, 1, &run);
		buf.block = run.block;
		if (err || !run.block || ext4_in_hole(inode, number))
			continue;
		err = ext4_journal_get_write(h, &buf);
		if (!err)
			err = ext4_journal_dirty(h, &buf);
	}
	return err;
}

int ext4_journal_page(struct ext4_handle *h, struct ext4_inode *inode, struct page *page)
{
	int err = 0;

	lock_page(page);
	wait_on_page_writeback(page);		/* from before the file's contents went this way */
	ext4_sync_with(h, inode);		/* before fsync may find it clean */
	/* What waits for a place still is another handle's. */
	if (page->mapping == &inode->vfs.mapping && !ext4_delayed_page(inode, page->index) &&
	    page_start_writeback(page, /*stays_dirty=*/false)) {
		err = enter_page(h, inode, page);
		if (err && !ext4_is_aborted(h->fs))
			page_mark_dirty(page);
		page_writeback_done(page, err);
	}
	unlock_page(page);
	return err;
}

/* The next dirty page at or behind *index, with a reference. */
static struct page *next_dirty(struct ext4_inode *inode, unsigned long *index, unsigned long last)
{
	struct page *page;

	for (;;) {
		rcu_read_lock();
		page = xa_find(&inode->vfs.mapping.pages, index, last, PAGECACHE_DIRTY);
		if (!page || try_get_page(page)) {
			rcu_read_unlock();
			return page;
		}
		rcu_read_unlock();
	}
}

/* Dirty pages of [*index, last], and the size that they reach. */
static int enter_pages(struct ext4_handle *h, struct ext4_inode *inode, uint64_t index, uint64_t last)
{
	unsigned long at = index;
	struct page *page;
	loff_t end;
	int err = 0;

	while (!err && (page = next_dirty(inode, &at, last))) {
		err = ext4_journal_page(h, inode, page);
		end = min(READ_ONCE(inode->vfs.size), (loff_t)((at + 1) << PAGE_SHIFT));
		if (!err && !ext4_delayed_page(inode, at))
			ext4_disksize_reach(h, inode, end);
		put_page(page);
		at++;
	}
	ext4_sync_with(h, inode);
	return err ? err : ext4_inode_dirty(h, &inode->vfs);
}

/* One handle's part, from *index on, where a page is dirty. 0 or -errno; *index moves on. */
static int step(struct ext4_inode *inode, uint64_t *index, uint64_t last)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	uint32_t blocks = min(BATCH_MAX, fs->journal->max_blocks / 2);
	uint32_t pages = max(blocks >> (PAGE_SHIFT - fs->block_bits), 1u);
	struct ext4_handle *h;
	int err = ext4_journal_start(fs, EXT4_MAP_CREDITS + blocks, &h), more, stopped;

	if (err)
		return err;
	last = min(last, *index + pages - 1);
	more = ext4_allocate_run(h, inode, *index, last);
	err = more < 0 ? more : enter_pages(h, inode, *index, last);
	stopped = ext4_journal_stop(h);
	err = err ? err : stopped;
	if (!err && !more)
		*index = last + 1;	/* else there may be more to be given a place */
	return err;
}

/* No transaction will take them any more: see writeback.c. */
static void give_up(struct ext4_inode *inode, uint64_t first, uint64_t last)
{
	struct address_space *as = &inode->vfs.mapping;
	unsigned long at = first;
	struct page *page;

	while ((page = next_dirty(inode, &at, last))) {
		lock_page(page);
		if (page->mapping == as && page_start_writeback(page, /*stays_dirty=*/false)) {
			ext4_invalidate(as, page);
			page_writeback_done(page, -EIO);
		}
		unlock_page(page);
		put_page(page);
		at++;
	}
}

int ext4_journal_pages(struct ext4_inode *inode, uint64_t first, uint64_t last)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	unsigned retries = 3;
	struct page *page;
	unsigned long at;
	int err = 0;

	while (!err && first <= last) {
		at = first;
		page = next_dirty(inode, &at, last);
		if (!page)
			break;
		put_page(page);
		first = at;
		err = step(inode, &first, last);
		if (err == -ENOSPC && retries-- && ext4_retry_alloc(fs))
			err = 0;
		cond_resched();
	}
	if (!err && READ_ONCE(inode->times_dirty))
		err = ext4_inode_write(&inode->vfs);
	if (err)
		pagecache_set_error(&inode->vfs.mapping, err);
	if (ext4_is_aborted(fs))
		give_up(inode, first, last);
	return err;
}

int __no_lock_check ext4_journal_switch_begin(struct inode *vfs)
{
	struct ext4_inode *inode = ext4_i(vfs);
	struct ext4_fs *fs = ext4_fs(vfs->sb);
	bool journals = ext4_journals_data(inode);
	int err = pagecache_sync(&vfs->mapping, 0, INT64_MAX, /*wait=*/true);

	down_write(&fs->mode_sem);
	if (err)
		return err;
	/* What mappings made dirty meanwhile; and a commit that has the file on its list would write it in place. */
	if (!journals)
		return ext4_journal_commit_all(fs);
	/* Copies that stay in the log would come back over what is written past it. */
	err = ext4_journal_pages(inode, 0, UINT64_MAX >> PAGE_SHIFT);
	return err ? err : ext4_journal_flush(fs->journal);
}

void __no_lock_check ext4_journal_switch_end(struct inode *vfs)
{
	up_write(&ext4_fs(vfs->sb)->mode_sem);
}
