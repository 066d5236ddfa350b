/* SPDX-License-Identifier: MIT */
/*
 * xattr: extended attributes of a path or file: rules of the name spaces, then the file system's operations.
 *
 * Source: xattr(7), getxattr(2), setxattr(2), listxattr(2), removexattr(2).
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "vfs/mount.h"

struct cred;
struct inode;

/* What setxattr(2) asks for. */
struct xattr_change {
	const char *name;
	const void *value;
	size_t size;
	int flags;			/* XATTR_CREATE, XATTR_REPLACE or 0 */
};

/* All: 0 or bytes, or -errno. value and list are kernel memory; size 0 asks for the length. May sleep. */
ssize_t __must_check vfs_getxattr(const struct cred *cred, const struct path *path, const char *name, void *value,
				  size_t size);
int __must_check vfs_setxattr(const struct cred *cred, const struct path *path, const struct xattr_change *change);
/* Attributes in trusted.* are listed only to those who may read them. */
ssize_t __must_check vfs_listxattr(const struct cred *cred, const struct path *path, char *list, size_t size);
/* The value of security.capability as it is stored. 0: there is none; bytes; -errno. May sleep. */
ssize_t __must_check vfs_get_caps(struct inode *inode, void *value, size_t size);
int __must_check vfs_removexattr(const struct cred *cred, const struct path *path, const char *name);
