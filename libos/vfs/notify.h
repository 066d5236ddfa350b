/* SPDX-License-Identifier: MIT */
/*
 * notify: what the calls of vfs/ tell those who watch files: inotify(7), and F_NOTIFY of fcntl(2).
 *
 * Each hook costs one load of a shared word that hardly ever changes, until somebody watches something.
 * Masks are inotify's (abi/events.h); IN_ISDIR is added here.
 */
#pragma once

#include "abi/events.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct cred;
struct dentry;
struct file;
struct inode;
struct super_block;
struct vfs_ctx;
struct path;

/* [a] watches there are */
extern unsigned notify_active;

void notify_dentry_slow(struct dentry *dentry, uint32_t mask);
void notify_inode_slow(struct inode *inode, uint32_t mask);
void notify_name_slow(struct dentry *dentry, uint32_t mask, uint32_t cookie);
void notify_gone_slow(struct inode *inode, uint32_t mask);
void notify_unmount_slow(struct super_block *sb);

static inline bool notify_wanted(void)
{
	return unlikely(__atomic_load_n(&notify_active, __ATOMIC_RELAXED));
}

/* Something happened to what dentry names: its own watchers hear it, and its folder's, with the name. */
static inline void notify_dentry(struct dentry *dentry, uint32_t mask)
{
	if (notify_wanted())
		notify_dentry_slow(dentry, mask);
}

/* The watchers of the object alone. */
static inline void notify_inode(struct inode *inode, uint32_t mask)
{
	if (notify_wanted())
		notify_inode_slow(inode, mask);
}

/* A name of a folder: made, removed, moved. Only the folder's watchers. cookie joins the halves of a move, or 0. */
static inline void notify_name(struct dentry *dentry, uint32_t mask, uint32_t cookie)
{
	if (notify_wanted())
		notify_name_slow(dentry, mask, cookie);
}

/* The last name of an object is gone and nobody has it open: its watches end. Sleeps. */
static inline void notify_gone(struct inode *inode)
{
	if (notify_wanted())
		notify_gone_slow(inode, IN_DELETE_SELF);
}

/* A file system goes: so do the watches in it. Sleeps. */
static inline void notify_unmount(struct super_block *sb)
{
	if (notify_wanted())
		notify_unmount_slow(sb);
}

/* A cookie for the two halves of a move; never 0. */
uint32_t notify_cookie(void);

/* inotify_init1(2): *out with one reference, charged to cred's user. flags: IN_NONBLOCK, IN_CLOEXEC. 0 or -errno. */
int __must_check inotify_create(unsigned flags, const struct cred *cred, struct file **out);
/* inotify_add_watch(2) on what path leads to; rights were checked. The watch's number, or -errno. Sleeps. */
int __must_check inotify_add(struct file *file, const struct path *path, uint32_t mask);
int __must_check inotify_remove(struct file *file, int wd);

/* --- F_NOTIFY (dnotify.c) --- */

/* IN_* events of a folder or of what is in it. Takes inode->spin. */
void dnotify_events(struct inode *dir, uint32_t events);
/* A name changed within dir. Takes inode->spin. */
void dnotify_renamed(struct inode *dir);
void dnotify_flush_slow(struct file *file, const void *owner);
/*
 * Tell file's owner of DN_* changes in the folder, by descriptor fd; mask 0: no more. owner: the descriptor table. 0,
 * -ENOTDIR, -ENOMEM. Sleeps.
 */
int __must_check dnotify_set(struct file *file, int fd, const void *owner, uint32_t mask);

/* The table closes a descriptor of file (owner NULL: nobody has it open): its requests end. */
static inline void dnotify_flush(struct file *file, const void *owner)
{
	if (notify_wanted())
		dnotify_flush_slow(file, owner);
}
