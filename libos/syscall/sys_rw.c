/* SPDX-License-Identifier: MIT */
/*
 * System calls that move file data. Sources: read(2), pread(2), readv(2), preadv2(2), lseek(2), sendfile(2),
 * copy_file_range(2).
 */
#include "syscall/sys_rw.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/uio.h"
#include "mm/iov.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "net/socket.h"
#include "proc/signal.h"
#include "syscall/path.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"

/* SIGPIPE and SIGXFSZ go with their errors, but for sockets of messages. */
static ssize_t signal_write_error(struct file *file, ssize_t n)
{
	if (unlikely(n == -EFBIG) && over_size_limit(file))
		signal_kernel(current, SIGXFSZ, SIGNAL_THREAD);
	else if (unlikely(n == -EPIPE) && !socket_keeps_messages(file))
		signal_kernel(current, SIGPIPE, SIGNAL_THREAD);
	return n;
}

/* For /proc/PID/io. */
static ssize_t count_read(ssize_t n)
{
	current->usage.syscr++;
	if (n > 0)
		current->usage.rchar += (uint64_t)n;
	return n;
}

static ssize_t count_write(struct file *file, ssize_t n)
{
	current->usage.syscw++;
	if (n > 0)
		current->usage.wchar += (uint64_t)n;
	return signal_write_error(file, n);
}

/* Read or write at the file's own position. */
ssize_t rw_here(struct file *file, struct iov_iter *it, bool write, unsigned flags)
{
	bool seekable = !(file->mode & FMODE_STREAM) && (file->mode & FMODE_LSEEK);
	bool locked = file->mode & FMODE_ATOMIC_POS;
	loff_t *pos = seekable ? &file->pos : NULL;
	ssize_t n;

	if (locked)
		mutex_lock(&file->pos_lock);
	n = write ? vfs_write(current_vfs(), file, it, pos, flags) : vfs_read(file, it, pos, flags);
	if (locked)
		mutex_unlock(&file->pos_lock);
	return write ? count_write(file, n) : count_read(n);
}

ssize_t rw_at(struct file *file, struct iov_iter *it, loff_t pos, bool write, unsigned flags)
{
	if (pos < 0)
		return -EINVAL;
	if (!(file->mode & (write ? FMODE_PWRITE : FMODE_PREAD)))
		return -ESPIPE;
	return write ? count_write(file, vfs_write(current_vfs(), file, it, &pos, flags)) :
		       count_read(vfs_read(file, it, &pos, flags));
}

static long rw_buffer(int fd, void __user *buf, size_t count, bool write)
{
	struct fd f = fd_get(current->vfs.files, fd);
	struct iov_iter it;
	struct iovec one;
	long n;

	if (unlikely(!f.file))
		return -EBADF;
	if (unlikely(!user_range_ok(buf, count))) {
		n = !(f.file->mode & (write ? FMODE_WRITE : FMODE_READ)) ? -EBADF : -EFAULT;
	} else {
		iov_init_user(&it, &one, buf, count);
		n = rw_here(f.file, &it, write, 0);
	}
	fd_put(f);
	return n;
}

long sys_read(int fd, char __user *buf, size_t count)
{
	return rw_buffer(fd, buf, count, /*write=*/false);
}

long sys_write(int fd, const char __user *buf, size_t count)
{
	return rw_buffer(fd, (void __user *)buf, count, /*write=*/true);
}

static long rw_buffer_at(int fd, void __user *buf, size_t count, loff_t pos, bool write)
{
	struct fd f;
	struct iov_iter it;
	struct iovec one;
	long n;

	if (pos < 0)
		return -EINVAL;
	f = fd_get(current->vfs.files, fd);
	if (!f.file)
		return -EBADF;
	if (!user_range_ok(buf, count)) {
		n = -EFAULT;
	} else {
		iov_init_user(&it, &one, buf, count);
		n = rw_at(f.file, &it, pos, write, 0);
	}
	fd_put(f);
	return n;
}

long sys_pread64(int fd, char __user *buf, size_t count, loff_t pos)
{
	return rw_buffer_at(fd, buf, count, pos, /*write=*/false);
}

long sys_pwrite64(int fd, const char __user *buf, size_t count, loff_t pos)
{
	return rw_buffer_at(fd, (void __user *)buf, count, pos, /*write=*/true);
}

/* pos: NULL for the file's own. */
static long rw_vector(int fd, const struct iovec __user *vec, unsigned long count, const loff_t *pos, bool write,
		      unsigned flags)
{
	struct fd f = fd_get(current->vfs.files, fd);
	struct iovec fast[IOV_FAST], *heap = NULL;
	struct iov_iter it;
	long n;

	if (!f.file)
		return -EBADF;
	n = iov_import(&it, vec, count, fast, &heap);
	if (!n)
		n = pos ? rw_at(f.file, &it, *pos, write, flags) : rw_here(f.file, &it, write, flags);
	kfree(heap);
	fd_put(f);
	return n;
}

long sys_readv(int fd, const struct iovec __user *vec, unsigned long count)
{
	return rw_vector(fd, vec, count, NULL, /*write=*/false, 0);
}

long sys_writev(int fd, const struct iovec __user *vec, unsigned long count)
{
	return rw_vector(fd, vec, count, NULL, /*write=*/true, 0);
}

long sys_preadv(int fd, const struct iovec __user *vec, unsigned long count, unsigned long low, unsigned long high)
{
	loff_t pos = (loff_t)low;

	(void)high;			/* x86-64 passes the whole offset in the low word */
	return pos < 0 ? -EINVAL : rw_vector(fd, vec, count, &pos, /*write=*/false, 0);
}

long sys_pwritev(int fd, const struct iovec __user *vec, unsigned long count, unsigned long low, unsigned long high)
{
	loff_t pos = (loff_t)low;

	(void)high;
	return pos < 0 ? -EINVAL : rw_vector(fd, vec, count, &pos, /*write=*/true, 0);
}

int rw_flags(unsigned int flags, unsigned *out)
{
	if (flags & ~(unsigned)(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND))
		return -EOPNOTSUPP;
	*out = (flags & RWF_HIPRI ? IOCB_HIPRI : 0) | (flags & RWF_DSYNC ? IOCB_DSYNC : 0) |
	       (flags & RWF_SYNC ? IOCB_SYNC : 0) | (flags & RWF_NOWAIT ? IOCB_NOWAIT | IOCB_NOIO : 0) |
	       (flags & RWF_APPEND ? IOCB_APPEND : 0);
	return 0;
}

static long rw_vector2(int fd, const struct iovec __user *vec, unsigned long count, loff_t pos, unsigned int flags,
		       bool write)
{
	unsigned iocb;
	int err = rw_flags(flags, &iocb);

	if (err)
		return err;
	if (pos < -1)
		return -EINVAL;
	return rw_vector(fd, vec, count, pos == -1 ? NULL : &pos, write, iocb);
}

long sys_preadv2(int fd, const struct iovec __user *vec, unsigned long count, unsigned long low, unsigned long high,
		 unsigned int flags)
{
	(void)high;
	return rw_vector2(fd, vec, count, (loff_t)low, flags, /*write=*/false);
}

long sys_pwritev2(int fd, const struct iovec __user *vec, unsigned long count, unsigned long low, unsigned long high,
		  unsigned int flags)
{
	(void)high;
	return rw_vector2(fd, vec, count, (loff_t)low, flags, /*write=*/true);
}

long sys_lseek(int fd, loff_t offset, int whence)
{
	struct fd f = fd_get(current->vfs.files, fd);
	loff_t pos;

	if (!f.file)
		return -EBADF;
	if ((unsigned)whence > SEEK_HOLE) {
		pos = -EINVAL;
	} else if (!f.file->ops->llseek) {
		pos = -ESPIPE;
	} else {
		mutex_lock(&f.file->pos_lock);
		pos = f.file->ops->llseek(f.file, offset, whence);
		mutex_unlock(&f.file->pos_lock);
	}
	fd_put(f);
	return pos;
}

#define COPY_CHUNK	(16 * PAGE_SIZE)

/* Move up to count bytes between files through a kernel buffer; positions are advanced by what was written. */
static long copy_between(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos, size_t count)
{
	char *buf = kvmalloc(COPY_CHUNK, GFP_KERNEL);
	struct iov_iter it;
	struct iovec one;
	long total = 0;
	ssize_t n = 0, done;

	if (!buf)
		return -ENOMEM;
	while (count) {
		loff_t pos = in_pos ? *in_pos : 0;

		iov_init_kernel(&it, &one, buf, min(count, (size_t)COPY_CHUNK));
		n = vfs_read(in, &it, in_pos ? &pos : NULL, 0);
		if (n <= 0)
			break;
		iov_init_kernel(&it, &one, buf, (size_t)n);
		done = vfs_write(current_vfs(), out, &it, out_pos, 0);
		if (done < 0) {
			n = done;
			break;
		}
		if (in_pos)
			*in_pos += done;
		total += done;
		count -= (size_t)done;
		if (done < n || fatal_signal_pending())
			break;
	}
	kvfree(buf);
	return total ? total : n;
}

static loff_t *own_pos(struct file *file)
{
	return file->mode & FMODE_LSEEK ? &file->pos : NULL;
}

static long sendfile_files(struct file *in, loff_t *pos, struct file *out, size_t count)
{
	if (!(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE))
		return -EBADF;
	if (pos && !(in->mode & FMODE_PREAD))
		return -ESPIPE;
	if (out->flags & O_APPEND)
		return -EINVAL;
	if (!S_ISREG(in->inode->mode) && !S_ISBLK(in->inode->mode) && !S_ISCHR(in->inode->mode))
		return -EINVAL;
	if ((pos && *pos < 0) || (ssize_t)count < 0)
		return -EINVAL;
	return signal_write_error(out, copy_between(in, pos ? pos : own_pos(in), out, own_pos(out),
						           min(count, (size_t)MAX_RW_COUNT)));
}

long sys_sendfile(int out_fd, int in_fd, loff_t __user *uoffset, size_t count)
{
	struct fd in = fd_get(current->vfs.files, in_fd), out = fd_get(current->vfs.files, out_fd);
	loff_t pos = 0;
	long n = -EBADF;

	if (in.file && out.file) {
		n = uoffset && copy_from_user(&pos, uoffset, sizeof(pos)) ? -EFAULT :
			sendfile_files(in.file, uoffset ? &pos : NULL, out.file, count);
		if (n >= 0 && uoffset && put_user(pos, uoffset))
			n = -EFAULT;
	}
	fd_put(in);
	fd_put(out);
	return n;
}

static long copy_range_files(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos, size_t len)
{
	uint64_t from = (uint64_t)*in_pos, to = (uint64_t)*out_pos, size;

	if (S_ISDIR(in->inode->mode) || S_ISDIR(out->inode->mode))
		return -EISDIR;
	if (!S_ISREG(in->inode->mode) || !S_ISREG(out->inode->mode))
		return -EINVAL;
	if (!(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE) || (out->flags & O_APPEND))
		return -EBADF;
	if (from + len < from || to + len < to)
		return -EOVERFLOW;
	if (*in_pos < 0 || *out_pos < 0)
		return -EINVAL;
	/* What lies behind the end is not copied, so it overlaps with nothing. */
	size = (uint64_t)READ_ONCE(in->inode->size);
	len = from < size ? min(len, (size_t)(size - from)) : 0;
	if (in->inode == out->inode && from < to + len && to < from + len)
		return -EINVAL;
	return signal_write_error(out, copy_between(in, in_pos, out, out_pos, min(len, (size_t)MAX_RW_COUNT)));
}

long sys_copy_file_range(int fd_in, loff_t __user *off_in, int fd_out, loff_t __user *off_out, size_t len,
			 unsigned int flags)
{
	struct fd in, out;
	loff_t ipos, opos;
	long n = -EBADF;

	if (flags)
		return -EINVAL;
	in = fd_get(current->vfs.files, fd_in);
	out = fd_get(current->vfs.files, fd_out);
	if (in.file && out.file) {
		ipos = in.file->pos;
		opos = out.file->pos;
		if ((off_in && copy_from_user(&ipos, off_in, sizeof(ipos))) ||
		    (off_out && copy_from_user(&opos, off_out, sizeof(opos))))
			n = -EFAULT;
		else
			n = copy_range_files(in.file, &ipos, out.file, &opos, len);
		if (n > 0) {
			if (!off_in)
				in.file->pos = ipos;
			else if (put_user(ipos, off_in))
				n = -EFAULT;
			if (!off_out)
				out.file->pos = opos;
			else if (put_user(opos, off_out))
				n = -EFAULT;
		}
	}
	fd_put(in);
	fd_put(out);
	return n;
}
