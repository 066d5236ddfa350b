/* SPDX-License-Identifier: MIT */
/*
 * xattr: who may do what with extended attributes.
 *
 *	user.*		regular files and folders only (on others reading finds nothing), as the file's
 *			permissions say; in a sticky folder only its owner sets them
 *	trusted.*	CAP_SYS_ADMIN; to others they do not exist
 *	security.*	anyone reads; the file system or CAP_SYS_ADMIN decides on writing
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

/* mask: MAY_READ or MAY_WRITE. 0 or -errno. */
static int check(const struct cred *cred, struct inode *inode, const char *name, int mask)
{
	bool write = mask == MAY_WRITE;

	if (write && (inode->flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)))
		return -EPERM;
	if (has_prefix(name, XATTR_SYSTEM_PREFIX))
		return 0;
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
