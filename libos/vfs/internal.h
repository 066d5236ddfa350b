/* SPDX-License-Identifier: MIT */
/*
 * vfs/internal.h: what the files of vfs/ share.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/seqlock.h"
#include "vfs/dentry.h"
#include "abi/events.h"
#include "abi/mount.h"
#include "vfs/mount.h"
#include "vfs/namei.h"

struct file;
struct inode;

/* dentry.c: written by moves; walks that follow parents read it. */
extern struct seqlock rename_seq;
/* Cached child under RCU, no reference; *seq is its sequence. */
struct dentry *d_lookup_rcu(const struct dentry *parent, const struct qstr *name, uint32_t *seq);

/* Hash of a name: fast, seeded at boot; equal for equal bytes. */
static inline uint32_t vfs_hash_name(const char *name, size_t len)
{
	uint64_t h = len * 0x9e3779b97f4a7c15ULL;

	for (; len >= 8; len -= 8, name += 8) {
		uint64_t w;

		__builtin_memcpy(&w, name, 8);
		h = (h ^ w) * 0xff51afd7ed558ccdULL;
		h ^= h >> 32;
	}
	if (len) {
		uint64_t w = 0;

		for (size_t i = 0; i < len; i++)
			w |= (uint64_t)(uint8_t)name[i] << (8 * i);
		h = (h ^ w) * 0xff51afd7ed558ccdULL;
		h ^= h >> 32;
	}
	return (uint32_t)(h ^ h >> 29);
}

/* mount.c: changes whenever a mount is attached, moved or detached. */
extern struct seqlock mount_seq;
/* What is mounted on path under RCU and mount_seq; NULL: nothing. */
struct mount *mount_lookup_rcu(const struct mount *mnt, const struct dentry *dentry);
/* The same with a reference. */
struct mount *mount_lookup(const struct path *path);
struct mount *mount_get(struct mount *mnt);
void mount_put(struct mount *mnt);
bool __must_check mount_try_get(struct mount *mnt);
/* Is something mounted on dentry, in ns (NULL: in any namespace)? */
bool dentry_is_mountpoint(const struct dentry *dentry, const struct mount_ns *ns);
/* A name is gone: what other namespaces have mounted on it goes too. Sleeps; no inode locked. */
void mount_detach_dentry(struct dentry *dentry);
/* Parent and place of mnt with references; false: it is a root. */
bool mount_place(const struct mount *mnt, struct path *out);
/* Write access to a mounted file system: 0 or -EROFS. */
int __must_check mount_want_write(const struct mount *mnt);

/* mount_fd.c: the last reference of a descriptor of a loose tree is gone. */
void mount_file_released(struct file *file);

/* namei.c */
/*
 * Parent of the last component, with references in *parent; *last points into name. 0, or -errno. type: enum
 * last_type.
 */
enum last_type { LAST_NORM, LAST_ROOT, LAST_DOT, LAST_DOTDOT };
int __must_check path_parent(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags, struct path *parent,
			     struct qstr *last, enum last_type *type);
/* Child of a locked directory, looked up if not cached; referenced, maybe negative. 0 or -errno. */
int __must_check dir_lookup(struct vfs_ctx *ctx, struct dentry *dir, const struct qstr *name, struct dentry **out);
/*
 * A walk that answers without taking references: fn is called under RCU with the result; -ECHILD from it: with
 * references instead.
 */
int __must_check path_visit(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned flags,
			    int (*fn)(const struct path *path, struct inode *inode, bool rcu, void *arg), void *arg);

/* open.c */
int __must_check open_check_flags(unsigned flags, unsigned *acc_mode);
/* Make a new name for `child` in dir legal: sticky, write and search permission. */
int __must_check may_create(struct vfs_ctx *ctx, struct inode *dir);
int __must_check may_delete(struct vfs_ctx *ctx, struct inode *dir, struct dentry *victim, bool isdir);


/* namei.c: as path_parent(), from a path; dirfd is where the look-up began, which LOOKUP_BENEATH and IN_ROOT mean. */
int __must_check path_parent_from(struct vfs_ctx *ctx, int dirfd, const struct path *start, const char *name,
				  unsigned flags, struct path *parent, struct qstr *last, enum last_type *type);
/* dentry.c: give a name that is in no directory its inode (O_TMPFILE). */
void d_attach_unhashed(struct dentry *dentry, struct inode *inode);

/* file.c */
void file_free(struct file *file);
const struct file_ops *chrdev_find(unsigned major, unsigned minor);
/* *out with one reference. 0, -ENFILE or -ENOMEM. */
int __must_check file_alloc(unsigned flags, const struct cred *cred, struct file **out);
