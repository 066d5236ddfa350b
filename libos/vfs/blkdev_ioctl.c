/* SPDX-License-Identifier: MIT */
/*
 * blkdev_ioctl: what ioctl(2) says and does about a block device: sizes, discards, partitions. What is not here is
 * asked of the driver (bdev_ops).
 *
 * Source: ioctl numbers of linux/fs.h, linux/blkpg.h, linux/hdreg.h; sd(4), blockdev(8), and Linux' answers.
 */
#include "vfs/blkdev.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/ioctl.h"
#include "block/bdev.h"
#include "block/queue.h"
#include "lib/align.h"
#include "lib/bits.h"
#include "mm/uaccess.h"
#include "vfs/file.h"

#define GEOMETRY_HEADS		64	/* what Linux tells of disks that have no geometry */
#define GEOMETRY_SECTORS	32
#define SECTOR_SHIFT		9

/* Field legend: [I] set during start-up */
static struct {
	bool (*current_capable)(int cap);	/* [I] */
} asker;

void blkdev_set_capable(bool (*current_capable)(int cap))
{
	asker.current_capable = current_capable;
}

static int put_int(unsigned long arg, int value)
{
	return put_user(value, (int __user *)arg) ? -EFAULT : 0;
}

static int put_long(unsigned long arg, unsigned long value)
{
	return put_user(value, (unsigned long __user *)arg) ? -EFAULT : 0;
}

static int put_short(unsigned long arg, uint64_t value)
{
	return put_user((unsigned short)min(value, (uint64_t)UINT16_MAX), (unsigned short __user *)arg) ? -EFAULT : 0;
}

/* --- Shape ---------------------------------------------------------------------------------------- */

static uint32_t physical_sector(const struct bdev *bdev)
{
	return max(bdev->queue->limits.physical_sector, bdev->sector_size);
}

uint32_t blkdev_io_min(const struct bdev *bdev)
{
	return max(bdev->queue->limits.io_min, physical_sector(bdev));
}

/* Bytes from the device's start to where a physical sector begins. */
uint32_t blkdev_alignment(const struct bdev *bdev)
{
	uint64_t grain = blkdev_io_min(bdev);

	return (uint32_t)((grain + bdev->queue->limits.alignment % grain - bdev->start % grain) % grain);
}

static long get_geometry(const struct bdev *bdev, unsigned long arg)
{
	uint64_t sectors = bdev_size(bdev->disk) >> SECTOR_SHIFT;
	struct hd_geometry geometry = {
		.heads = GEOMETRY_HEADS, .sectors = GEOMETRY_SECTORS, .start = bdev->start >> SECTOR_SHIFT,
		.cylinders = (unsigned short)(sectors / (GEOMETRY_HEADS * GEOMETRY_SECTORS)),
	};

	return copy_to_user((void __user *)arg, &geometry, sizeof(geometry)) ? -EFAULT : 0;
}

static long blkdev_shape(const struct bdev *bdev, unsigned cmd, unsigned long arg)
{
	const struct block_limits *limits = &bdev->queue->limits;

	switch (cmd) {
	case BLKGETSIZE64: return put_long(arg, bdev_size(bdev));
	case BLKGETSIZE: return put_long(arg, bdev_size(bdev) >> SECTOR_SHIFT);
	case BLKSSZGET: return put_int(arg, (int)bdev->sector_size);
	case BLKPBSZGET: return put_int(arg, (int)physical_sector(bdev));
	case BLKBSZGET: return put_int(arg, (int)READ_ONCE(bdev->block_size));
	case BLKIOMIN: return put_int(arg, (int)blkdev_io_min(bdev));
	case BLKIOOPT: return put_int(arg, (int)limits->io_opt);
	case BLKALIGNOFF: return put_int(arg, (int)blkdev_alignment(bdev));
	case BLKDISCARDZEROES: return put_int(arg, 0);
	case BLKROTATIONAL: return put_short(arg, 0);
	case BLKSECTGET: return put_short(arg, limits->max_bytes >> SECTOR_SHIFT);
	case BLKROGET: return put_int(arg, bdev_is_read_only(bdev));
	case BLKRAGET:
	case BLKFRAGET: return put_long(arg, (unsigned long)READ_ONCE(bdev->ra_pages) * (PAGE_SIZE >> SECTOR_SHIFT));
	case BLKGETDISKSEQ: return put_long(arg, bdev->disk->id);
	case HDIO_GETGEO: return get_geometry(bdev, arg);
	default: return -ENOTTY;
	}
}

/* --- Discard, zeroes ------------------------------------------------------------------------------ */

/* A range of bytes from user memory, on the device and of whole sectors; its pages leave the cache. */
static int take_range(struct file *file, struct bdev *bdev, unsigned long arg, uint64_t range[2])
{
	uint64_t size = bdev_size(bdev);

	if (!(file->mode & FMODE_WRITE))
		return -EBADF;
	if (copy_from_user(range, (void __user *)arg, 2 * sizeof(range[0])))
		return -EFAULT;
	if ((range[0] | range[1]) & (bdev->sector_size - 1) || range[0] > size || range[1] > size - range[0])
		return -EINVAL;
	return bdev_is_read_only(bdev) ? -EROFS : blkdev_drop_range(file, range[0], range[1]);
}

static long blkdev_range(struct file *file, struct bdev *bdev, unsigned cmd, unsigned long arg)
{
	uint64_t range[2];
	int err;

	if (cmd == BLKSECDISCARD || (cmd == BLKDISCARD && !bdev->queue->limits.max_discard_bytes))
		return file->mode & FMODE_WRITE ? -EOPNOTSUPP : -EBADF;
	err = take_range(file, bdev, arg, range);
	if (err)
		return err;
	return cmd == BLKDISCARD ? bio_discard(bdev, range[0], range[1]) : bio_zero(bdev, range[0], range[1], 0);
}

/* --- The administrator ---------------------------------------------------------------------------- */

static long set_block_size(struct file *file, struct bdev *bdev, unsigned long arg)
{
	int size, err;

	if (get_user(size, (int __user *)arg))
		return -EFAULT;
	if (size < 512 || size > (int)PAGE_SIZE || !is_power_of_2((unsigned)size) || (unsigned)size < bdev->sector_size)
		return -EINVAL;
	if (READ_ONCE(bdev->holder) != file) {	/* another who holds it relies on the size */
		err = bdev_claim(bdev, file);
		if (err)
			return err;
		bdev_release(bdev, file);
	}
	WRITE_ONCE(bdev->block_size, (unsigned)size);
	return 0;
}

static long change_partition(struct bdev *bdev, unsigned long arg)
{
	struct blkpg_ioctl_arg request;
	struct blkpg_partition p;

	if (copy_from_user(&request, (void __user *)arg, sizeof(request)) ||
	    copy_from_user(&p, (void __user *)request.data, sizeof(p)))
		return -EFAULT;
	if (bdev->partno || p.pno <= 0)
		return -EINVAL;
	if (request.op == BLKPG_DEL_PARTITION)
		return bdev_del_partition(bdev, (unsigned)p.pno);
	if (p.start < 0 || p.length <= 0 || p.start > INT64_MAX - p.length)
		return -EINVAL;
	switch (request.op) {
	case BLKPG_ADD_PARTITION:
		return bdev_add_partition(bdev, (unsigned)p.pno, (uint64_t)p.start, (uint64_t)p.length);
	case BLKPG_RESIZE_PARTITION:
		return bdev_resize_partition(bdev, (unsigned)p.pno, (uint64_t)p.start, (uint64_t)p.length);
	default:
		return -EINVAL;
	}
}

static int flush_buffers(struct bdev *bdev)
{
	int err = bdev_sync(bdev);

	pagecache_drop_clean(&bdev->mapping, 0, ULONG_MAX);
	return err;
}

static int set_read_only(struct bdev *bdev, unsigned long arg)
{
	int value;

	if (get_user(value, (int __user *)arg))
		return -EFAULT;
	WRITE_ONCE(bdev->read_only, value != 0);
	return 0;
}

static long blkdev_admin(struct file *file, struct bdev *bdev, unsigned cmd, unsigned long arg)
{
	if (!asker.current_capable || !asker.current_capable(CAP_SYS_ADMIN))
		return -EACCES;
	switch (cmd) {
	case BLKFLSBUF: return flush_buffers(bdev);
	case BLKROSET: return set_read_only(bdev, arg);
	case BLKBSZSET: return set_block_size(file, bdev, arg);
	case BLKRRPART: return bdev_rescan(bdev);
	case BLKPG: return change_partition(bdev, arg);
	default:			/* BLKRASET, BLKFRASET: in sectors, by value */
		WRITE_ONCE(bdev->ra_pages, (unsigned)min(arg / (PAGE_SIZE >> SECTOR_SHIFT), 1024ul));
		return 0;
	}
}

long blkdev_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct bdev *bdev = file->private;
	const struct bdev_ops *ops = bdev->disk->ops;

	switch (cmd) {
	case BLKFLSBUF:
	case BLKROSET:
	case BLKBSZSET:
	case BLKRRPART:
	case BLKPG:
	case BLKRASET:
	case BLKFRASET:
		return blkdev_admin(file, bdev, cmd, arg);
	case BLKDISCARD:
	case BLKSECDISCARD:
	case BLKZEROOUT:
		return blkdev_range(file, bdev, cmd, arg);
	}
	if (ops && ops->ioctl && !bdev->partno) {
		long ret = ops->ioctl(bdev, file->mode & FMODE_WRITE, cmd, arg);

		if (ret != -ENOTTY)
			return ret;
	}
	return blkdev_shape(bdev, cmd, arg);
}
