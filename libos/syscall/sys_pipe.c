/* SPDX-License-Identifier: MIT */
/* System calls of pipes: ipc/pipe.c and ipc/splice.c do the work. Source: pipe(2), splice(2), tee(2), vmsplice(2). */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "ipc/pipe.h"
#include "ipc/splice.h"
#include "mm/iov.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/signal.h"
#include "proc/task.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

/* Give both files descriptors and tell them; uses up the files' references either way. */
static long install_pair(struct file *file[2], unsigned flags, int __user *fds)
{
	struct fdtable *table = current->vfs.files;
	bool cloexec = flags & O_CLOEXEC;
	int fd[2], err;

	fd[0] = fd_reserve(table, 0, current_nofile(), cloexec);
	fd[1] = fd[0] < 0 ? fd[0] : fd_reserve(table, 0, current_nofile(), cloexec);
	err = fd[1] < 0 ? fd[1] : 0;
	if (!err && copy_to_user(fds, fd, sizeof(fd)))
		err = -EFAULT;
	if (err) {
		if (fd[1] >= 0)
			fd_unreserve(table, fd[1]);
		if (fd[0] >= 0)
			fd_unreserve(table, fd[0]);
		fput(file[0]);
		fput(file[1]);
		return err;
	}
	fd_install(table, fd[0], file[0]);
	fd_install(table, fd[1], file[1]);
	return 0;
}

long sys_pipe2(int __user *fds, int flags)
{
	struct file *file[2];
	int err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	err = pipe_create(current->cred, (unsigned)flags, file);
	return err ? err : install_pair(file, (unsigned)flags, fds);
}

long sys_pipe(int __user *fds)
{
	return sys_pipe2(fds, 0);
}

/* Both files of a call; 0 or -EBADF. */
static int get_two(int in, int out, struct fd *f_in, struct fd *f_out)
{
	*f_in = fd_get(current->vfs.files, in);
	*f_out = fd_get(current->vfs.files, out);
	if (f_in->file && f_out->file && (f_in->file->mode & FMODE_READ) && (f_out->file->mode & FMODE_WRITE))
		return 0;
	return -EBADF;
}

static void put_two(struct fd f_in, struct fd f_out)
{
	if (f_in.file)
		fd_put(f_in);
	if (f_out.file)
		fd_put(f_out);
}

static long signal_broken_pipe(long ret)
{
	if (ret == -EPIPE)
		signal_kernel(current, SIGPIPE, SIGNAL_THREAD);
	return ret;
}

/* An optional offset argument: *use points to *value, or is NULL when the file's own position counts. */
static int get_offset(loff_t __user *arg, loff_t *value, loff_t **use)
{
	*use = NULL;
	if (!arg)
		return 0;
	if (get_user(*value, arg))
		return -EFAULT;
	*use = value;
	return 0;
}

long sys_splice(int fd_in, loff_t __user *off_in, int fd_out, loff_t __user *off_out, size_t len, unsigned int flags)
{
	struct splice_end in = { NULL, NULL }, out = { NULL, NULL };
	loff_t pos_in, pos_out;
	struct fd f_in, f_out;
	long ret;

	if (flags & ~(unsigned)SPLICE_F_ALL)
		return -EINVAL;
	ret = get_two(fd_in, fd_out, &f_in, &f_out);
	if (!ret)
		ret = get_offset(off_in, &pos_in, &in.pos);
	if (!ret)
		ret = get_offset(off_out, &pos_out, &out.pos);
	if (!ret) {
		in.file = f_in.file;
		out.file = f_out.file;
		ret = file_splice(&current->vfs, &in, &out, len, flags);
	}
	if (ret > 0 && ((in.pos && put_user(pos_in, off_in)) || (out.pos && put_user(pos_out, off_out))))
		ret = -EFAULT;
	put_two(f_in, f_out);
	return signal_broken_pipe(ret);
}

long sys_tee(int fd_in, int fd_out, size_t len, unsigned int flags)
{
	struct fd f_in, f_out;
	long ret;

	if (flags & ~(unsigned)SPLICE_F_ALL)
		return -EINVAL;
	ret = get_two(fd_in, fd_out, &f_in, &f_out);
	if (!ret)
		ret = pipe_tee(f_in.file, f_out.file, len, flags);
	put_two(f_in, f_out);
	return signal_broken_pipe(ret);
}

/* As readv or writev of the pipe: the pages are copied. */
long sys_vmsplice(int fd, const struct iovec __user *vec, unsigned long count, unsigned int flags)
{
	struct iovec fast[IOV_FAST], *own = NULL;
	struct iov_iter it;
	struct fd f;
	long ret;

	if (flags & ~(unsigned)SPLICE_F_ALL)
		return -EINVAL;
	f = fd_get(current->vfs.files, fd);
	if (!f.file)
		return -EBADF;
	ret = pipe_of(f.file) ? iov_import(&it, vec, count, fast, &own) : -EBADF;
	if (!ret)
		ret = pipe_copy(&current->vfs, f.file, &it, flags & SPLICE_F_NONBLOCK);
	kfree(own);
	fd_put(f);
	return signal_broken_pipe(ret);
}
