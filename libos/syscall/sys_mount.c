/* SPDX-License-Identifier: MIT */
/* System calls of mounts. Sources: mount(2), umount(2), pivot_root(2), unshare(2). */
#include "abi/errno.h"
#include "abi/mount.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/namespace.h"
#include "syscall/path.h"
#include "syscall/syscall.h"
#include "vfs/mount.h"

/* An optional string argument; NULL stays NULL. kmalloc'd. */
static int optional_string(const char __user *u, char **out)
{
	long len;

	*out = NULL;
	if (!u)
		return 0;
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

long sys_mount(const char __user *usource, const char __user *utarget, const char __user *utype, unsigned long flags,
	       const void __user *udata)
{
	char *source = NULL, *type = NULL, *data = NULL;
	struct user_path target;
	int err = user_path_get(&target, utarget, false);

	if (err)
		return err;
	err = optional_string(usource, &source);
	if (!err)
		err = optional_string(utype, &type);
	if (!err)
		err = optional_string(udata, &data);
	if (!err) {
		if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
			flags &= ~(unsigned long)MS_MGC_MSK;
		err = vfs_mount(current_vfs(), source, target.name, type, flags, data);
	}
	kfree(data);
	kfree(type);
	kfree(source);
	user_path_put(&target);
	return err;
}

long sys_umount2(const char __user *utarget, int flags)
{
	struct user_path target;
	int err = user_path_get(&target, utarget, false);

	if (err)
		return err;
	err = vfs_umount(current_vfs(), target.name, flags);
	user_path_put(&target);
	return err;
}

long sys_pivot_root(const char __user *unew, const char __user *uold)
{
	struct user_path new, old;
	int err = user_path_get(&new, unew, false);

	if (err)
		return err;
	err = user_path_get(&old, uold, false);
	if (!err) {
		err = vfs_pivot_root(current_vfs(), new.name, old.name);
		user_path_put(&old);
	}
	user_path_put(&new);
	return err;
}

long sys_unshare(unsigned long flags)
{
	return namespaces_unshare(flags);
}
