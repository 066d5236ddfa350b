/* SPDX-License-Identifier: MIT */
/*
 * name: files and directories by name, and file systems.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/mount.h"
#include "abi/stat.h"
#include "api/internal.h"
#include "lib/string.h"
#include "libos/file.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/stat.h"

_Static_assert(LIBOS_MS_RDONLY == MS_RDONLY && LIBOS_MS_NOSUID == MS_NOSUID && LIBOS_MS_NODEV == MS_NODEV &&
	       LIBOS_MS_NOEXEC == MS_NOEXEC && LIBOS_MS_REMOUNT == MS_REMOUNT && LIBOS_MS_BIND == MS_BIND,
	       "mount flags");

static void fill_stat(struct libos_stat *out, const struct kstat *st)
{
	*out = (struct libos_stat){
		.ino = st->ino, .dev = st->dev, .rdev = st->rdev, .size = (uint64_t)st->size,
		.blocks = st->blocks, .mode = st->mode, .nlink = st->nlink, .uid = st->uid, .gid = st->gid,
		.mtime_ns = timespec64_to_ns(&st->mtime),
	};
}

int libos_stat(const char *path, struct libos_stat *out)
{
	struct kstat st;
	int err = vfs_stat(api_vfs(), AT_FDCWD, path, LOOKUP_FOLLOW, &st);

	if (!err)
		fill_stat(out, &st);
	return err;
}

int libos_fstat(int fd, struct libos_stat *out)
{
	struct fd f = fd_get_raw(current->vfs.files, fd);
	struct kstat st;
	int err;

	if (!f.file)
		return -EBADF;
	err = vfs_fstat(f.file, &st);
	if (!err)
		fill_stat(out, &st);
	fd_put(f);
	return err;
}

/* Field legend: [o] own stack */
struct listing {
	struct dir_context ctx;		/* [o] */
	libos_dirent_fn fn;		/* [o] */
	void *arg;			/* [o] */
};

static bool emit_entry(struct dir_context *ctx, const char *name, unsigned len, uint64_t ino, unsigned type,
		       loff_t next)
{
	struct listing *l = container_of(ctx, struct listing, ctx);
	char text[NAME_MAX + 1];

	(void)next;
	if (len > NAME_MAX)
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	return l->fn(l->arg, text, ino, type);
}

int libos_readdir(int fd, libos_dirent_fn fn, void *arg)
{
	struct fd f = fd_get(current->vfs.files, fd);
	struct listing l = { .ctx = { .emit = emit_entry }, .fn = fn, .arg = arg };
	struct file *file = f.file;
	int err;

	if (!file)
		return -EBADF;
	if (!file->ops->iterate || !S_ISDIR(file->inode->mode)) {
		fd_put(f);
		return -ENOTDIR;
	}
	mutex_lock(&file->pos_lock);
	l.ctx.pos = file->pos;
	down_read(&file->inode->lock);
	err = file->inode->state & I_DEAD_DIR ? -ENOENT : file->ops->iterate(file, &l.ctx);
	up_read(&file->inode->lock);
	file->pos = l.ctx.pos;
	mutex_unlock(&file->pos_lock);
	fd_put(f);
	return err < 0 ? err : 0;
}

int libos_mkdir(const char *path, unsigned mode)
{
	return vfs_mkdir(api_vfs(), AT_FDCWD, path, mode);
}

int libos_rmdir(const char *path)
{
	return vfs_rmdir(api_vfs(), AT_FDCWD, path);
}

int libos_unlink(const char *path)
{
	return vfs_unlink(api_vfs(), AT_FDCWD, path);
}

int libos_link(const char *path, const char *new_path)
{
	return vfs_link(api_vfs(), AT_FDCWD, path, AT_FDCWD, new_path, 0);
}

int libos_symlink(const char *text, const char *new_path)
{
	return vfs_symlink(api_vfs(), text, AT_FDCWD, new_path);
}

int libos_rename(const char *path, const char *new_path)
{
	return vfs_rename(api_vfs(), AT_FDCWD, path, AT_FDCWD, new_path, 0);
}

int libos_chdir(const char *path)
{
	return vfs_chdir(api_vfs(), path);
}

int libos_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options)
{
	return vfs_mount(api_vfs(), source, target, type, flags, options);
}

int libos_umount(const char *target)
{
	return vfs_umount(api_vfs(), target, 0);
}
