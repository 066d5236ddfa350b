/* SPDX-License-Identifier: MIT */
/*
 * tmpfs files and symbolic links: the page cache does the work, this counts what it holds.
 *
 * The count of used pages (size= limit, statfs) follows each file's cached pages: a write books the most it can need
 * before, and after a write, a truncation or an eviction the difference is booked. Pages that a mapping faulted in are
 * booked with the next of these, so the limit does not stop writes through mappings.
 */
#include "fs/tmpfs/internal.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"		/* SEEK_* lie in <linux/fs.h> */
#include "abi/mman.h"
#include "abi/mount.h"
#include "mm/mmap.h"
#include "mm/pagecache.h"
#include "sched/sched.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/stat.h"

/* The count follows what the file has cached, of which `reserved` pages were booked before. */
static void recount(struct inode *inode, uint64_t reserved)
{
	struct tmpfs_super *sbi = tmpfs_sb(inode->sb);
	struct tmpfs_inode *ti = tmpfs_i(inode);
	uint64_t now;

	spin_lock(&inode->spin);
	now = READ_ONCE(inode->mapping.nr_pages);
	__atomic_fetch_add(&sbi->used_pages, now - ti->charged - reserved, __ATOMIC_RELAXED);
	ti->charged = now;
	WRITE_ONCE(inode->blocks, now * (PAGE_SIZE / 512));
	spin_unlock(&inode->spin);
}

void tmpfs_recount(struct inode *inode)
{
	recount(inode, /*reserved=*/0);
}

/* The first page of [index, end) that *left new pages do not reach, end if they are enough; takes off what it needs. */
static uint64_t first_without_room(struct address_space *as, uint64_t index, uint64_t end, uint64_t *left)
{
	unsigned long at;
	uint64_t tail;
	void *page;

	rcu_read_lock();
	xa_for_each_range(&as->pages, at, page, index, end - 1) {
		if (at - index > *left)
			break;
		*left -= at - index;
		index = at + 1;
	}
	rcu_read_unlock();
	tail = min(end - index, *left);
	*left -= tail;
	return index + tail;
}

/*
 * Book the pages that n bytes at pos need, at most: recount() gives back what was too much. Cuts *n to what fits;
 * -ENOSPC when nothing does. While there is plenty, all pages count as new: the few writers there are at a time do
 * not make each other believe that it is full.
 */
static int reserve_locked(struct inode *inode, loff_t pos, size_t *n, uint64_t *reserved)
{
	struct tmpfs_super *sbi = tmpfs_sb(inode->sb);
	uint64_t used = __atomic_load_n(&sbi->used_pages, __ATOMIC_RELAXED), max = READ_ONCE(sbi->max_pages);
	uint64_t first = (uint64_t)pos >> PAGE_SHIFT, end = (((uint64_t)pos + *n - 1) >> PAGE_SHIFT) + 1, room, left;

	assert_held(&inode->lock);
	*reserved = 0;
	if (!*n || !max)
		return 0;
	do {
		left = used < max ? max - used : 0;
		*reserved = left;
		room = end;
		if (end - first <= left / 64)
			left -= end - first;
		else
			room = first_without_room(&inode->mapping, first, end, &left);
		*reserved -= left;
	} while (!__atomic_compare_exchange_n(&sbi->used_pages, &used, used + *reserved, /*weak=*/true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	if (room < end)
		*n = room > first ? (room << PAGE_SHIFT) - (uint64_t)pos : 0;
	return *n ? 0 : -ENOSPC;
}

/* May [pos, end) be changed under the seals? */
static int check_seals_locked(const struct inode *inode, loff_t end)
{
	unsigned seals = tmpfs_i(inode)->seals;

	assert_held(&inode->lock);
	if (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return -EPERM;
	return (seals & F_SEAL_GROW) && end > inode->size ? -EPERM : 0;
}

/* Room may be had under F_SEAL_WRITE, as no byte changes; past the end it counts as growing, even with KEEP_SIZE. */
static int check_fallocate_seals_locked(const struct inode *inode, int mode, loff_t end)
{
	assert_held(&inode->lock);
	if (mode & FALLOC_FL_PUNCH_HOLE)
		return check_seals_locked(inode, 0);
	return (tmpfs_i(inode)->seals & F_SEAL_GROW) && end > inode->size ? -EPERM : 0;
}

static ssize_t write_locked(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = iocb->file->inode;
	loff_t pos = iocb->flags & IOCB_APPEND ? inode->size : iocb->pos;
	size_t n = iov_count(from), all = n;
	uint64_t reserved;
	ssize_t ret;

	assert_held(&inode->lock);
	ret = check_seals_locked(inode, pos + (loff_t)n);
	if (!ret)
		ret = reserve_locked(inode, pos, &n, &reserved);
	if (ret)
		return ret;
	iov_truncate(from, n);
	ret = generic_file_write_locked(iocb, from);
	if (n < all)		/* what did not fit is still the caller's */
		from->count += all - n;
	recount(inode, reserved);
	return ret;
}

/* The lock is around the look at the seals, too: once they are set, no write is on its way. */
static ssize_t tmpfs_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = iocb->file->inode;
	ssize_t ret;

	down_write(&inode->lock);
	ret = write_locked(iocb, from);
	up_write(&inode->lock);
	return ret;
}

/* Have the pages of [start, end): 0, or what making one failed with. */
static int make_pages(struct inode *inode, loff_t start, loff_t end)
{
	uint64_t index, last = ((uint64_t)end - 1) >> PAGE_SHIFT;
	struct page *page;
	int err = 0;

	for (index = (uint64_t)start >> PAGE_SHIFT; !err && index <= last; index++) {
		err = pagecache_get(&inode->mapping, index, NULL, &page);
		if (!err)
			put_page(page);
		if (fatal_signal_pending())
			err = -EINTR;
		cond_resched();
	}
	return err;
}

static long tmpfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file->inode;
	loff_t end = offset + len;
	size_t n = (size_t)len;
	uint64_t reserved = 0;
	long err = 0;

	if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) || mode == FALLOC_FL_PUNCH_HOLE)
		return -EOPNOTSUPP;
	down_write(&inode->lock);
	err = check_fallocate_seals_locked(inode, mode, end);
	if (!err && (mode & FALLOC_FL_PUNCH_HOLE)) {
		pagecache_punch(&inode->mapping, offset, end);
	} else if (!err) {
		err = reserve_locked(inode, offset, &n, &reserved);
		if (!err && n < (size_t)len)
			err = -ENOSPC;
		if (!err)
			err = make_pages(inode, offset, end);
		if (!err && !(mode & FALLOC_FL_KEEP_SIZE) && end > inode->size)
			WRITE_ONCE(inode->size, end);
	}
	if (!err)
		inode_touch_mtime(inode);
	recount(inode, reserved);
	up_write(&inode->lock);
	return err;
}

/* n bytes at pos, all in one page; a hole reads as zeroes and stays one. Bytes copied, or -errno. */
static ssize_t read_piece(struct address_space *as, loff_t pos, size_t n, struct iov_iter *to)
{
	struct page *page = pagecache_find(as, (uint64_t)pos >> PAGE_SHIFT);
	size_t done;
	int err;

	if (!page)
		return (ssize_t)zero_iter(n, to);
	if (!page_test(page, PG_UPTODATE)) {	/* somebody is making it: wait */
		put_page(page);
		err = pagecache_get(as, (uint64_t)pos >> PAGE_SHIFT, NULL, &page);
		if (err)
			return err;
	}
	done = copy_to_iter((char *)page_address(page) + (pos & (loff_t)(PAGE_SIZE - 1)), n, to);
	put_page(page);
	return (ssize_t)done;
}

static ssize_t tmpfs_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct inode *inode = iocb->file->inode;
	ssize_t done = 0, n = 0;
	loff_t size;
	size_t want;

	while (iov_count(to) && iocb->pos < (size = READ_ONCE(inode->size))) {
		want = min_t(size_t, iov_count(to), PAGE_SIZE - (size_t)(iocb->pos & (loff_t)(PAGE_SIZE - 1)));
		want = min_t(size_t, want, (size_t)(size - iocb->pos));
		n = read_piece(&inode->mapping, iocb->pos, want, to);
		if (n > 0) {
			iocb->pos += n;
			done += n;
		}
		if (n < (ssize_t)want)
			break;
		cond_resched();
	}
	if (n >= 0 && (done || iov_count(to)))
		file_accessed(iocb->file);
	return done ? done : n < 0 ? n : iov_count(to) && iocb->pos < READ_ONCE(inode->size) ? -EFAULT : 0;
}

/* SEEK_DATA and SEEK_HOLE: what is cached is data, all else is a hole. */
static loff_t seek_extent(struct inode *inode, loff_t offset, bool data)
{
	unsigned long index = (unsigned long)offset >> PAGE_SHIFT, found = index;
	loff_t size = READ_ONCE(inode->size), at;

	if (offset < 0 || offset >= size)
		return -ENXIO;
	rcu_read_lock();
	if (data && !xa_find(&inode->mapping.pages, &found, ULONG_MAX, XA_PRESENT))
		found = ULONG_MAX >> PAGE_SHIFT;
	if (!data && xa_find_free(&inode->mapping.pages, index, ULONG_MAX, &found))
		found = ULONG_MAX >> PAGE_SHIFT;
	rcu_read_unlock();
	at = found == index ? offset : (loff_t)(found << PAGE_SHIFT);
	if (at >= size || at < 0)
		return data ? -ENXIO : size;
	return at;
}

static loff_t tmpfs_llseek(struct file *file, loff_t offset, int whence)
{
	loff_t at;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_llseek(file, offset, whence);
	at = seek_extent(file->inode, offset, whence == SEEK_DATA);
	if (at >= 0)
		file->pos = at;
	return at;
}

static int tmpfs_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	(void)file, (void)start, (void)end, (void)datasync;
	return 0;		/* memory is as stable as it gets */
}

static int tmpfs_mmap(struct file *file, struct map_request *req)
{
	unsigned seals = READ_ONCE(tmpfs_i(file->inode)->seals);

	if ((req->flags & MAP_TYPE) != MAP_PRIVATE && (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))) {
		if (req->prot & PROT_WRITE)
			return -EPERM;
		req->vm_clear |= VM_MAYWRITE;
	}
	return generic_file_mmap(file, req);
}

const struct file_ops tmpfs_file_ops = {
	.read_iter = tmpfs_read,
	.write_iter = tmpfs_write,
	.llseek = tmpfs_llseek,
	.mmap = tmpfs_mmap,
	.fsync = tmpfs_fsync,
	.fallocate = tmpfs_fallocate,
	.fcntl = tmpfs_fcntl,
};

static int tmpfs_getattr(struct inode *inode, struct kstat *out, bool rcu)
{
	(void)rcu;
	generic_fillattr(inode, out);
	out->blocks = READ_ONCE(inode->mapping.nr_pages) * (PAGE_SIZE / 512);
	return 0;
}

static int tmpfs_setattr(struct dentry *dentry, const struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	loff_t old = inode->size;
	unsigned seals = tmpfs_i(inode)->seals;

	if ((seals & F_SEAL_EXEC) && (attr->valid & ATTR_MODE) && ((attr->mode ^ inode->mode) & 0111))
		return -EPERM;
	if (attr->valid & ATTR_SIZE) {
		if ((attr->size < old && (seals & F_SEAL_SHRINK)) || (attr->size > old && (seals & F_SEAL_GROW)))
			return -EPERM;
		WRITE_ONCE(inode->size, attr->size);
		/* Growing, too: a mapping may have written behind the old end, which must now read as zeroes. */
		pagecache_truncate(&inode->mapping, min(old, attr->size));
		tmpfs_recount(inode);
	}
	setattr_copy(inode, attr);
	return 0;
}

const struct inode_ops tmpfs_file_inode_ops = {
	.getattr = tmpfs_getattr,
	.setattr = tmpfs_setattr,
	TMPFS_XATTR_OPS,
};

/* The text lives as long as the inode, which RCU frees: right for lock-free walks too. */
static int tmpfs_get_link(struct dentry *dentry, struct inode *inode, struct link_text *out)
{
	(void)dentry;
	*out = (struct link_text){ .text = tmpfs_i(inode)->link };
	return 0;
}

const struct inode_ops tmpfs_link_inode_ops = {
	.get_link = tmpfs_get_link,
	TMPFS_XATTR_OPS,
};
