/* SPDX-License-Identifier: MIT */
/*
 * blkdev: what open(2) of a block device node gives: the device's bytes through its page cache, which file systems'
 * metadata shares. Source: ioctl numbers and behaviour of linux/fs.h, blockdev(8), open(2) on O_EXCL.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "block/bdev.h"
#include "block/queue.h"
#include "core/init.h"
#include "mm/mmap.h"
#include "mm/page_alloc.h"
#include "mm/uaccess.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define READ_AHEAD_PAGES	32

static struct bdev *file_bdev(const struct file *file)
{
	return file->private;
}

static int blkdev_open(struct inode *inode, struct file *file)
{
	struct bdev *bdev = bdev_get_dev(inode->rdev);
	int err = 0;

	if (!bdev)
		return -ENXIO;
	if (file->flags & O_EXCL)
		err = bdev_claim(bdev, file);
	if (!err && file->mode & FMODE_WRITE && bdev_is_read_only(bdev)) {
		err = -EACCES;
		bdev_release(bdev, file);
	}
	if (err) {
		bdev_put(bdev);
		return err;
	}
	file->private = bdev;
	file->wb_err = pagecache_sample_error(&bdev->mapping);
	file->ra.max_pages = READ_AHEAD_PAGES;
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
	bdev_put(bdev);
}

static ssize_t blkdev_read(struct kiocb *iocb, struct iov_iter *to)
{
	return pagecache_read(&file_bdev(iocb->file)->mapping, &iocb->file->ra, &iocb->pos, to);
}

static ssize_t blkdev_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct bdev *bdev = file_bdev(iocb->file);
	int err = 0;
	ssize_t n;

	if ((uint64_t)iocb->pos >= bdev->size)
		return iov_count(from) ? -ENOSPC : 0;
	iov_truncate(from, bdev->size - (uint64_t)iocb->pos);
	n = pagecache_write(&bdev->mapping, iocb->pos, from, NULL);
	if (n <= 0)
		return n;
	iocb->pos += n;
	if (iocb->flags & (IOCB_DSYNC | IOCB_SYNC))
		err = bdev_sync(bdev);
	return err ? err : n;
}

static loff_t blkdev_llseek(struct file *file, loff_t offset, int whence)
{
	loff_t size = (loff_t)file_bdev(file)->size, pos;

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
	return 0;
}

static int blkdev_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct bdev *bdev = file_bdev(file);
	int err = pagecache_sync(&bdev->mapping, start, end, /*wait=*/true);
	int seen = pagecache_check_error(&bdev->mapping, &file->wb_err);

	(void)datasync;
	if (!err)
		err = seen;
	return err ? err : bdev_flush(bdev);
}

/* BLKFLSBUF: write back, then forget what is clean. BLKROSET. Both for the administrator. */
static long blkdev_admin(struct file *file, unsigned cmd, unsigned long arg)
{
	struct bdev *bdev = file_bdev(file);
	int value, err;

	if (!cred_capable(file->cred, CAP_SYS_ADMIN))
		return -EACCES;
	if (cmd == BLKFLSBUF) {
		err = bdev_sync(bdev);
		pagecache_drop_clean(&bdev->mapping);
		return err;
	}
	if (get_user(value, (int __user *)arg))
		return -EFAULT;
	WRITE_ONCE(bdev->read_only, value != 0);
	return 0;
}

/* BLKDISCARD: the range's pages go, then the device is told in pieces it takes. */
static long blkdev_discard(struct file *file, unsigned long arg)
{
	struct bdev *bdev = file_bdev(file);
	uint64_t range[2], size = bdev_size(bdev);

	if (!(file->mode & FMODE_WRITE))
		return -EBADF;
	if (!bdev->queue->limits.max_discard_bytes)
		return -EOPNOTSUPP;
	if (copy_from_user(range, (void __user *)arg, sizeof(range)))
		return -EFAULT;
	if ((range[0] | range[1]) & 511 || range[0] > size || range[1] > size - range[0])
		return -EINVAL;
	pagecache_punch(&bdev->mapping, (loff_t)range[0], (loff_t)(range[0] + range[1]));
	return bio_discard(bdev, range[0], range[1]);
}

static long blkdev_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct bdev *bdev = file_bdev(file);

	switch (cmd) {
	case BLKGETSIZE64: return put_user(bdev->size, (uint64_t __user *)arg);
	case BLKGETSIZE: return put_user((unsigned long)(bdev->size >> 9), (unsigned long __user *)arg);
	case BLKSSZGET: return put_user((int)bdev->sector_size, (int __user *)arg);
	case BLKPBSZGET: return put_user(bdev->sector_size, (unsigned __user *)arg);
	case BLKBSZGET: return put_user((int)PAGE_SIZE, (int __user *)arg);
	case BLKIOMIN: return put_user(bdev->sector_size, (unsigned __user *)arg);
	case BLKIOOPT: return put_user(0u, (unsigned __user *)arg);
	case BLKALIGNOFF: return put_user(0, (int __user *)arg);
	case BLKROTATIONAL: return put_user((unsigned short)0, (unsigned short __user *)arg);
	case BLKSECTGET: return put_user((unsigned short)min(bdev->queue->limits.max_bytes >> 9, 65535ul),
					 (unsigned short __user *)arg);
	case BLKROGET: return put_user((int)bdev_is_read_only(bdev), (int __user *)arg);
	case BLKRAGET: return put_user((long)READ_AHEAD_PAGES * 8, (long __user *)arg);
	case BLKFLSBUF:
	case BLKROSET: return blkdev_admin(file, cmd, arg);
	case BLKDISCARD: return blkdev_discard(file, arg);
	default: return -ENOTTY;	/* BLKRRPART too: partitions are read once, when the disk appears */
	}
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
};

static int blkdev_init(void)
{
	inode_set_blkdev_ops(&blkdev_ops);
	return 0;
}
INIT_HOOK(INIT_BUS, blkdev_init);
