/* SPDX-License-Identifier: MIT */
/* inotify_init1(2), inotify_add_watch(2), inotify_rm_watch(2): vfs/inotify.c does the work. */
#include "abi/errno.h"
#include "abi/events.h"
#include "proc/task.h"
#include "syscall/path.h"
#include "syscall/syscall.h"
#include "vfs/dentry.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/notify.h"

#define KNOWN_BITS	(IN_ALL_EVENTS | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD | \
			 IN_ISDIR | IN_ONESHOT | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED)

long sys_inotify_init1(int flags)
{
	struct vfs_ctx *ctx = current_vfs();
	struct file *file;
	int err = inotify_create((unsigned)flags, current->cred, &file);

	if (err)
		return err;
	return fd_install_new(ctx->files, file, ctx->nofile_limit, flags & IN_CLOEXEC);
}

long sys_inotify_init(void)
{
	return sys_inotify_init1(0);
}

static int add(struct file *file, const char __user *upath, uint32_t mask)
{
	unsigned lookup = (mask & IN_DONT_FOLLOW ? 0 : LOOKUP_FOLLOW) | (mask & IN_ONLYDIR ? LOOKUP_DIRECTORY : 0);
	struct vfs_ctx *ctx = current_vfs();
	struct user_path p;
	struct path path;
	int ret = user_path_get(&p, upath, /*empty_ok=*/false);

	if (ret)
		return ret;
	ret = path_lookup(ctx, AT_FDCWD, p.name, lookup, &path);
	user_path_put(&p);
	if (ret)
		return ret;
	ret = inode_permission(path.dentry->inode, ctx->cred, MAY_READ);
	if (!ret)
		ret = inotify_add(file, &path, mask);
	path_put(&path);
	return ret;
}

long sys_inotify_add_watch(int fd, const char __user *upath, uint32_t mask)
{
	struct fd f;
	long ret;

	if (!(mask & KNOWN_BITS))
		return -EINVAL;
	f = fd_get(current->vfs.files, fd);
	if (!f.file)
		return -EBADF;
	if ((mask & (IN_MASK_ADD | IN_MASK_CREATE)) == (IN_MASK_ADD | IN_MASK_CREATE))
		ret = -EINVAL;
	else
		ret = add(f.file, upath, mask);
	fd_put(f);
	return ret;
}

long sys_inotify_rm_watch(int fd, int wd)
{
	struct fd f = fd_get(current->vfs.files, fd);
	long ret = f.file ? inotify_remove(f.file, wd) : -EBADF;

	fd_put(f);
	return ret;
}
