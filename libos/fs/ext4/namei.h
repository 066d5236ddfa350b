/* SPDX-License-Identifier: MIT */
/*
 * namei: operations of folders and of all inodes, for the tables of dir.c, file.c and symlink.c. They are what
 * struct inode_ops says of the slot of the same name. All may sleep.
 */
#pragma once

#include "fs/ext4/ext4.h"

struct ext4_handle;

int ext4_create(struct inode *dir, struct dentry *dentry, uint32_t mode, const struct cred *cred);
int ext4_mkdir(struct inode *dir, struct dentry *dentry, uint32_t mode, const struct cred *cred);
int ext4_mknod(struct inode *dir, struct dentry *dentry, uint32_t mode, uint64_t rdev, const struct cred *cred);
int ext4_symlink(struct inode *dir, struct dentry *dentry, const char *text, const struct cred *cred);
int ext4_link(struct dentry *old, struct inode *dir, struct dentry *dentry);
int ext4_unlink(struct inode *dir, struct dentry *dentry);
int ext4_rmdir(struct inode *dir, struct dentry *dentry);
int ext4_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new,
		unsigned flags);
int ext4_tmpfile(struct inode *dir, uint32_t mode, const struct cred *cred, struct inode **out);
int ext4_setattr(struct dentry *dentry, const struct iattr *attr);

/* As in struct file_ops: FS_IOC_GETFLAGS and its like. ioctl.c */
long ext4_ioctl(struct file *file, unsigned cmd, unsigned long arg);

/* Of FIFOs, sockets and devices. */
extern const struct inode_ops ext4_special_ops;

enum ext4_touch { EXT4_TOUCH_CTIME = 1, EXT4_TOUCH_MTIME = 2 /* both */ };
/* Set times to now, in memory: the caller's handle writes the inode. */
void ext4_inode_touch(struct inode *inode, unsigned what);

/* --- symlink.c --- */

#define EXT4_SYMLINK_CREDITS	20
/* Give a new link its text, not longer than a block. The caller writes the inode. */
int __must_check ext4_symlink_write(struct ext4_handle *h, struct ext4_inode *inode, const char *text);
