/* SPDX-License-Identifier: MIT */
/*
 * System calls of names and directories. Sources: mkdir(2), mknod(2), link(2), symlink(2), unlink(2),
 * rename(2), getdents(2), chdir(2), getcwd(2)...
 */
#include "abi/dirent.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "core/assert.h"
#include "lib/align.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/path.h"
#include "syscall/syscall.h"
#include "vfs/dentry.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/notify.h"

/* The user's dev_t (32 bits passed) to the kernel's: makedev(3) form. */
static uint64_t decode_dev(unsigned dev)
{
	unsigned major = (dev & 0xfff00) >> 8, minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);

	return (uint64_t)major << 8 | (minor & 0xff) | (uint64_t)(minor & ~0xffu) << 12;
}

/* One name from user memory, then call `expr` with p.name. */
#define WITH_PATH(upath, empty_ok, expr)		\
({							\
	struct user_path p;				\
	long ret_ = user_path_get(&p, upath, empty_ok);	\
							\
	if (!ret_) {					\
		ret_ = (expr);				\
		user_path_put(&p);			\
	}						\
	ret_;						\
})

long sys_mkdirat(int dirfd, const char __user *path, uint32_t mode)
{
	return WITH_PATH(path, false, vfs_mkdir(current_vfs(), dirfd, p.name, mode));
}

long sys_mkdir(const char __user *path, uint32_t mode)
{
	return sys_mkdirat(AT_FDCWD, path, mode);
}

long sys_mknodat(int dirfd, const char __user *path, uint32_t mode, unsigned int dev)
{
	return WITH_PATH(path, false, vfs_mknod(current_vfs(), dirfd, p.name, mode, decode_dev(dev)));
}

long sys_mknod(const char __user *path, uint32_t mode, unsigned int dev)
{
	return sys_mknodat(AT_FDCWD, path, mode, dev);
}

long sys_unlinkat(int dirfd, const char __user *path, int flags)
{
	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	if (flags & AT_REMOVEDIR)
		return WITH_PATH(path, false, vfs_rmdir(current_vfs(), dirfd, p.name));
	return WITH_PATH(path, false, vfs_unlink(current_vfs(), dirfd, p.name));
}

long sys_unlink(const char __user *path)
{
	return sys_unlinkat(AT_FDCWD, path, 0);
}

long sys_rmdir(const char __user *path)
{
	return sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

/* Two names. */
static long two_paths(const char __user *a, const char __user *b, bool a_empty_ok, struct user_path *pa,
		      struct user_path *pb)
{
	int err = user_path_get(pa, a, a_empty_ok);

	if (err)
		return err;
	err = user_path_get(pb, b, false);
	if (err)
		user_path_put(pa);
	return err;
}

long sys_symlinkat(const char __user *text, int newdir, const char __user *path)
{
	struct user_path a, b;
	long ret = two_paths(text, path, false, &a, &b);

	if (ret)
		return ret;
	ret = vfs_symlink(current_vfs(), a.name, newdir, b.name);
	user_path_put(&a);
	user_path_put(&b);
	return ret;
}

long sys_symlink(const char __user *text, const char __user *path)
{
	return sys_symlinkat(text, AT_FDCWD, path);
}

long sys_linkat(int olddir, const char __user *old, int newdir, const char __user *new, int flags)
{
	struct user_path a, b;
	unsigned lookup = (flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	long ret;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if ((flags & AT_EMPTY_PATH) && !cred_capable(current->cred, CAP_DAC_READ_SEARCH))
		return -ENOENT;
	ret = two_paths(old, new, flags & AT_EMPTY_PATH, &a, &b);
	if (ret)
		return ret;
	ret = vfs_link(current_vfs(), olddir, a.name, newdir, b.name, lookup);
	user_path_put(&a);
	user_path_put(&b);
	return ret;
}

long sys_link(const char __user *old, const char __user *new)
{
	return sys_linkat(AT_FDCWD, old, AT_FDCWD, new, 0);
}

long sys_renameat2(int olddir, const char __user *old, int newdir, const char __user *new, unsigned int flags)
{
	struct user_path a, b;
	long ret = two_paths(old, new, false, &a, &b);

	if (ret)
		return ret;
	ret = vfs_rename(current_vfs(), olddir, a.name, newdir, b.name, flags);
	user_path_put(&a);
	user_path_put(&b);
	return ret;
}

long sys_renameat(int olddir, const char __user *old, int newdir, const char __user *new)
{
	return sys_renameat2(olddir, old, newdir, new, 0);
}

long sys_rename(const char __user *old, const char __user *new)
{
	return sys_renameat2(AT_FDCWD, old, AT_FDCWD, new, 0);
}

long sys_readlinkat(int dirfd, const char __user *path, char __user *buf, int size)
{
	char *text;
	long n;

	if (size <= 0)
		return -EINVAL;
	text = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	n = WITH_PATH(path, true, vfs_readlink(current_vfs(), dirfd, p.name, text, min(size, PATH_MAX)));
	if (n > 0 && copy_to_user(buf, text, (size_t)n))
		n = -EFAULT;
	kfree(text);
	return n;
}

long sys_readlink(const char __user *path, char __user *buf, int size)
{
	return sys_readlinkat(AT_FDCWD, path, buf, size);
}

long sys_chdir(const char __user *path)
{
	return WITH_PATH(path, false, vfs_chdir(current_vfs(), p.name));
}

long sys_chroot(const char __user *path)
{
	return WITH_PATH(path, false, vfs_chroot(current_vfs(), p.name));
}

long sys_fchdir(int fd)
{
	struct fd f = fd_get_raw(current->vfs.files, fd);
	long ret;

	if (!f.file)
		return -EBADF;
	ret = S_ISDIR(f.file->inode->mode) ? inode_permission(f.file->inode, current->cred, MAY_EXEC) : -ENOTDIR;
	if (!ret)
		fs_state_set_pwd(current->vfs.fs, &f.file->path);
	fd_put(f);
	return ret;
}

long sys_getcwd(char __user *buf, size_t size)
{
	struct path root, pwd;
	bool unreachable;
	char *page, *p;
	long n;

	page = kmalloc(PATH_MAX + 16, GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	fs_state_get_root(current->vfs.fs, &root);
	fs_state_get_pwd(current->vfs.fs, &pwd);
	if ((pwd.dentry->flags & D_UNHASHED) && pwd.dentry->parent != pwd.dentry) {
		n = -ENOENT;
	} else {
		p = d_path(&pwd, &root, page + 16, PATH_MAX, &unreachable);
		n = p ? 0 : -ENAMETOOLONG;
		if (p && unreachable) {
			p -= sizeof("(unreachable)") - 1;
			memcpy(p, "(unreachable)", sizeof("(unreachable)") - 1);
		}
		if (p) {
			n = (long)strlen(p) + 1;
			n = (size_t)n > size ? -ERANGE : copy_to_user(buf, p, (size_t)n) ? -EFAULT : n;
		}
	}
	path_put(&pwd);
	path_put(&root);
	kfree(page);
	return n;
}

long sys_umask(uint32_t mask)
{
	struct fs_state *fs = current->vfs.fs;
	uint32_t old;

	spin_lock(&fs->lock);
	old = fs->umask;
	WRITE_ONCE(fs->umask, mask & 0777);
	spin_unlock(&fs->lock);
	return old;
}

/* getdents in progress: each record is made whole and copied at once. */
struct dents {
	struct dir_context ctx;
	char __user *buf;
	size_t size, used;
	int error;
	bool old;			/* struct linux_dirent */
};

#define DENTS_ALIGN	8
#define NAME_TOP	255u

/* Bytes behind the name up to the record's end are zero; in the old layout the last one is the type. */
static size_t make_dirent64(void *record, const char *name, unsigned len, uint64_t ino, loff_t next)
{
	size_t behind = offsetof(struct linux_dirent64, d_name) + len, reclen = ALIGN_UP(behind + 1, DENTS_ALIGN);
	struct linux_dirent64 *e = record;

	*(uint64_t *)((char *)record + reclen - DENTS_ALIGN) = 0;
	e->d_ino = ino;
	e->d_off = next;
	e->d_reclen = (uint16_t)reclen;
	memcpy(e->d_name, name, len);
	return reclen;
}

static size_t make_dirent(void *record, const char *name, unsigned len, uint64_t ino, loff_t next)
{
	size_t behind = offsetof(struct linux_dirent, d_name) + len, reclen = ALIGN_UP(behind + 2, DENTS_ALIGN);
	struct linux_dirent *e = record;

	*(uint64_t *)((char *)record + reclen - DENTS_ALIGN) = 0;
	e->d_ino = (unsigned long)ino;
	e->d_off = (unsigned long)next;
	e->d_reclen = (unsigned short)reclen;
	memcpy(e->d_name, name, len);
	e->d_name[len] = 0;
	return reclen;
}

static bool emit_dent(struct dir_context *ctx, const char *name, unsigned len, uint64_t ino, unsigned type,
		      loff_t next)
{
	uint64_t record[ALIGN_UP(offsetof(struct linux_dirent64, d_name) + NAME_TOP + 2, DENTS_ALIGN) / DENTS_ALIGN];
	struct dents *d = container_of(ctx, struct dents, ctx);
	size_t reclen;

	if (WARN_ONCE(len > NAME_TOP)) {
		d->error = -EIO;
		return false;
	}
	if (d->old) {
		reclen = make_dirent(record, name, len, ino, next);
		((uint8_t *)record)[reclen - 1] = (uint8_t)type;
	} else {
		reclen = make_dirent64(record, name, len, ino, next);
		((struct linux_dirent64 *)record)->d_type = (uint8_t)type;
	}
	if (reclen > d->size - d->used) {
		d->error = d->used ? 0 : -EINVAL;
		return false;
	}
	if (copy_to_user(d->buf + d->used, record, reclen)) {
		d->error = -EFAULT;
		return false;
	}
	d->used += reclen;
	return true;
}

static long read_dents(int fd, char __user *buf, unsigned count, bool old)
{
	struct fd f = fd_get(current->vfs.files, fd);
	struct dents d = { .ctx = { .emit = emit_dent }, .buf = buf, .size = count, .old = old };
	struct file *file = f.file;
	long ret;

	if (!file)
		return -EBADF;
	if (!file->ops->iterate || !S_ISDIR(file->inode->mode)) {
		fd_put(f);
		return -ENOTDIR;
	}
	mutex_lock(&file->pos_lock);
	d.ctx.pos = file->pos;
	down_read(&file->inode->lock);
	ret = file->inode->state & I_DEAD_DIR ? -ENOENT : file->ops->iterate(file, &d.ctx);
	up_read(&file->inode->lock);
	file->pos = d.ctx.pos;
	mutex_unlock(&file->pos_lock);
	if (ret >= 0) {
		file_accessed(file);
		notify_dentry(file->path.dentry, IN_ACCESS);
	}
	fd_put(f);
	if (d.used && d.error != -EFAULT)
		return (long)d.used;
	return ret < 0 ? ret : d.error;
}

long sys_getdents64(int fd, struct linux_dirent64 __user *dirent, unsigned int count)
{
	return read_dents(fd, (char __user *)dirent, count, false);
}

long sys_getdents(int fd, struct linux_dirent __user *dirent, unsigned int count)
{
	return read_dents(fd, (char __user *)dirent, count, true);
}
