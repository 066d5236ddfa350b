/* SPDX-License-Identifier: MIT */
/* System calls of extended attributes. Sources: getxattr(2), setxattr(2), listxattr(2), removexattr(2). */
#include "abi/errno.h"
#include "abi/limits.h"
#include "abi/xattr.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "syscall/path.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/xattr.h"

/* What a call works on: a path with references of its own. */
static int target_path(const char __user *upath, unsigned lookup, struct path *path)
{
	struct user_path p;
	int err = user_path_get(&p, upath, /*empty_ok=*/false);

	if (err)
		return err;
	err = path_lookup(current_vfs(), AT_FDCWD, p.name, lookup, path);
	user_path_put(&p);
	return err;
}

static int target_fd(int fd, struct path *path)
{
	struct fd f = fd_get(current->vfs.files, fd);

	if (!f.file)
		return -EBADF;
	*path = f.file->path;
	path_get(path);
	fd_put(f);
	return 0;
}

/* An attribute's name: 1 to 255 bytes. */
static int get_name(char name[XATTR_NAME_MAX + 1], const char __user *uname)
{
	long length = strncpy_from_user(name, uname, XATTR_NAME_MAX + 1);

	if (length < 0)
		return (int)length;
	return length == 0 || length > XATTR_NAME_MAX ? -ERANGE : 0;
}

/* Each of the four takes over the path. */
static long get(struct path *path, const char __user *uname, void __user *uvalue, size_t size)
{
	char name[XATTR_NAME_MAX + 1];
	void *value = NULL;
	ssize_t result = get_name(name, uname);

	size = min(size, (size_t)XATTR_SIZE_MAX);
	if (!result && size) {
		value = kvmalloc(size, GFP_KERNEL);
		if (!value)
			result = -ENOMEM;
	}
	if (!result)
		result = vfs_getxattr(current->vfs.cred, path, name, value, size);
	if (result > 0 && size && copy_to_user(uvalue, value, (size_t)result))
		result = -EFAULT;
	kvfree(value);
	path_put(path);
	return result;
}

struct set_args {
	const char __user *name;
	const void __user *value;
	size_t size;
	int flags;
};

static long set(struct path *path, const struct set_args *args)
{
	char name[XATTR_NAME_MAX + 1];
	void *value = NULL;
	long result = args->flags & ~(XATTR_CREATE | XATTR_REPLACE) ? -EINVAL : get_name(name, args->name);

	if (!result && args->size > XATTR_SIZE_MAX)
		result = -E2BIG;
	if (!result && args->size) {
		value = kvmalloc(args->size, GFP_KERNEL);
		if (!value)
			result = -ENOMEM;
		else if (copy_from_user(value, args->value, args->size))
			result = -EFAULT;
	}
	if (!result)
		result = vfs_setxattr(current->vfs.cred, path,
				      &(struct xattr_change){ name, value, args->size, args->flags });
	kvfree(value);
	path_put(path);
	return result;
}

static long list(struct path *path, char __user *ulist, size_t size)
{
	char *text = NULL;
	ssize_t result = 0;

	size = min(size, (size_t)XATTR_LIST_MAX);
	if (size) {
		text = kvmalloc(size, GFP_KERNEL);
		if (!text)
			result = -ENOMEM;
	}
	if (!result)
		result = vfs_listxattr(current->vfs.cred, path, text, size);
	if (result > 0 && size && copy_to_user(ulist, text, (size_t)result))
		result = -EFAULT;
	kvfree(text);
	path_put(path);
	return result;
}

static long remove(struct path *path, const char __user *uname)
{
	char name[XATTR_NAME_MAX + 1];
	long result = get_name(name, uname);

	if (!result)
		result = vfs_removexattr(current->vfs.cred, path, name);
	path_put(path);
	return result;
}

long sys_getxattr(const char __user *upath, const char __user *name, void __user *value, size_t size)
{
	struct path path;
	int err = target_path(upath, LOOKUP_FOLLOW, &path);

	return err ? err : get(&path, name, value, size);
}

long sys_lgetxattr(const char __user *upath, const char __user *name, void __user *value, size_t size)
{
	struct path path;
	int err = target_path(upath, 0, &path);

	return err ? err : get(&path, name, value, size);
}

long sys_fgetxattr(int fd, const char __user *name, void __user *value, size_t size)
{
	struct path path;
	int err = target_fd(fd, &path);

	return err ? err : get(&path, name, value, size);
}

long sys_setxattr(const char __user *upath, const char __user *name, const void __user *value, size_t size, int flags)
{
	struct path path;
	int err = target_path(upath, LOOKUP_FOLLOW, &path);

	return err ? err : set(&path, &(struct set_args){ name, value, size, flags });
}

long sys_lsetxattr(const char __user *upath, const char __user *name, const void __user *value, size_t size, int flags)
{
	struct path path;
	int err = target_path(upath, 0, &path);

	return err ? err : set(&path, &(struct set_args){ name, value, size, flags });
}

long sys_fsetxattr(int fd, const char __user *name, const void __user *value, size_t size, int flags)
{
	struct path path;
	int err = target_fd(fd, &path);

	return err ? err : set(&path, &(struct set_args){ name, value, size, flags });
}

long sys_listxattr(const char __user *upath, char __user *ulist, size_t size)
{
	struct path path;
	int err = target_path(upath, LOOKUP_FOLLOW, &path);

	return err ? err : list(&path, ulist, size);
}

long sys_llistxattr(const char __user *upath, char __user *ulist, size_t size)
{
	struct path path;
	int err = target_path(upath, 0, &path);

	return err ? err : list(&path, ulist, size);
}

long sys_flistxattr(int fd, char __user *ulist, size_t size)
{
	struct path path;
	int err = target_fd(fd, &path);

	return err ? err : list(&path, ulist, size);
}

long sys_removexattr(const char __user *upath, const char __user *name)
{
	struct path path;
	int err = target_path(upath, LOOKUP_FOLLOW, &path);

	return err ? err : remove(&path, name);
}

long sys_lremovexattr(const char __user *upath, const char __user *name)
{
	struct path path;
	int err = target_path(upath, 0, &path);

	return err ? err : remove(&path, name);
}

long sys_fremovexattr(int fd, const char __user *name)
{
	struct path path;
	int err = target_fd(fd, &path);

	return err ? err : remove(&path, name);
}
