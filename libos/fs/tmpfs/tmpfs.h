/* SPDX-License-Identifier: MIT */
/*
 * tmpfs: files that live in the page cache and nowhere else. Also the base of devtmpfs and of the initial root.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct cred;
struct dentry;
struct file;
struct inode;
struct super_block;

/* Fill a super block as an empty tmpfs; options as mount(8) has them for tmpfs, or NULL. 0 or -errno. May sleep. */
int __must_check tmpfs_fill_super(struct super_block *sb, const char *source, const char *options);

/*
 * Kernel-made entries: find or make the name in dir, a tmpfs directory. A name that exists with another type: -EEXIST.
 * *out has a reference. May sleep.
 */
int __must_check tmpfs_make_node(struct inode *dir, const char *name, uint32_t mode, uint64_t rdev,
				 struct inode **out);
/* Remove such an entry if it is there and not a directory with content. May sleep. */
void tmpfs_remove_node(struct inode *dir, const char *name);

/*
 * For file systems built on tmpfs, which then have operations of their own for the files they make. A new object of
 * mode's type, one reference, not to be found yet; NULL: no memory, or the limit of inodes. May sleep.
 */
struct inode *tmpfs_new_inode(struct super_block *sb, struct inode *dir, uint32_t mode, const struct cred *cred);
/* Give it the name dentry, which is negative; dir is locked for writing. The reference is used up, also on failure. */
int __must_check tmpfs_enter(struct inode *dir, struct dentry *dentry, struct inode *inode);

/*
 * memfd_create(2): a file without a name, shown as "/memfd:NAME (deleted)"; open for reading and writing. flags: MFD_*
 * that the caller has checked. 0 or -errno. May sleep.
 */
int __must_check tmpfs_memfd(const char *name, unsigned flags, const struct cred *cred, struct file **out);
/* The same for a kernel part's own use: size bytes of zeroes, shown as "/NAME (deleted)"; no seals. May sleep. */
int __must_check tmpfs_nameless(const char *name, loff_t size, const struct cred *cred, struct file **out);
/* F_GET_SEALS: F_SEAL_*, or -EINVAL for files of other file systems. F_ADD_SEALS: 0, -EINVAL, -EPERM, -EBUSY. */
int __must_check tmpfs_get_seals(const struct file *file);
int __must_check tmpfs_add_seals(struct file *file, unsigned seals);
