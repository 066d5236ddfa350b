/* SPDX-License-Identifier: MIT */
/*
 * acl: POSIX access lists as ext4 keeps them. What they mean is vfs/acl.h's.
 */
#pragma once

#include "fs/ext4/ext4.h"

struct ext4_handle;
struct posix_acl;

static inline bool ext4_is_acl(uint8_t index)
{
	return index == EXT4_XATTR_ACL_ACCESS || index == EXT4_XATTR_ACL_DEFAULT;
}

/* As in struct inode_ops. May sleep. */
int ext4_get_acl(struct inode *inode, int type, struct posix_acl **out);
int ext4_set_acl(struct inode *inode, int type, const struct posix_acl *acl, uint32_t mode);
/* A new inode gets what posix_acl_create() gave (NULL: none); the references are taken over. 0 or -errno. */
int __must_check ext4_acl_init(struct ext4_handle *h, struct inode *inode, struct posix_acl *deflt,
			       struct posix_acl *access);
