/* SPDX-License-Identifier: MIT */
/* What the files of tmpfs share. */
#pragma once

#include "fs/tmpfs/tmpfs.h"
#include "lib/rbtree.h"
#include "lib/xarray.h"
#include "vfs/inode.h"
#include "vfs/super.h"

struct file;
struct posix_acl;

/*
 * One name in a directory: in the directory's tree by (hash, name) for look-up, and in its array by cookie, which
 * grows with every new name, for reading: a reader's position stays right whatever comes and goes around it.
 * Field legend: [I] immutable, [d] the directory's inode->lock
 */
struct tmpfs_entry {
	struct rb_node node;		/* [d] */
	unsigned long cookie;		/* [I] */
	struct inode *inode;		/* [d] one reference */
	uint32_t hash;			/* [I] */
	uint32_t len;			/* [I] */
	char name[];			/* [I] NUL-terminated */
};

/* Field legend: [I] immutable, [d] vfs.lock, [s] vfs.spin, [v] see vfs/inode.h */
struct tmpfs_inode {
	struct inode vfs;		/* [v] */
	struct rb_root names;		/* [d] directory: entries by (hash, name) */
	struct xarray cookies;		/* [d] directory: entries by cookie */
	unsigned long next_cookie;	/* [d] */
	struct inode *parent;		/* [d] directory: no reference; itself for the root */
	uint64_t charged;		/* [s] pages counted in the super block */
	char *link;			/* [I] symbolic link: its text, owned */
	struct list_head xattrs;	/* [d] xattr.c */
	unsigned seals;			/* [d] F_SEAL_*: what may not be done any more; never fewer */
};

/* Field legend: [I] immutable after mount or remount, [a] atomic, [l] lock */
struct tmpfs_super {
	uint64_t max_pages;		/* [I] 0: no limit */
	uint64_t max_inodes;		/* [I] 0: no limit */
	uint64_t used_pages;		/* [a] */
	uint64_t used_inodes;		/* [a] */
	uint64_t xattr_bytes;		/* [a] of users' attributes */
	uint64_t next_ino;		/* [a] */
	uint32_t root_mode;		/* [I] */
	uint32_t root_uid, root_gid;	/* [I] */
	bool draining;			/* [l] somebody works `orphans` off */
	struct spinlock lock;
	struct rb_node *orphans;	/* [l] entries of directories that went at unmount, chained by rb_right */
};

static inline struct tmpfs_inode *tmpfs_i(const struct inode *inode)
{
	return container_of(inode, struct tmpfs_inode, vfs);
}

static inline struct tmpfs_super *tmpfs_sb(const struct super_block *sb)
{
	return sb->private;
}

extern const struct inode_ops tmpfs_dir_inode_ops, tmpfs_file_inode_ops, tmpfs_link_inode_ops;
extern const struct file_ops tmpfs_dir_ops, tmpfs_file_ops;

/* file.c: bring the count of used pages up to date with what the file has cached. */
void tmpfs_recount(struct inode *inode);
/* memfd.c: F_GET_SEALS, F_ADD_SEALS. */
long tmpfs_fcntl(struct file *file, unsigned cmd, unsigned long arg);
/* dir.c: the directory goes with whatever it holds. */
void tmpfs_drop_entries(struct inode *dir);

/* xattr.c: attributes of every kind of inode; what is left of them goes with the inode. */
ssize_t tmpfs_getxattr(struct inode *inode, const char *name, void *value, size_t size);
int tmpfs_setxattr(struct inode *inode, const char *name, const void *value, size_t size, int flags);
int tmpfs_removexattr(struct inode *inode, const char *name);
ssize_t tmpfs_listxattr(struct inode *inode, char *list, size_t size);
int tmpfs_get_acl(struct inode *inode, int type, struct posix_acl **out);
int tmpfs_set_acl(struct inode *inode, int type, const struct posix_acl *acl, uint32_t mode);
void tmpfs_drop_xattrs(struct inode *inode);

#define TMPFS_XATTR_OPS	.getxattr = tmpfs_getxattr, .setxattr = tmpfs_setxattr, .listxattr = tmpfs_listxattr, \
			.removexattr = tmpfs_removexattr, .get_acl = tmpfs_get_acl, .set_acl = tmpfs_set_acl

#define TMPFS_NAME_SIZE	20	/* what a name, "." and ".." too, adds to a folder's st_size: as Linux's tmpfs */
#define TMPFS_FIRST_COOKIE	2UL	/* directory positions 0 and 1 are "." and ".." */
