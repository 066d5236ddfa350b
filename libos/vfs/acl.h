/* SPDX-License-Identifier: MIT */
/*
 * acl: POSIX access control lists: what they are in memory, how they decide, how they are inherited.
 *
 * Model. An inode has up to two lists: the access list, which refines its mode, and a folder's default list, which
 * what is made in it inherits. The file system stores them (inode_ops.get_acl, set_acl); struct inode caches them:
 * NULL "none", POSIX_ACL_UNKNOWN "ask the file system". A file system with both operations NULL has no lists.
 * A list is immutable once it is shared.
 *
 * Source: acl(5), POSIX 1003.1e draft 17; <linux/posix_acl_xattr.h> for the form programs see.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "sync/rcu.h"

struct cred;
struct inode;

enum posix_acl_type { POSIX_ACL_ACCESS, POSIX_ACL_DEFAULT };

/* Field legend: [I] */
struct posix_acl_entry {
	uint16_t tag;			/* [I] ACL_USER_OBJ... */
	uint16_t perm;			/* [I] 0..7 */
	uint32_t id;			/* [I] of ACL_USER, ACL_GROUP; else ACL_UNDEFINED_ID */
};

/* Field legend: [I] immutable once shared, [a] atomic, [r] RCU */
struct posix_acl {
	struct refcount refs;		/* [a] */
	unsigned count;			/* [I] */
	struct rcu_head rcu;		/* [r] */
	struct posix_acl_entry entries[];	/* [I] in the order user_obj, users, group_obj, groups, mask, other */
};

#define POSIX_ACL_UNKNOWN	((struct posix_acl *)1)

/* A list of count entries, to be filled in, with one reference; NULL: no memory. May sleep. */
struct posix_acl *posix_acl_alloc(unsigned count);
struct posix_acl *posix_acl_get(struct posix_acl *acl);	/* NULL allowed */
void posix_acl_put(struct posix_acl *acl);		/* NULL allowed. Any context */
/* Are the entries a list as acl(5) defines it? 0 or -EINVAL. */
int __must_check posix_acl_valid(const struct posix_acl *acl);

/* The form of the extended attributes system.posix_acl_*: *out with a reference, NULL for an empty one. 0, -errno. */
int __must_check posix_acl_from_xattr(const void *value, size_t size, struct posix_acl **out);
/* Bytes, or -ERANGE. size 0 asks for the length. */
ssize_t __must_check posix_acl_to_xattr(const struct posix_acl *acl, void *value, size_t size);

/* An inode being filled has attributes: its lists are asked for when they matter. */
void posix_acl_unknown(struct inode *inode);
/* Remember a list (NULL: none); its reference is taken over. Inode being filled, or inode->lock held for writing. */
void posix_acl_set_cached(struct inode *inode, enum posix_acl_type type, struct posix_acl *acl);
/* The inode goes. */
void posix_acl_forget(struct inode *inode);
/* The list, cached or asked for: *out with a reference, or NULL. 0, -EOPNOTSUPP, -errno. May sleep. */
int __must_check posix_acl_of(struct inode *inode, enum posix_acl_type type, struct posix_acl **out);

/*
 * Does the access list allow mask (MAY_*) to cred, who is not the owner? 0, -EACCES; -EAGAIN: there is no list;
 * -ECHILD: with MAY_NOT_BLOCK, when the list must be read. Sleeps unless MAY_NOT_BLOCK.
 */
int __must_check posix_acl_permission(struct inode *inode, const struct cred *cred, int mask);
/* What of mode a new name in dir is asked to have: umask applies where no default list does. May sleep. */
uint32_t posix_acl_umask(struct inode *dir, uint32_t mode, uint32_t umask);
/*
 * What an object made in dir with *mode (type included) inherits: *mode is cut, *access and *deflt get references
 * or NULL. 0 or -errno. May sleep. For file systems, before the object is made.
 */
int __must_check posix_acl_create(struct inode *dir, uint32_t *mode, struct posix_acl **deflt,
				  struct posix_acl **access);
/* The mode changed to inode->mode: bring the access list along. inode->lock held for writing. May sleep. */
int __must_check posix_acl_chmod(struct inode *inode);

/* Is it one of the two attributes' names? Then *type. */
bool posix_acl_name(const char *name, enum posix_acl_type *type);
/* getxattr, setxattr, removexattr (value NULL) of them. Rights are checked; the mount's are the caller's. May sleep. */
ssize_t __must_check posix_acl_getxattr(struct inode *inode, enum posix_acl_type type, void *value, size_t size);
int __must_check posix_acl_setxattr(struct inode *inode, enum posix_acl_type type, const struct cred *cred,
				    const void *value, size_t size);
