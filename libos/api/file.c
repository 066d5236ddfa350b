/* SPDX-License-Identifier: MIT */
/*
 * file: descriptors, as the calling process has them.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "api/internal.h"
#include "ipc/pipe.h"
#include "libos/file.h"
#include "mm/iov.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"

/* The public header repeats Linux's values, so that programs need no UAPI header. */
_Static_assert(LIBOS_O_WRONLY == O_WRONLY && LIBOS_O_RDWR == O_RDWR && LIBOS_O_CREAT == O_CREAT &&
	       LIBOS_O_EXCL == O_EXCL && LIBOS_O_TRUNC == O_TRUNC && LIBOS_O_APPEND == O_APPEND &&
	       LIBOS_O_NONBLOCK == O_NONBLOCK && LIBOS_O_DIRECTORY == O_DIRECTORY &&
	       LIBOS_O_CLOEXEC == O_CLOEXEC, "open flags");
_Static_assert(LIBOS_SEEK_SET == SEEK_SET && LIBOS_SEEK_CUR == SEEK_CUR && LIBOS_SEEK_END == SEEK_END, "seek");

#define OPEN_KNOWN	(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC)

int libos_open(const char *path, int flags, unsigned mode)
{
	struct vfs_ctx *ctx = api_vfs();
	struct file *file;
	int fd, err;

	if (flags & ~OPEN_KNOWN)
		return -EINVAL;
	fd = fd_reserve(ctx->files, 0, ctx->nofile_limit, flags & O_CLOEXEC);
	if (fd < 0)
		return fd;
	err = vfs_open(ctx, AT_FDCWD, path, (unsigned)(flags & ~O_CLOEXEC) | O_LARGEFILE, mode & 07777,
		       LOOKUP_FOLLOW, &file);
	if (err) {
		fd_unreserve(ctx->files, fd);
		return err;
	}
	fd_install(ctx->files, fd, file);
	return fd;
}

int libos_close(int fd)
{
	return fd_close(current->vfs.files, fd);
}

int libos_dup2(int old_fd, int new_fd)
{
	if (old_fd == new_fd)
		return -EINVAL;
	return fd_dup_to(current->vfs.files, old_fd, new_fd, current_nofile(), /*cloexec=*/false);
}

int libos_pipe(int fds[2], int flags)
{
	struct vfs_ctx *ctx = api_vfs();
	struct file *end[2];
	int err;

	if (flags & ~(LIBOS_O_CLOEXEC | LIBOS_O_NONBLOCK))
		return -EINVAL;
	err = pipe_create(ctx->cred, (unsigned)(flags & O_NONBLOCK), end);
	if (err)
		return err;
	for (int i = 0; i < 2; i++) {
		fds[i] = fd_reserve(ctx->files, 0, ctx->nofile_limit, flags & O_CLOEXEC);
		if (fds[i] < 0) {
			err = fds[i];
			if (i)
				fd_unreserve(ctx->files, fds[0]);
			fput(end[0]);
			fput(end[1]);
			return err;
		}
	}
	fd_install(ctx->files, fds[0], end[0]);
	fd_install(ctx->files, fds[1], end[1]);
	return 0;
}

static ssize_t move(struct file *file, struct iov_iter *it, loff_t *pos, bool write)
{
	return write ? vfs_write(api_vfs(), file, it, pos, 0) : vfs_read(file, it, pos, 0);
}

/* At the file's own position, which is locked when others could use it, too. */
static ssize_t move_here(struct file *file, struct iov_iter *it, bool write)
{
	loff_t *pos = file->mode & FMODE_LSEEK ? &file->pos : NULL;
	ssize_t n;

	if (!(file->mode & FMODE_ATOMIC_POS))
		return move(file, it, pos, write);
	mutex_lock(&file->pos_lock);
	n = move(file, it, pos, write);
	mutex_unlock(&file->pos_lock);
	return n;
}

static ssize_t move_at(struct file *file, struct iov_iter *it, loff_t pos, bool write)
{
	if (pos < 0)
		return -EINVAL;
	if (!(file->mode & (write ? FMODE_PWRITE : FMODE_PREAD)))
		return -ESPIPE;
	return move(file, it, &pos, write);
}

/* at: NULL for the file's own position. */
static ssize_t transfer(int fd, void *buf, size_t size, const int64_t *at, bool write)
{
	struct fd f = fd_get(current->vfs.files, fd);
	struct iov_iter it;
	struct iovec one;
	ssize_t n;

	if (!f.file)
		return -EBADF;
	iov_init_kernel(&it, &one, buf, min(size, (size_t)MAX_RW_COUNT));
	n = at ? move_at(f.file, &it, *at, write) : move_here(f.file, &it, write);
	fd_put(f);
	return n;
}

int64_t libos_read(int fd, void *buf, size_t size)
{
	return transfer(fd, buf, size, NULL, /*write=*/false);
}

int64_t libos_write(int fd, const void *buf, size_t size)
{
	return transfer(fd, (void *)buf, size, NULL, /*write=*/true);
}

int64_t libos_pread(int fd, void *buf, size_t size, int64_t offset)
{
	return transfer(fd, buf, size, &offset, /*write=*/false);
}

int64_t libos_pwrite(int fd, const void *buf, size_t size, int64_t offset)
{
	return transfer(fd, (void *)buf, size, &offset, /*write=*/true);
}

int64_t libos_lseek(int fd, int64_t offset, enum libos_whence whence)
{
	struct fd f = fd_get(current->vfs.files, fd);
	loff_t pos = -ESPIPE;

	if (!f.file)
		return -EBADF;
	if ((unsigned)whence > LIBOS_SEEK_END) {
		pos = -EINVAL;
	} else if (f.file->ops->llseek) {
		mutex_lock(&f.file->pos_lock);
		pos = f.file->ops->llseek(f.file, offset, (int)whence);
		mutex_unlock(&f.file->pos_lock);
	}
	fd_put(f);
	return pos;
}

int libos_fsync(int fd)
{
	struct fd f = fd_get(current->vfs.files, fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = f.file->ops->fsync ? f.file->ops->fsync(f.file, 0, INT64_MAX, /*datasync=*/false) : -EINVAL;
	fd_put(f);
	return err;
}

int libos_ftruncate(int fd, int64_t size)
{
	struct fd f = fd_get(current->vfs.files, fd);
	int err;

	if (!f.file)
		return -EBADF;
	if (size < 0 || !(f.file->mode & FMODE_WRITE) || !S_ISREG(f.file->inode->mode))
		err = -EINVAL;
	else
		err = vfs_set_size(api_vfs(), &f.file->path, size);
	fd_put(f);
	return err;
}
