/* SPDX-License-Identifier: MIT */
/*
 * tmpfs attributes: trusted.*, security.* and user.* as a list of each inode; POSIX ACLs, which live in the inode's
 * own cache (vfs/acl.h) and nowhere else.
 *
 * What users may store counts against the limit of inodes, as Linux books it: an inode's worth is 1024 bytes.
 *
 * Locking. The list is under inode->lock, as vfs/xattr.c takes it.
 */
#include "fs/tmpfs/internal.h"

#include "abi/errno.h"
#include "abi/xattr.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/acl.h"

#define INODE_WORTH	1024

/* Field legend: [d] the inode's lock, [I] immutable */
struct tmpfs_xattr {
	struct list_head link;		/* [d] */
	size_t size;			/* [I] of the value */
	size_t charged;			/* [I] bytes booked in the super block */
	char *name;			/* [I] behind the value, in the same block */
	char value[];			/* [I] */
};

static bool has_prefix(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix)) && name[strlen(prefix)];
}

static bool known(const char *name)
{
	return has_prefix(name, XATTR_USER_PREFIX) || has_prefix(name, XATTR_TRUSTED_PREFIX) ||
	       has_prefix(name, XATTR_SECURITY_PREFIX);
}

static struct tmpfs_xattr *find(struct inode *inode, const char *name)
{
	struct tmpfs_xattr *x;

	list_for_each_entry(x, &tmpfs_i(inode)->xattrs, link) {
		if (!strcmp(x->name, name))
			return x;
	}
	return NULL;
}

ssize_t tmpfs_getxattr(struct inode *inode, const char *name, void *value, size_t size)
{
	struct tmpfs_xattr *x;

	if (!known(name))
		return -EOPNOTSUPP;
	x = find(inode, name);
	if (!x)
		return -ENODATA;
	if (size && size < x->size)
		return -ERANGE;
	if (size)
		memcpy(value, x->value, x->size);
	return (ssize_t)x->size;
}

/* Book bytes of users' attributes. False: they do not fit. */
static bool charge(struct tmpfs_super *sbi, size_t bytes)
{
	uint64_t used = __atomic_add_fetch(&sbi->xattr_bytes, bytes, __ATOMIC_RELAXED), inodes;

	inodes = __atomic_load_n(&sbi->used_inodes, __ATOMIC_RELAXED);
	if (!sbi->max_inodes || inodes + (used + INODE_WORTH - 1) / INODE_WORTH <= sbi->max_inodes)
		return true;
	__atomic_fetch_sub(&sbi->xattr_bytes, bytes, __ATOMIC_RELAXED);
	return false;
}

static void free_xattr(struct inode *inode, struct tmpfs_xattr *x)
{
	__atomic_fetch_sub(&tmpfs_sb(inode->sb)->xattr_bytes, x->charged, __ATOMIC_RELAXED);
	list_del(&x->link);
	kvfree(x);
}

int tmpfs_setxattr(struct inode *inode, const char *name, const void *value, size_t size, int flags)
{
	struct tmpfs_xattr *old = known(name) ? find(inode, name) : NULL, *x;
	size_t length = strlen(name) + 1;

	assert_held(&inode->lock);
	if (!known(name))
		return -EOPNOTSUPP;
	if (old && (flags & XATTR_CREATE))
		return -EEXIST;
	if (!old && (flags & XATTR_REPLACE))
		return -ENODATA;
	x = kvmalloc(sizeof(*x) + size + length, GFP_KERNEL);
	if (!x)
		return -ENOMEM;
	x->charged = has_prefix(name, XATTR_USER_PREFIX) ? sizeof(*x) + size + length : 0;
	if (!charge(tmpfs_sb(inode->sb), x->charged)) {
		kvfree(x);
		return -ENOSPC;
	}
	x->size = size;
	if (size)
		memcpy(x->value, value, size);
	x->name = x->value + size;
	memcpy(x->name, name, length);
	list_add_tail(&x->link, &tmpfs_i(inode)->xattrs);
	if (old)
		free_xattr(inode, old);
	inode_touch_ctime(inode);
	return 0;
}

int tmpfs_removexattr(struct inode *inode, const char *name)
{
	struct tmpfs_xattr *x = known(name) ? find(inode, name) : NULL;

	assert_held(&inode->lock);
	if (!x)
		return known(name) ? -ENODATA : -EOPNOTSUPP;
	free_xattr(inode, x);
	inode_touch_ctime(inode);
	return 0;
}

/* Append one name. False: no room. */
static bool list_one(const char *name, char *list, size_t size, size_t *at)
{
	size_t length = strlen(name) + 1;

	if (size && size - *at < length)
		return false;
	if (size)
		memcpy(list + *at, name, length);
	*at += length;
	return true;
}

ssize_t tmpfs_listxattr(struct inode *inode, char *list, size_t size)
{
	static const char *const acl_names[] = { XATTR_NAME_POSIX_ACL_ACCESS, XATTR_NAME_POSIX_ACL_DEFAULT };
	struct tmpfs_xattr *x;
	size_t at = 0;

	for (int i = POSIX_ACL_ACCESS; i <= POSIX_ACL_DEFAULT; i++) {
		if (READ_ONCE(inode->acl[i]) && !list_one(acl_names[i], list, size, &at))
			return -ERANGE;
	}
	list_for_each_entry(x, &tmpfs_i(inode)->xattrs, link) {
		if (!list_one(x->name, list, size, &at))
			return -ERANGE;
	}
	return (ssize_t)at;
}

void tmpfs_drop_xattrs(struct inode *inode)
{
	struct tmpfs_xattr *x, *next;

	list_for_each_entry_safe(x, next, &tmpfs_i(inode)->xattrs, link)
		free_xattr(inode, x);
}

/* What the cache does not have is not there. */
int tmpfs_get_acl(struct inode *inode, int type, struct posix_acl **out)
{
	(void)inode, (void)type;
	*out = NULL;
	return 0;
}

int tmpfs_set_acl(struct inode *inode, int type, const struct posix_acl *acl, uint32_t mode)
{
	struct iattr attr = { .valid = ATTR_MODE | ATTR_CTIME, .mode = mode, .ctime = inode_now(inode) };

	(void)acl;
	if (type == POSIX_ACL_DEFAULT)
		attr.valid = ATTR_CTIME;
	setattr_copy(inode, &attr);
	return 0;
}
