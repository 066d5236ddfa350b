/* SPDX-License-Identifier: MIT */
/*
 * rw: reading and writing through an open file: mode and range checks, position, limits.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"
#include "vfs/notify.h"

static int check_range(loff_t pos, size_t count)
{
	if (pos < 0)
		return -EINVAL;
	return (uint64_t)pos + count > INT64_MAX ? -EINVAL : 0;
}

static unsigned iocb_flags(const struct file *file, unsigned extra)
{
	unsigned f = READ_ONCE(file->flags);

	return extra | (f & O_APPEND ? IOCB_APPEND : 0) | (f & O_NONBLOCK ? IOCB_NOWAIT : 0) |
	       ((f & O_SYNC) == O_SYNC ? IOCB_SYNC : 0) | (f & O_DSYNC ? IOCB_DSYNC : 0) |
	       (f & O_DIRECT ? IOCB_DIRECT : 0);
}

/* Only what never waits may be asked not to. */
static bool refuses_nowait(const struct file *file, const struct iov_iter *it, unsigned flags, unsigned mode)
{
	return unlikely(flags & IOCB_NOIO) && iov_count(it) && !(file->ops->nowait & mode);
}

ssize_t vfs_read(struct file *file, struct iov_iter *to, loff_t *pos, unsigned flags)
{
	struct kiocb iocb = { .file = file, .flags = iocb_flags(file, flags), .limit = UINT64_MAX };
	ssize_t n;
	int err;

	if (unlikely(!(file->mode & FMODE_READ)))
		return -EBADF;
	if (unlikely(!file->ops->read_iter))
		return S_ISDIR(file->inode->mode) ? -EISDIR : -EINVAL;
	if (refuses_nowait(file, to, flags, FMODE_READ))
		return -EOPNOTSUPP;
	if (pos) {
		err = check_range(*pos, iov_count(to));
		if (err)
			return err;
		iocb.pos = *pos;
	}
	n = file->ops->read_iter(&iocb, to);
	if (n > 0)
		notify_dentry(file->path.dentry, IN_ACCESS);
	if (pos)
		*pos = iocb.pos;
	return n;
}

ssize_t vfs_write(struct vfs_ctx *ctx, struct file *file, struct iov_iter *from, loff_t *pos, unsigned flags)
{
	struct kiocb iocb = { .file = file, .flags = iocb_flags(file, flags), .limit = ctx->fsize_limit };
	ssize_t n;
	int err;

	if (unlikely(!(file->mode & FMODE_WRITE)))
		return -EBADF;
	if (unlikely(!file->ops->write_iter))
		return -EINVAL;
	if (refuses_nowait(file, from, flags, FMODE_WRITE))
		return -EOPNOTSUPP;
	if (pos) {
		err = check_range(*pos, iov_count(from));
		if (err)
			return err;
		iocb.pos = *pos;
	}
	n = file->ops->write_iter(&iocb, from);
	if (n > 0)
		notify_dentry(file->path.dentry, IN_MODIFY);
	if (pos)
		*pos = iocb.pos;
	return n;
}
