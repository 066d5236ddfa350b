/* SPDX-License-Identifier: MIT */
/* mount_internal.h: what mount.c, propagate.c, mount_calls.c, mount_ns.c, mount_fd.c share. */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"
#include "sync/rwsem.h"
#include "vfs/internal.h"
#include "vfs/mount.h"

/* How a copy of a mount belongs to the mount it is a copy of. */
enum mount_copy { COPY_AS_IS, COPY_SLAVE, COPY_SHARED_SLAVE };

#define MNT_FLAGS	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | \
			 MS_NOSYMFOLLOW)
#define MNT_ATIME_FLAGS	(MS_NOATIME | MS_NODIRATIME | MS_RELATIME)

/* The tree, of all namespaces. Held for writing by every function below that has no other rule. */
extern struct rwsem mount_tree;

/* mount.c. A mount of sb showing `root`, attached to nothing; the super block's reference is taken over. */
struct mount *mount_alloc(struct super_block *sb, struct dentry *root, const char *source, uint32_t flags);
/* A copy of one mount showing `root`; joins its propagation group as `how` says. NULL: no memory. */
struct mount *mount_copy(struct mount *from, struct dentry *root, enum mount_copy how);
/* Copies of `from` and of the mounts below `root` in it (recursive). Unbindable ones are left out if asked. */
struct mount *mount_copy_tree(struct mount *from, struct dentry *root, enum mount_copy how, bool skip_unbindable);
/*
 * Hang mnt on `at`; its reference goes to the tree. mnt and what is below it become members of ns.
 * The _locked ones are called within write_seqlock(&mount_seq).
 */
void mount_attach_locked(struct mount *mnt, const struct path *at, struct mount_ns *ns);
void mount_attach(struct mount *mnt, const struct path *at, struct mount_ns *ns);
/* Take mnt off its place, out of its namespace and its groups; mount_put_dead() drops the references of the place. */
void mount_detach_locked(struct mount *mnt);
/* As mount_detach_locked(), but it stays in its namespace, for a new place; mount_drop_place() comes after that. */
void mount_unhang_locked(struct mount *mnt);
/* The references of the place mnt was taken off. Does not sleep where the old parent is held by something else. */
void mount_drop_place(struct mount *mnt);
/* Take mnt and all below it apart onto `dead`, which mount_put_dead() works off when the lock is released. */
void mount_detach_tree(struct mount *mnt, struct list_head *dead);
void mount_put_dead(struct list_head *dead);
/* A tree that was never attached goes. Takes the lock. */
void mount_discard(struct mount *mnt);
/* Next mount of the tree below `top`, in depth-first order; NULL: that was the last. */
struct mount *mount_next(const struct mount *mnt, const struct mount *top);
/* Some mount on dentry, in any namespace; NULL: none. */
struct mount *mount_on_dentry(const struct dentry *dentry);
/* A path to what is mounted on top at it, references kept. Any lock. */
void path_to_top(struct path *path);
int __must_check mount_lookup_target(struct vfs_ctx *ctx, const char *name, struct path *out);
/* Parent and place of mnt with references; false: it is a root. Any lock. */
bool mount_place(const struct mount *mnt, struct path *out);

/* propagate.c */
static inline bool mount_is_shared(const struct mount *mnt)
{
	return mnt->propagation & MOUNT_SHARED;
}
/* Make the tree at mnt shared, each with a group of its own unless it has one. */
void mount_make_shared(struct mount *mnt);
void mount_set_propagation(struct mount *mnt, unsigned long type);
/* mnt leaves its groups: its slaves go to a peer or to its master. */
void mount_leave_groups(struct mount *mnt);
/*
 * What is to be attached at `at` goes to every mount that follows at->mnt, too. Copies are made first and attached by
 * mount_propagate_attach(); on an error nothing has happened. 0 or -ENOMEM.
 */
int __must_check mount_propagate(struct mount *tree, const struct path *at, struct list_head *copies);
void mount_propagate_attach(struct list_head *copies);
/* Unmounting mnt: what followed it goes as well. */
bool mount_propagate_busy(struct mount *mnt);
void mount_propagate_umount_locked(struct mount *mnt, struct list_head *dead);

/* mount_calls.c */
int __must_check mount_new(struct vfs_ctx *ctx, const char *source, const char *fstype, unsigned long flags,
			   const char *options, struct mount **out);
/*
 * Attach a new tree, which nobody else knows, at `at` (moved to the top), and at what follows. mnt's reference is used
 * up if 0.
 */
int __must_check mount_graft(struct vfs_ctx *ctx, struct mount *mnt, struct path *at);
/* Move a mounted tree, or one that lies whole in a nameless namespace. */
int __must_check mount_move(struct vfs_ctx *ctx, const struct path *from, struct path *at);
/* The name a file system is given for a block device node: "/dev/vda1". *out: kmalloc'd. */
int __must_check mount_device_name(struct vfs_ctx *ctx, const char *source, char **out);
/* Change flags of one mount: -EBUSY when it is to be read-only and files are open for writing through it. */
int __must_check mount_set_flags(struct mount *mnt, uint32_t flags);

/* mount_ns.c */
struct mount_ns *mount_ns_alloc(void);
/* What /proc shows of ns has changed: its pollers are woken. */
void mount_ns_changed(struct mount_ns *ns);
/* A namespace nobody is in, which holds a tree that hangs nowhere. Takes over the tree's reference. NULL: no memory. */
struct mount_ns *mount_ns_anon(struct mount *root);
