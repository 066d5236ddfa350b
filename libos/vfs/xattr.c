/* SPDX-License-Identifier: MIT */
/*
 * xattr: who may do what with extended attributes.
 *
 *	user.*		regular files and folders only (on others reading finds nothing), as the file's
 *			permissions say; in a sticky folder only its owner sets them
 *	trusted.*	CAP_SYS_ADMIN; to others they do not exist
 *	security.*	anyone reads; CAP_SYS_ADMIN writes, security.capability CAP_SETFCAP, and it must make sense
 *	system.*	the file system decides
 *
 * Locking. Changes hold inode->lock for writing; reading and listing hold it for reading.
 */
#include "vfs/xattr.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/xattr.h"
#include "lib/string.h"
#include "vfs/acl.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/inode.h"
#include "vfs/internal.h"
#include "vfs/notify.h"
#include "vfs/super.h"

static bool has_prefix(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

static bool is_caps(const char *name)
{
	return !strcmp(name, XATTR_NAME_CAPS);
}

/* mask: MAY_READ or MAY_WRITE. 0 or -errno. */
static int check(const struct cred *cred, struct inode *inode, const char *name, int mask)
{
	bool write = mask == MAY_WRITE;

	if (write && (inode->flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)))
		return -EPERM;
	if (has_prefix(name, XATTR_SYSTEM_PREFIX))
		return 0;
	if (is_caps(name))
		return write && !cred_capable(cred, CAP_SETFCAP) ? -EPERM : 0;
	if (has_prefix(name, XATTR_SECURITY_PREFIX))
		return write && !cred_capable(cred, CAP_SYS_ADMIN) ? -EPERM : 0;
	if (has_prefix(name, XATTR_TRUSTED_PREFIX)) {
		if (cred_capable(cred, CAP_SYS_ADMIN))
			return 0;
		return write ? -EPERM : -ENODATA;
	}
	if (has_prefix(name, XATTR_USER_PREFIX)) {
		if (!S_ISREG(inode->mode) && !S_ISDIR(inode->mode))
			return write ? -EPERM : -ENODATA;
		if (write && S_ISDIR(inode->mode) && (inode->mode & S_ISVTX) && cred->fsuid != inode->uid &&
		    !cred_capable(cred, CAP_FOWNER))
			return -EPERM;
	}
	return inode_permission(inode, cred, mask);
}

/* --- security.capability: struct vfs_cap_data, or vfs_ns_cap_data for the root of one user namespace --- */

static bool valid_caps(const struct vfs_cap_data *caps, size_t size)
{
	uint32_t revision;

	if (size < sizeof(caps->magic_etc))
		return false;
	revision = caps->magic_etc & VFS_CAP_REVISION_MASK;
	return (size == XATTR_CAPS_SZ_2 && revision == VFS_CAP_REVISION_2) ||
	       (size == XATTR_CAPS_SZ_3 && revision == VFS_CAP_REVISION_3);
}

static void set_nosec(struct inode *inode, bool nosec)
{
	spin_lock(&inode->spin);
	inode->state = nosec ? inode->state | I_NOSEC : inode->state & ~(uint32_t)I_NOSEC;
	spin_unlock(&inode->spin);
}

/* inode->lock held, for reading or writing. */
static ssize_t get_caps_held(struct inode *inode, void *value, size_t size)
{
	ssize_t result;

	if ((READ_ONCE(inode->state) & I_NOSEC) || !inode->ops->getxattr)
		return 0;
	result = inode->ops->getxattr(inode, XATTR_NAME_CAPS, value, size);
	if (result != -ENODATA && result != -EOPNOTSUPP && result)
		return result;
	set_nosec(inode, true);
	return 0;
}

ssize_t vfs_get_caps(struct inode *inode, void *value, size_t size)
{
	ssize_t result;

	if (READ_ONCE(inode->state) & I_NOSEC)
		return 0;
	down_read(&inode->lock);
	result = get_caps_held(inode, value, size);
	up_read(&inode->lock);
	return result;
}

/* Of the one user namespace there is, those for its root read as version 2; of others they cannot be told. */
static ssize_t getxattr_caps(struct inode *inode, void *value, size_t size)
{
	struct vfs_ns_cap_data caps;
	ssize_t result = vfs_get_caps(inode, &caps, sizeof(caps));

	if (result == 0)
		return -ENODATA;
	if (result == (ssize_t)XATTR_CAPS_SZ_3) {
		if (caps.rootid)
			return -EOVERFLOW;
		caps.magic_etc = VFS_CAP_REVISION_2 | (caps.magic_etc & VFS_CAP_FLAGS_EFFECTIVE);
		result = XATTR_CAPS_SZ_2;
	}
	if (result > 0 && size && size < (size_t)result)
		return -ERANGE;
	if (result > 0 && size)
		memcpy(value, &caps, (size_t)result);
	return result;
}

int inode_drop_caps(struct inode *inode)
{
	ssize_t result = get_caps_held(inode, NULL, 0);

	if (result <= 0 || !inode->ops->removexattr)
		return (int)result;
	return inode->ops->removexattr(inode, XATTR_NAME_CAPS);
}

uint32_t inode_setid_lost(const struct inode *inode, const struct cred *cred)
{
	uint32_t lost = inode->mode & S_ISUID;

	if ((inode->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		lost |= S_ISGID;
	return likely(!lost) || cred_capable(cred, CAP_FSETID) ? 0 : lost;
}

void inode_drop_privs(struct inode *inode, const struct cred *cred)
{
	uint32_t kill;

	assert_held(&inode->lock);
	if (unlikely(!(READ_ONCE(inode->state) & I_NOSEC)))
		ignore_result(inode_drop_caps(inode));	/* the disk cannot be read: they cannot be used either */
	kill = inode_setid_lost(inode, cred);
	if (likely(!kill))
		return;
	write_seqlock(&inode->meta);
	inode->mode &= ~kill;
	write_sequnlock(&inode->meta);
	inode_mark_dirty(inode, I_DIRTY_META);
}

/* --- The calls --- */

ssize_t vfs_getxattr(const struct cred *cred, const struct path *path, const char *name, void *value, size_t size)
{
	struct inode *inode = d_inode(path->dentry);
	ssize_t result = check(cred, inode, name, MAY_READ);
	enum posix_acl_type type;

	if (result)
		return result;
	if (posix_acl_name(name, &type))
		return posix_acl_getxattr(inode, type, value, size);
	if (!inode->ops->getxattr)
		return -EOPNOTSUPP;
	if (is_caps(name))
		return getxattr_caps(inode, value, size);
	down_read(&inode->lock);
	result = inode->ops->getxattr(inode, name, value, size);
	up_read(&inode->lock);
	return result;
}

int vfs_setxattr(const struct cred *cred, const struct path *path, const struct xattr_change *change)
{
	struct inode *inode = d_inode(path->dentry);
	int err = mount_want_write(path->mnt);
	enum posix_acl_type type;

	if (!err && is_caps(change->name) && !valid_caps(change->value, change->size))
		err = -EINVAL;
	if (!err)
		err = check(cred, inode, change->name, MAY_WRITE);
	if (err)
		return err;
	if (posix_acl_name(change->name, &type))
		return posix_acl_setxattr(inode, type, cred, change->value, change->size);
	if (!inode->ops->setxattr)
		return -EOPNOTSUPP;
	down_write(&inode->lock);
	err = inode->ops->setxattr(inode, change->name, change->value, change->size, change->flags);
	if (is_caps(change->name))
		set_nosec(inode, false);
	up_write(&inode->lock);
	if (!err)
		notify_dentry(path->dentry, IN_ATTRIB);
	return err;
}

int vfs_removexattr(const struct cred *cred, const struct path *path, const char *name)
{
	struct inode *inode = d_inode(path->dentry);
	int err = mount_want_write(path->mnt);
	enum posix_acl_type type;

	if (!err)
		err = check(cred, inode, name, MAY_WRITE);
	if (err)
		return err;
	if (posix_acl_name(name, &type))
		return posix_acl_setxattr(inode, type, cred, NULL, 0);
	if (!inode->ops->removexattr)
		return -EOPNOTSUPP;
	down_write(&inode->lock);
	err = inode->ops->removexattr(inode, name);
	up_write(&inode->lock);
	if (!err)
		notify_dentry(path->dentry, IN_ATTRIB);
	return err;
}

/* Take trusted.* out of a list. Returns the bytes left. */
static size_t hide_trusted(char *list, size_t size)
{
	size_t kept = 0, at = 0;

	while (at < size) {
		size_t length = strlen(list + at) + 1;

		if (!has_prefix(list + at, XATTR_TRUSTED_PREFIX)) {
			memmove(list + kept, list + at, length);
			kept += length;
		}
		at += length;
	}
	return kept;
}

ssize_t vfs_listxattr(const struct cred *cred, const struct path *path, char *list, size_t size)
{
	struct inode *inode = d_inode(path->dentry);
	ssize_t result;

	/* Linux: a file system without attributes has an empty list. */
	if (!inode->ops->listxattr)
		return 0;
	down_read(&inode->lock);
	result = inode->ops->listxattr(inode, list, size);
	up_read(&inode->lock);
	if (result > 0 && size && !cred_capable(cred, CAP_SYS_ADMIN))
		result = (ssize_t)hide_trusted(list, (size_t)result);
	return result;
}
