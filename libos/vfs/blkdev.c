/* SPDX-License-Identifier: MIT */
/*
 * blkdev: what open(2) of a block device node gives: the device's bytes through its page cache, which file systems'
 * metadata shares; with O_DIRECT past it, through a buffer. Its ioctls are blkdev_ioctl.c's. Source: open(2) on O_EXCL
 * and O_DIRECT, fallocate(2), and Linux' answers.
 */
#include "vfs/blkdev.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "block/bdev.h"
#include "block/queue.h"
#include "core/init.h"
#include "lib/align.h"
#include "lib/errseq.h"
#include "lib/string.h"
#include "mm/mmap.h"
#include "mm/page_alloc.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define DIRECT_ORDER	4
#define DIRECT_BYTES	(PAGE_SIZE << DIRECT_ORDER)
#define IOCB_WRITES	0x10000u	/* private to direct transfers: to the device */

static struct bdev *file_bdev(const struct file *file)
{
	return file->private;
}

static int driver_open(struct bdev *disk)
{
	return disk->ops && disk->ops->open ? disk->ops->open(disk) : 0;
}

static void driver_release(struct bdev *disk)
{
	if (disk->ops && disk->ops->release)
		disk->ops->release(disk);
}

static int open_claims(struct file *file, struct bdev *bdev)
{
	int err;

	if (file->mode & FMODE_WRITE && bdev_is_read_only(bdev))
		return -EACCES;
	if (file->flags & O_EXCL) {
		err = bdev_claim(bdev, file);
		if (err)
			return err;
	}
	err = driver_open(bdev->disk);
	if (err)
		bdev_release(bdev, file);
	return err;
}

static int blkdev_open(struct inode *inode, struct file *file)
{
	struct bdev *bdev = bdev_get_dev(inode->rdev);
	int err;

	if (!bdev)
		return -ENXIO;
	err = open_claims(file, bdev);
	if (err) {
		bdev_put(bdev);
		return err;
	}
	file->private = bdev;
	file->wb_err = errseq_sample(&bdev->mapping.wb_err);
	file->ra.max_pages = READ_ONCE(bdev->ra_pages);
	file->mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	return 0;
}

static void blkdev_release(struct inode *inode, struct file *file)
{
	struct bdev *bdev = file_bdev(file);

	(void)inode;
	if (file->mode & FMODE_WRITE)
		ignore_result(bdev_sync(bdev));		/* as Linux: the last chance; fsync(2) is who reports */
	bdev_release(bdev, file);
	driver_release(bdev->disk);
	bdev_put(bdev);
}

/* --- O_DIRECT ------------------------------------------------------------------------------------- */

static int sync_range(struct bdev *bdev, uint64_t start, uint64_t n)
{
	if (!READ_ONCE(bdev->mapping.nr_pages))
		return 0;
	return pagecache_sync(&bdev->mapping, (loff_t)start, (loff_t)(start + n), /*wait=*/true);
}

/* Clean pages that nobody uses leave the cache: is it empty there now? */
static bool drop_unused(struct bdev *bdev, uint64_t start, uint64_t n)
{
	unsigned long first = start >> PAGE_SHIFT;
	uint64_t last = n ? (start + n - 1) >> PAGE_SHIFT : first;
	bool some;

	if (!READ_ONCE(bdev->mapping.nr_pages))
		return true;
	pagecache_drop_clean(&bdev->mapping, first, last);
	rcu_read_lock();
	some = xa_find(&bdev->mapping.pages, &first, last, XA_PRESENT) != NULL;
	rcu_read_unlock();
	return !some;
}

int blkdev_drop_range(struct file *file, uint64_t start, uint64_t n)
{
	struct bdev *bdev = file_bdev(file);
	bool mine = READ_ONCE(bdev->holder) == file;
	int err = sync_range(bdev, start, n);

	if (err || !n)
		return err;
	/* Who mounted it has changes in held pages that are on no disk yet. */
	if (!mine && bdev_claim(bdev, file))
		return drop_unused(bdev, start, n) ? 0 : -EBUSY;
	if (READ_ONCE(bdev->mapping.nr_pages))
		pagecache_punch(&bdev->mapping, (loff_t)ALIGN_DOWN(start, (uint64_t)PAGE_SIZE),
				(loff_t)ALIGN_UP(start + n, (uint64_t)PAGE_SIZE));
	if (!mine)
		bdev_release(bdev, file);
	return 0;
}

/* These bytes were written to the device: pages that stayed in the cache, as somebody uses them, get them, too. */
static void update_cache(struct bdev *bdev, uint64_t pos, const char *from, size_t n)
{
	struct address_space *as = &bdev->mapping;
	struct page *page;
	size_t part;

	for (; n && READ_ONCE(as->nr_pages); pos += part, from += part, n -= part) {
		part = min(n, (size_t)(PAGE_SIZE - (pos & ~PAGE_MASK)));
		page = pagecache_find(as, pos >> PAGE_SHIFT);
		if (!page)
			continue;
		lock_page(page);
		if (page->mapping == as && page_test(page, PG_UPTODATE))
			memcpy((char *)page_address(page) + (pos & ~PAGE_MASK), from, part);
		unlock_page(page);
		put_page(page);
	}
}

/* Position, length and memory are to be in units of the device's sectors. */
static bool direct_aligned(const struct bdev *bdev, const struct kiocb *iocb, const struct iov_iter *it)
{
	uint64_t bits = (uint64_t)iocb->pos | iov_count(it) | it->offset;

	for (unsigned i = 0; i < it->nr; i++)
		bits |= (uintptr_t)it->iov[i].iov_base | it->iov[i].iov_len;
	return !(bits & (bdev->sector_size - 1));
}

/* One piece through a buffer: bytes moved, or -errno. */
static ssize_t direct_piece(struct bdev *bdev, struct kiocb *iocb, struct iov_iter *it, void *buf)
{
	size_t n = min(iov_count(it), (size_t)DIRECT_BYTES);
	bool writes = iocb->flags & IOCB_WRITES;
	int err;

	if (writes && copy_from_iter(buf, n, it) != n)
		return -EFAULT;
	err = bio_transfer(bdev, writes ? BIO_WRITE : BIO_READ, (uint64_t)iocb->pos, buf, n);
	if (err)
		return err;
	if (writes)
		update_cache(bdev, (uint64_t)iocb->pos, buf, n);
	else if (copy_to_iter(buf, n, it) != n)
		return -EFAULT;
	iocb->pos += (loff_t)n;
	return (ssize_t)n;
}

/*
 * Past the page cache, which is written back before. Reading takes nothing out of it: a file system may have changes
 * in held pages that the device does not have yet. Writing takes out what nobody uses, and changes the rest.
 */
static ssize_t blkdev_direct(struct kiocb *iocb, struct iov_iter *it)
{
	struct bdev *bdev = file_bdev(iocb->file);
	struct page *pages;
	ssize_t done = 0, n = 0;

	if (!direct_aligned(bdev, iocb, it))
		return -EINVAL;
	n = sync_range(bdev, (uint64_t)iocb->pos, iov_count(it));
	if (n)
		return n;
	if (iocb->flags & IOCB_WRITES)
		drop_unused(bdev, (uint64_t)iocb->pos, iov_count(it));		/* update_cache() has the rest */
	pages = alloc_pages(GFP_KERNEL, DIRECT_ORDER);
	if (!pages)
		return -ENOMEM;
	while (iov_count(it) && (n = direct_piece(bdev, iocb, it, page_address(pages))) > 0)
		done += n;
	free_pages(pages, DIRECT_ORDER);
	return done ? done : n;
}

/* --- Reading and writing -------------------------------------------------------------------------- */

static ssize_t blkdev_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct bdev *bdev = file_bdev(iocb->file);
	uint64_t size = bdev_size(bdev);

	if (iocb->flags & IOCB_NOIO)
		return pagecache_read_cached(&bdev->mapping, &iocb->pos, to);
	if (!(iocb->flags & IOCB_DIRECT))
		return pagecache_read(&bdev->mapping, &iocb->file->ra, &iocb->pos, to);
	if ((uint64_t)iocb->pos >= size)
		return 0;
	iov_truncate(to, size - (uint64_t)iocb->pos);
	return blkdev_direct(iocb, to);
}

static int blkdev_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct bdev *bdev = file_bdev(file);
	int err = pagecache_sync(&bdev->mapping, start, end, /*wait=*/true);
	int told = file_check_error(file);

	(void)datasync;
	if (!err)
		err = told;
	return err ? err : bdev_flush(bdev);
}

static ssize_t blkdev_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct bdev *bdev = file_bdev(iocb->file);
	uint64_t size = bdev_size(bdev);
	int err = 0;
	ssize_t n;

	if (bdev_is_read_only(bdev))
		return -EPERM;
	if ((uint64_t)iocb->pos >= size)
		return iov_count(from) ? -ENOSPC : 0;
	iov_truncate(from, size - (uint64_t)iocb->pos);
	if (iocb->flags & IOCB_DIRECT) {
		iocb->flags |= IOCB_WRITES;
		n = blkdev_direct(iocb, from);
	} else {
		n = pagecache_write(&bdev->mapping, iocb->pos, from, NULL);
		iocb->pos += max(n, (ssize_t)0);
	}
	if (n > 0 && iocb->flags & (IOCB_DSYNC | IOCB_SYNC))
		err = blkdev_fsync(iocb->file, iocb->pos - n, iocb->pos, /*datasync=*/true);
	return err ? err : n;
}

static loff_t blkdev_llseek(struct file *file, loff_t offset, int whence)
{
	loff_t size = (loff_t)bdev_size(file_bdev(file)), pos;

	switch (whence) {
	case SEEK_SET: pos = offset; break;
	case SEEK_CUR: pos = file->pos + offset; break;
	case SEEK_END: pos = size + offset; break;
	default: return -EINVAL;
	}
	if (pos < 0 || pos > size)
		return -EINVAL;
	file->pos = pos;
	return pos;
}

static int blkdev_mmap(struct file *file, struct map_request *req)
{
	req->mapping = &file_bdev(file)->mapping;
	req->file = file;
	req->ops = &file_vma_ops;
	file_accessed(file);
	return 0;
}

/*
 * fallocate(2): zeroes, or holes which read as zeroes: the device's command for it, or nothing at all for a hole it
 * cannot make.
 */
static long blkdev_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct bdev *bdev = file_bdev(file);
	uint64_t start = (uint64_t)offset, n = (uint64_t)len, size = bdev_size(bdev);
	int err;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	if (start >= size || (n > size - start && !(mode & FALLOC_FL_KEEP_SIZE)))
		return -EINVAL;
	n = min(n, size - start);
	if ((start | n) & (bdev->sector_size - 1))
		return -EINVAL;
	if (mode != FALLOC_FL_ZERO_RANGE && mode != (FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE) &&
	    mode != (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	err = blkdev_drop_range(file, start, n);
	if (err)
		return err;
	return bio_zero(bdev, start, n, mode & FALLOC_FL_PUNCH_HOLE ? BIO_ZERO_UNMAP | BIO_ZERO_NO_FALLBACK : 0);
}

static const struct file_ops blkdev_ops = {
	.open = blkdev_open,
	.release = blkdev_release,
	.read_iter = blkdev_read,
	.write_iter = blkdev_write,
	.llseek = blkdev_llseek,
	.ioctl = blkdev_ioctl,
	.mmap = blkdev_mmap,
	.fsync = blkdev_fsync,
	.fallocate = blkdev_fallocate,
	.nowait = FMODE_READ,
};

struct address_space *file_mapping(const struct file *file)
{
	return file->ops == &blkdev_ops ? &file_bdev(file)->mapping : &file->inode->mapping;
}

static int blkdev_init(void)
{
	inode_set_blkdev_ops(&blkdev_ops);
	return 0;
}
INIT_HOOK(INIT_BUS, blkdev_init);
