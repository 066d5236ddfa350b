/* SPDX-License-Identifier: MIT */
/*
 * special: inodes that are not files: device nodes, FIFOs, sockets. Opening one hands over to whoever stands behind it:
 * a character device's driver by number (chrdev_register()), the pipe code, the block layer.
 */
#include "abi/errno.h"
#include "core/assert.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/internal.h"

static struct {
	const struct file_ops *fifo;	/* [I] after start-up */
	const struct file_ops *blkdev;	/* [I] after start-up */
} special;

void inode_set_fifo_ops(const struct file_ops *ops)
{
	special.fifo = ops;
}

void inode_set_blkdev_ops(const struct file_ops *ops)
{
	special.blkdev = ops;
}

/* Halves of a device number: makedev(3). */
static unsigned major_of(uint64_t dev)
{
	return (unsigned)((dev >> 8 & 0xfff) | (dev >> 32 & ~0xfffULL));
}

static unsigned minor_of(uint64_t dev)
{
	return (unsigned)((dev & 0xff) | (dev >> 12 & ~0xffULL));
}

/* The driver's operations take the place of these for this open file. */
static int chrdev_open(struct inode *inode, struct file *file)
{
	const struct file_ops *ops = chrdev_find(major_of(inode->rdev), minor_of(inode->rdev));

	if (!ops)
		return -ENXIO;
	file->ops = ops;
	if (ops->llseek)
		file->mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	return ops->open ? ops->open(inode, file) : 0;
}

static int no_open(struct inode *inode, struct file *file)
{
	(void)inode;
	(void)file;
	return -ENXIO;
}

static const struct file_ops chrdev_ops = { .open = chrdev_open };
static const struct file_ops no_ops = { .open = no_open };

void inode_init_special(struct inode *inode, uint32_t mode, uint64_t rdev)
{
	const struct file_ops *ops = NULL;

	inode->mode = mode;
	if (S_ISCHR(mode))
		ops = &chrdev_ops;
	else if (S_ISBLK(mode))
		ops = special.blkdev;
	else if (S_ISFIFO(mode))
		ops = special.fifo;
	else
		ASSERT(S_ISSOCK(mode));
	if (S_ISCHR(mode) || S_ISBLK(mode))
		inode->rdev = rdev;
	inode->fops = ops ? ops : &no_ops;
}
