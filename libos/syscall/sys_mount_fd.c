/* SPDX-License-Identifier: MIT */
/* System calls of mounts by descriptors. Sources: mount_setattr(2); the kernel's mount_api.rst; statmount(2). */
#include "abi/errno.h"
#include "abi/mount.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "syscall/path.h"
#include "syscall/syscall.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/mount.h"

/* A string argument of less than a page. kmalloc'd. */
static int get_string(const char __user *u, char **out)
{
	long len;

	*out = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!*out)
		return -ENOMEM;
	len = strncpy_from_user(*out, u, PAGE_SIZE);
	if (len >= 0 && len < (long)PAGE_SIZE)
		return 0;
	kfree(*out);
	*out = NULL;
	return len < 0 ? (int)len : -EINVAL;
}

/* A new descriptor for `file`, whose reference is used up. */
static long install(struct file *file, bool cloexec)
{
	struct vfs_ctx *ctx = current_vfs();

	return fd_install_new(ctx->files, file, ctx->nofile_limit, cloexec);
}

/* A path argument with a descriptor it is relative to. lookup: LOOKUP_*. */
static int get_path(int dirfd, const char __user *upath, unsigned lookup, struct path *path)
{
	struct user_path p;
	int err = user_path_get(&p, upath, lookup & LOOKUP_EMPTY);

	if (err)
		return err;
	err = path_lookup(current_vfs(), dirfd, p.name, lookup, path);
	user_path_put(&p);
	return err;
}

long sys_fsopen(const char __user *uname, unsigned int flags)
{
	struct file *file;
	char *name;
	int err;

	if (!cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~(unsigned)FSOPEN_CLOEXEC)
		return -EINVAL;
	err = get_string(uname, &name);
	if (err)
		return err;
	err = vfs_fsopen(current_vfs(), name, &file);
	kfree(name);
	return err ? err : install(file, flags & FSOPEN_CLOEXEC);
}

long sys_fspick(int dirfd, const char __user *upath, unsigned int flags)
{
	struct path path;
	struct file *file;
	int err;

	if (!cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~(unsigned)(FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW | FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH))
		return -EINVAL;
	err = get_path(dirfd, upath, (flags & FSPICK_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
		       (flags & FSPICK_EMPTY_PATH ? LOOKUP_EMPTY : 0), &path);
	if (err)
		return err;
	err = vfs_fspick(current_vfs(), &path, &file);
	path_put(&path);
	return err ? err : install(file, flags & FSPICK_CLOEXEC);
}

/* FSCONFIG_SET_FLAG and FSCONFIG_SET_STRING; what takes objects no file system here has. */
static long config_set(struct file *file, unsigned cmd, const char __user *ukey, const void __user *uvalue)
{
	char *key, *value = NULL;
	int err;

	if (!ukey || (cmd == FSCONFIG_SET_STRING) != (uvalue != NULL))
		return -EINVAL;
	err = get_string(ukey, &key);
	if (!err && uvalue)
		err = get_string(uvalue, &value);
	if (!err)
		err = vfs_fsconfig_set(file, key, value);
	kfree(value);
	kfree(key);
	return err;
}

long sys_fsconfig(int fd, unsigned int cmd, const char __user *key, const void __user *value, int aux)
{
	struct fd f = fd_get(current->vfs.files, fd);
	long ret;

	if (!f.file)
		return -EBADF;
	switch (cmd) {
	case FSCONFIG_SET_FLAG:
	case FSCONFIG_SET_STRING:
		ret = aux ? -EINVAL : config_set(f.file, cmd, key, value);
		break;
	case FSCONFIG_CMD_CREATE:
	case FSCONFIG_CMD_RECONFIGURE:
		ret = key || value || aux ? -EINVAL : vfs_fsconfig_command(current_vfs(), f.file, cmd);
		break;
	default:
		ret = -EOPNOTSUPP;
		break;
	}
	fd_put(f);
	return ret;
}

/* MOUNT_ATTR_* as MS_*. -EINVAL: some are unknown. */
static int attr_flags(uint64_t attrs, uint32_t *flags)
{
	static const struct { uint32_t attr, flag; } map[] = {
		{ MOUNT_ATTR_RDONLY, MS_RDONLY }, { MOUNT_ATTR_NOSUID, MS_NOSUID }, { MOUNT_ATTR_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, MS_NOEXEC }, { MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
		{ MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW },
	};

	*flags = 0;
	for (unsigned i = 0; i < ARRAY_SIZE(map); i++) {
		if (attrs & map[i].attr)
			*flags |= map[i].flag;
		attrs &= ~(uint64_t)map[i].attr;
	}
	return attrs & ~(uint64_t)MOUNT_ATTR__ATIME ? -EINVAL : 0;
}

/* The access-time setting, a number in three bits. */
static int atime_flags(uint64_t attrs, uint32_t *flags)
{
	switch (attrs & MOUNT_ATTR__ATIME) {
	case MOUNT_ATTR_RELATIME: *flags |= MS_RELATIME; return 0;
	case MOUNT_ATTR_NOATIME: *flags |= MS_NOATIME; return 0;
	case MOUNT_ATTR_STRICTATIME: return 0;
	default: return -EINVAL;
	}
}

long sys_fsmount(int fd, unsigned int flags, unsigned int attrs)
{
	struct file *file;
	uint32_t mnt_flags;
	struct fd f;
	int err;

	if (!cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~(unsigned)FSMOUNT_CLOEXEC)
		return -EINVAL;
	err = attr_flags(attrs, &mnt_flags);
	if (!err)
		err = atime_flags(attrs, &mnt_flags);
	if (err)
		return err;
	f = fd_get(current->vfs.files, fd);
	if (!f.file)
		return -EBADF;
	err = vfs_fsmount(current_vfs(), f.file, mnt_flags, &file);
	fd_put(f);
	return err ? err : install(file, flags & FSMOUNT_CLOEXEC);
}

long sys_open_tree(int dirfd, const char __user *upath, unsigned int flags)
{
	struct path path;
	struct file *file;
	int err;

	if (flags & ~(unsigned)(AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | OPEN_TREE_CLONE |
				OPEN_TREE_CLOEXEC))
		return -EINVAL;
	if ((flags & (AT_RECURSIVE | OPEN_TREE_CLONE)) == AT_RECURSIVE)
		return -EINVAL;
	if ((flags & OPEN_TREE_CLONE) && !cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	err = get_path(dirfd, upath, (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
		       (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0), &path);
	if (err)
		return err;
	err = vfs_open_tree(current_vfs(), &path, flags & OPEN_TREE_CLONE, flags & AT_RECURSIVE, &file);
	path_put(&path);
	return err ? err : install(file, flags & OPEN_TREE_CLOEXEC);
}

long sys_move_mount(int from_dirfd, const char __user *ufrom, int to_dirfd, const char __user *uto, unsigned int flags)
{
	struct path from, to;
	int err;

	if (!cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~(unsigned)MOVE_MOUNT__MASK)
		return -EINVAL;
	if (flags & MOVE_MOUNT_SET_GROUP)
		return -EOPNOTSUPP;
	err = get_path(from_dirfd, ufrom, (flags & MOVE_MOUNT_F_SYMLINKS ? LOOKUP_FOLLOW : 0) |
		       (flags & MOVE_MOUNT_F_EMPTY_PATH ? LOOKUP_EMPTY : 0), &from);
	if (err)
		return err;
	err = get_path(to_dirfd, uto, (flags & MOVE_MOUNT_T_SYMLINKS ? LOOKUP_FOLLOW : 0) |
		       (flags & MOVE_MOUNT_T_EMPTY_PATH ? LOOKUP_EMPTY : 0), &to);
	if (!err) {
		err = vfs_move_mount(current_vfs(), &from, &to);
		path_put(&to);
	}
	path_put(&from);
	return err;
}

/* mount_setattr(2): of the access-time setting all bits are cleared, or none. */
static int decode_attr(const struct mount_attr *attr, struct mount_change *change)
{
	uint64_t propagation = attr->propagation;
	int err;

	if (propagation & (propagation - 1) ||
	    propagation & ~(uint64_t)(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
		return -EINVAL;
	change->propagation = propagation;
	if ((attr->attr_set | attr->attr_clr) & MOUNT_ATTR_IDMAP)
		return -EOPNOTSUPP;
	err = attr_flags(attr->attr_set, &change->set);
	if (!err)
		err = attr_flags(attr->attr_clr, &change->clear);
	if (err)
		return err;
	if (!(attr->attr_clr & MOUNT_ATTR__ATIME))
		return attr->attr_set & MOUNT_ATTR__ATIME ? -EINVAL : 0;
	if ((attr->attr_clr & MOUNT_ATTR__ATIME) != MOUNT_ATTR__ATIME)
		return -EINVAL;
	change->clear |= MS_RELATIME | MS_NOATIME;
	return atime_flags(attr->attr_set, &change->set);
}

long sys_mount_setattr(int dirfd, const char __user *upath, unsigned int flags, void __user *uattr, size_t size)
{
	struct mount_change change = { .recursive = flags & AT_RECURSIVE };
	struct mount_attr attr;
	struct path path;
	int err;

	if (flags & ~(unsigned)(AT_EMPTY_PATH | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < MOUNT_ATTR_SIZE_VER0)
		return -EINVAL;
	if (!cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	err = copy_struct_from_user(&attr, sizeof(attr), uattr, size);
	if (err)
		return err;
	if (!attr.attr_set && !attr.attr_clr && !attr.propagation)
		return 0;
	err = decode_attr(&attr, &change);
	if (!err)
		err = get_path(dirfd, upath, (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
			       (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0), &path);
	if (err)
		return err;
	err = vfs_mount_setattr(current_vfs(), &path, &change);
	path_put(&path);
	return err;
}
