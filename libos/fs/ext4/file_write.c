/* SPDX-License-Identifier: MIT */
/*
 * file_write: writing to files, what fsync promises, and where holes are.
 *
 * A write only changes pages and promises blocks (delayed.c); no handle is started while a page is locked. When a full
 * disk refuses, blocks freed a moment ago may be waiting for their commit: it is then done, and the write tried again.
 *
 * O_DIRECT goes through the page cache, too: a write is on the disk when it returns, and its pages are dropped; a read
 * is of what is on the disk. What must be aligned for it is checked, as programs expect.
 */
#include "fs/ext4/write.h"

#include "core/assert.h"
#include "abi/capability.h"
#include "abi/ioctl.h"		/* SEEK_* lie in <linux/fs.h> */
#include "abi/stat.h"
#include "fs/ext4/xattr.h"
#include "lib/errseq.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/stat.h"

#define RETRIES		3

/* --- Pages ---------------------------------------------------------------------------------------- */

int ext4_write_begin(struct address_space *as, struct page *page, unsigned offset, unsigned len)
{
	return ext4_delayed_add(ext4_i(as->host), page, offset, len);
}

/*
 * Without delayed allocation the block is there before the store is. The page may leave the cache meanwhile: the fault
 * looks again.
 */
static int allocate_unlocked(struct ext4_inode *inode, struct page *page)
{
	uint64_t index = page->index;
	int err;

	page_mark_dirty(page);
	unlock_page(page);
	err = ext4_allocate_pages(inode, index, index);
	lock_page(page);
	return err;
}

/* The times change with it, but only in memory: the page is locked. Write-back puts them on disk. */
int ext4_page_mkwrite(struct address_space *as, struct page *page)
{
	struct inode *vfs = as->host;
	loff_t left = READ_ONCE(vfs->size) - (loff_t)(page->index << PAGE_SHIFT);
	struct timespec64 now = inode_now(vfs);
	int err;

	if (left <= 0)
		return -EIO;
	if (READ_ONCE(vfs->flags) & FS_IMMUTABLE_FL)
		return -EPERM;
	err = ext4_delayed_add(ext4_i(vfs), page, 0, (unsigned)min(left, (loff_t)PAGE_SIZE));
	if (err)
		return err;
	write_seqlock(&vfs->meta);
	vfs->mtime = vfs->ctime = now;
	write_sequnlock(&vfs->meta);
	WRITE_ONCE(ext4_i(vfs)->times_dirty, true);
	/* Journalled data has to be in the transaction that gives it blocks: that is write-back's. */
	if (ext4_delays(ext4_i(vfs)) || ext4_journals_data(ext4_i(vfs)))
		return 0;
	return allocate_unlocked(ext4_i(vfs), page);
}

void ext4_invalidate(struct address_space *as, struct page *page)
{
	struct ext4_inode *inode = ext4_i(as->host);
	uint32_t per_page = PAGE_SIZE >> as->host->sb->block_bits;

	if (!xa_empty(&inode->delayed))
		ext4_delayed_done(inode, (uint32_t)(page->index * per_page), per_page);
}

/* --- Inline data ---------------------------------------------------------------------------------- */

/* What an inode with inline data is made of. A value on the stack. */
struct inlined {
	uint32_t data[EXT4_N_BLOCKS], flags;
};

/* A block instead of the data: an inode is no larger than that. */
static int give_block(struct ext4_handle *h, struct ext4_inode *inode, struct ext4_run *run)
{
	int err = 0;

	run->count = 0;
	if (inode->vfs.size > inode->vfs.sb->block_size)
		return ext4_corrupt(h->fs, "inode %llu: inline size", (unsigned long long)inode->vfs.ino);
	down_write(&inode->map_sem);
	ext4_map_init(inode);
	if (inode->vfs.size) {
		run->count = 1;
		err = ext4_map_create_locked(h, inode, 0, EXT4_MAP_ROOT, run);
	}
	up_write(&inode->map_sem);
	if (err)
		run->count = 0;
	return err;
}

/* As it was before: page, map, and the block that it got. */
static void unspill(struct ext4_handle *h, struct ext4_inode *inode, struct page *page, const struct inlined *was,
		    const struct ext4_run *run)
{
	lock_page(page);
	wait_on_page_writeback(page);
	if (page->mapping == &inode->vfs.mapping && page_start_writeback(page, /*stays_dirty=*/false))
		page_writeback_done(page, 0);
	unlock_page(page);
	down_write(&inode->map_sem);
	ext4_map_forget(inode);
	memcpy(inode->data, was->data, sizeof(was->data));
	inode->flags = was->flags;
	up_write(&inode->map_sem);
	if (run->count)
		ignore_result(ext4_blocks_free(h, inode, run->block, run->count, ext4_blocks_journalled(inode)));
}

/* Blocks for what was in the inode; its page becomes dirty and goes before the transaction. All of it, or nothing. */
static int spill(struct ext4_handle *h, struct ext4_inode *inode, struct page *page)
{
	struct inlined was = { .flags = inode->flags };
	struct ext4_run run;
	int err = ext4_journal_order(h, inode), written;

	if (!err)
		err = ext4_inode_get_write(h, &inode->vfs);
	if (err)
		return err;
	memcpy(was.data, inode->data, sizeof(was.data));
	err = give_block(h, inode, &run);
	if (!err) {
		lock_page(page);
		if (page->mapping == &inode->vfs.mapping)
			page_mark_dirty(page);
		unlock_page(page);
		if (ext4_journals_data(inode))
			err = ext4_journal_page(h, inode, page);
	}
	if (!err)
		err = ext4_xattr_inline_remove(h, inode);
	if (err)
		unspill(h, inode, page, &was, &run);
	written = ext4_inode_dirty(h, &inode->vfs);
	return err ? err : written;
}

int ext4_inline_spill(struct ext4_inode *inode)
{
	struct ext4_handle *h;
	struct page *page;
	int err, stopped;

	if (likely(!(inode->flags & EXT4_INLINE_DATA_FL)))
		return 0;
	err = pagecache_get(&inode->vfs.mapping, 0, NULL, &page);
	if (err)
		return err;
	err = ext4_journal_start(ext4_fs(inode->vfs.sb), EXT4_MAP_CREDITS + EXT4_XATTR_CREDITS, &h);
	if (!err) {
		err = spill(h, inode, page);
		stopped = ext4_journal_stop(h);
		err = err ? err : stopped;
	}
	put_page(page);
	return err;
}

/* Whoever may write needs blocks: a mapping could not get them later. */
int ext4_file_open(struct inode *vfs, struct file *file)
{
	int err;

	if (!(file->mode & FMODE_WRITE) || !(ext4_i(vfs)->flags & EXT4_INLINE_DATA_FL))
		return 0;
	down_write(&vfs->lock);
	err = ext4_inline_spill(ext4_i(vfs));
	up_write(&vfs->lock);
	return err;
}

/* --- write(2) ------------------------------------------------------------------------------------- */

/* Only in memory: the page is locked. disksize follows with the data. */
static void grew(struct address_space *as, loff_t new_size)
{
	WRITE_ONCE(as->host->size, new_size);
}

/* May this writer have the blocks that are reserved? */
static bool may_use_root(const struct ext4_fs *fs, const struct cred *cred)
{
	return cred->fsuid == fs->opts.resuid || cred_capable(cred, CAP_SYS_RESOURCE) ||
	       (fs->opts.resgid && cred_in_group(cred, fs->opts.resgid));
}

/* Position and length by the limits. 0, -EFBIG. */
static int check_limits(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = iocb->file->inode;
	uint64_t limit = min(iocb->limit, (uint64_t)ext4_map_limit(ext4_i(inode)));

	if (iocb->flags & IOCB_APPEND)
		iocb->pos = inode->size;
	if (!iov_count(from) || (uint64_t)iocb->pos + iov_count(from) <= limit)
		return 0;
	if ((uint64_t)iocb->pos >= limit)
		return -EFBIG;
	iov_truncate(from, (size_t)(limit - (uint64_t)iocb->pos));
	return 0;
}

/* Without delayed allocation what was written gets its blocks at once, and enters the journal if it goes there. */
static ssize_t allocated(struct inode *vfs, loff_t pos, ssize_t n)
{
	uint64_t first = (uint64_t)pos >> PAGE_SHIFT, last = (uint64_t)(pos + n - 1) >> PAGE_SHIFT;
	struct ext4_inode *inode = ext4_i(vfs);
	int err = 0;

	if (ext4_journals_data(inode))
		err = ext4_journal_pages(inode, first, last);
	else if (!ext4_delays(inode))
		err = ext4_allocate_pages(inode, first, last);
	return err ? err : n;
}

static ssize_t write_pages(struct inode *inode, loff_t pos, struct iov_iter *from)
{
	unsigned retries = RETRIES;
	ssize_t total = 0, n = 0;

	while (iov_count(from)) {
		n = pagecache_write(&inode->mapping, pos + total, from, grew);
		if (n == -ENOSPC && retries-- && ext4_retry_alloc(ext4_fs(inode->sb)))
			continue;
		if (n <= 0)
			break;
		total += n;
		if (fatal_signal_pending())
			break;
	}
	return total ? allocated(inode, pos, total) : n;
}

/*
 * The file has grown from inside of a page. A store through a mapping may have come after that had been zeroed and
 * before the size was set: it was promised blocks up to the old end only, and the next store would not fault.
 *
 *	write(2)				store through a mapping (blocks of 1 KiB, size 100)
 *	zero behind byte 100, protect
 *						at 50: faults, is promised block 0, may store from now on
 *	size = 8195
 *						at 2000: does not fault; block 1 is a hole
 */
static void promise_old_tail(struct inode *vfs, loff_t old)
{
	struct page *page = pagecache_find(&vfs->mapping, (uint64_t)old >> PAGE_SHIFT);
	loff_t left = vfs->size - (old & (loff_t)PAGE_MASK);

	if (!page)
		return;
	lock_page(page);
	/* Without room, what was stored there before the write returned is lost, as if it had come earlier. */
	if (page->mapping == &vfs->mapping && page_protect(page))
		ignore_result(ext4_delayed_add(ext4_i(vfs), page, 0, (unsigned)min(left, (loff_t)PAGE_SIZE)));
	unlock_page(page);
	put_page(page);
}

/*
 * Behind the end: between there and what is written it must read as zeroes now. A mapping may have written there, or a
 * crash left an append on the disk whose size it lost.
 */
static ssize_t write_behind(struct inode *inode, loff_t pos, struct iov_iter *from)
{
	loff_t old = inode->size;
	struct page *tail;
	ssize_t n = ext4_tail_read(inode, old, &tail);

	if (n)
		return n;
	if (old & (loff_t)(PAGE_SIZE - 1))
		pagecache_truncate(&inode->mapping, old);
	n = write_pages(inode, pos, from);
	if (inode->size > old && old & (loff_t)(PAGE_SIZE - 1) && inode->sb->block_size < PAGE_SIZE)
		promise_old_tail(inode, old);
	if (tail)
		put_page(tail);
	return n;
}

static ssize_t write_file(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = iocb->file->inode;
	int err = inode->flags & FS_IMMUTABLE_FL ? -EPERM : check_limits(iocb, from);

	if (!err)
		err = ext4_inline_spill(ext4_i(inode));
	if (err || !iov_count(from))
		return err;
	WRITE_ONCE(ext4_i(inode)->use_root, may_use_root(ext4_fs(inode->sb), iocb->file->cred));
	inode_drop_privs(inode, iocb->file->cred);
	inode_touch_mtime(inode);
	return iocb->pos > inode->size ? write_behind(inode, iocb->pos, from) : write_pages(inode, iocb->pos, from);
}

/* O_DIRECT: position, length and memory in units of the device's sectors. 0 or -EINVAL. */
static int check_direct(const struct kiocb *iocb, const struct iov_iter *it)
{
	uint64_t mask = ext4_fs(iocb->file->inode->sb)->bdev->sector_size - 1, all = (uint64_t)iocb->pos;

	for (unsigned i = 0; i < it->nr; i++)
		all |= (uintptr_t)it->iov[i].iov_base | it->iov[i].iov_len;
	return all & mask ? -EINVAL : 0;
}

ssize_t ext4_file_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = iocb->file->inode;
	uint64_t seen = READ_ONCE(inode->mapping.wb_err);
	bool direct = iocb->flags & IOCB_DIRECT;
	int err = direct && !(iocb->flags & IOCB_APPEND) ? check_direct(iocb, from) : 0;
	ssize_t n;

	if (err)
		return err;
	down_write(&inode->lock);
	n = write_file(iocb, from);
	up_write(&inode->lock);
	if (n <= 0)
		return n;
	iocb->pos += n;
	if (iocb->flags & (IOCB_DSYNC | IOCB_SYNC) || inode_is_sync(inode))
		err = ext4_fsync(iocb->file, iocb->pos - n, iocb->pos, !(iocb->flags & IOCB_SYNC));
	else if (direct)
		err = pagecache_sync(&inode->mapping, iocb->pos - n, iocb->pos, /*wait=*/true);
	if (direct && !err)		/* what failed meanwhile */
		err = errseq_check(&inode->mapping.wb_err, &seen);
	if (direct)
		pagecache_drop_clean(&inode->mapping, 0, ULONG_MAX);
	return err ? err : n;
}

ssize_t ext4_file_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct inode *inode = iocb->file->inode;
	int err = 0;

	if (unlikely(iocb->flags & IOCB_DIRECT)) {
		err = check_direct(iocb, to);
		if (!err && !(iocb->flags & IOCB_NOIO))
			err = pagecache_sync(&inode->mapping, iocb->pos, iocb->pos + (loff_t)iov_count(to),
					     /*wait=*/true);
	}
	return err ? err : generic_file_read_iter(iocb, to);
}

/* --- close(2) ------------------------------------------------------------------------------------- */

void ext4_file_release(struct inode *vfs, struct file *file)
{
	struct ext4_inode *inode = ext4_i(vfs);

	/* A program that replaces a file in its place wants the old one or the new one. */
	if (!(file->mode & FMODE_WRITE) || !READ_ONCE(inode->write_at_close))
		return;
	WRITE_ONCE(inode->write_at_close, false);
	ignore_result(pagecache_sync(&vfs->mapping, 0, INT64_MAX, /*wait=*/false));	/* fsync tells */
}

/* --- fsync(2) ------------------------------------------------------------------------------------- */

/* What was found done is in the transaction that is named: it becomes durable. */
static int commit_changes(struct ext4_inode *inode, bool datasync)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	uint32_t tid;

	smp_rmb();			/* pairs with ext4_sync_with() */
	/* What is in a folder is its data: names made and removed. */
	tid = READ_ONCE(*(datasync && S_ISREG(inode->vfs.mode) ? &inode->datasync_tid : &inode->sync_tid));
	if (ext4_is_aborted(fs))
		return -EROFS;
	if (tid || !ext4_has_journal(fs))
		return ext4_journal_commit_wait(fs, tid);
	return fs->opts.barrier ? bdev_flush(fs->bdev) : 0;	/* nothing but data, if anything */
}

static int sync_file(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct inode *vfs = file->inode;
	int err = pagecache_sync(&vfs->mapping, start, end, /*wait=*/true), ret, told;

	if (!err && !datasync && READ_ONCE(ext4_i(vfs)->times_dirty))
		err = ext4_inode_write(vfs);
	ret = commit_changes(ext4_i(vfs), datasync);
	told = file_check_error(file);
	return told ? told : err ? err : ret;
}

int ext4_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct inode *vfs = file->inode;
	struct ext4_inode *inode = ext4_i(vfs);
	uint32_t sets = READ_ONCE(inode->size_sets);
	loff_t size = min(READ_ONCE(vfs->size), end);
	int err;

	if (!READ_ONCE(ext4_fs(vfs->sb)->writable))
		return 0;
	err = sync_file(file, start, end, datasync);
	if (CONFIG_DEBUG && !err && S_ISREG(vfs->mode))
		WARN_ON(READ_ONCE(inode->disksize) < size && READ_ONCE(inode->size_sets) == sets);
	return err;
}

/* --- Attributes and holes ------------------------------------------------------------------------- */

#define ATTRIBUTES	(STATX_ATTR_COMPRESSED | STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND | STATX_ATTR_NODUMP)

int ext4_getattr(struct inode *vfs, struct kstat *out, bool rcu)
{
	ignore_result(rcu);	/* never sleeps */
	generic_fillattr(vfs, out);
	/* The flags of chattr(1) have the same bits in both. */
	out->attributes |= READ_ONCE(ext4_i(vfs)->flags) & ATTRIBUTES;
	out->attributes_mask |= ATTRIBUTES;
	/* What was promised counts as used: du(1) must not find a file without blocks. */
	out->blocks += (uint64_t)READ_ONCE(ext4_i(vfs)->promised) << (vfs->sb->block_bits - 9);
	return 0;
}

/* The first byte of data (or hole) at or behind offset, which lies in the file; at most size. */
static loff_t seek(struct ext4_inode *inode, loff_t offset, loff_t size, bool data)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	uint32_t block = (uint32_t)(offset >> fs->block_bits), end = ext4_blocks_of(fs, size), waits;
	struct ext4_run run;
	int err;

	if (inode->flags & EXT4_INLINE_DATA_FL)
		return data ? offset : size;
	while (block < end) {
		waits = ext4_delayed_next(inode, block);	/* asked first: who gets a place waits no more */
		err = ext4_map(inode, block, end - block, &run);
		if (err)
			return err;
		if (!run.block) {				/* of it, what waits for blocks is data */
			run.block = waits == block;
			run.count = run.block ? 1 : min(run.count, waits - block);
		}
		if (!run.block != data)
			return max(offset, (loff_t)((uint64_t)block << fs->block_bits));
		block += run.count;
		cond_resched();
	}
	return size;
}

loff_t ext4_file_llseek(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file->inode;
	loff_t size, at;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_llseek(file, offset, whence);
	down_read(&inode->lock);
	size = inode->size;
	at = offset < 0 || offset >= size ? -ENXIO : seek(ext4_i(inode), offset, size, whence == SEEK_DATA);
	if (at >= size)
		at = whence == SEEK_DATA ? -ENXIO : size;
	up_read(&inode->lock);
	if (at >= 0)
		file->pos = at;
	return at;
}
