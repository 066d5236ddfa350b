/* SPDX-License-Identifier: MIT */
/*
 * mounts: where super blocks are attached. A tree per mount namespace; a path is (mount, dentry).
 *
 * Look-up of "what is mounted on this dentry" is a hash keyed by (parent mount, dentry), read under RCU and
 * mount_seq; changes hold the rwsem mount_tree, one for all namespaces, and bump mount_seq.
 */
#pragma once

#include "lib/hlist.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "sync/rcu.h"

struct dentry;
struct file;
struct fs_state;
struct mount;
struct super_block;
struct vfs_ctx;
struct waitq;

struct path {
	struct mount *mnt;
	struct dentry *dentry;
};

/* How mounts below a mount travel (mount_namespaces(7)). Slave: master is set. */
enum mount_propagation { MOUNT_SHARED = 1, MOUNT_UNBINDABLE = 2 };

/* Field legend: [I] immutable, [a] atomic, [n] mount_tree (rwsem), [r] RCU */
struct mount {
	struct super_block *sb;		/* [I] */
	struct dentry *root;		/* [I] */
	struct mount *parent;		/* [n][r] itself for a root */
	struct dentry *mountpoint;	/* [n][r] in parent; its own root for a root */
	struct mount_ns *ns;		/* [n] NULL: detached */
	uint32_t flags;			/* [n] MNT_* as MS_* bits: RDONLY, NOSUID, NODEV, NOEXEC, NOATIME, RELATIME */
	uint32_t old_flags;		/* [n] while mount_setattr(2) may still fail */
	int id;				/* [I] for mountinfo */
	uint64_t unique_id;		/* [I] never used twice: statmount(2) */
	int refs;			/* [a] */
	int writers;			/* [a] regular files open for writing through it */
	bool expiring;			/* [a] MNT_EXPIRE marked it; any use takes the mark away */
	uint8_t propagation;		/* [n] enum mount_propagation */
	struct hlist_node hash;		/* [r] */
	struct list_head children;	/* [n] */
	struct list_head sibling;	/* [n] */
	struct list_head ns_link;	/* [n] */
	struct list_head peers;		/* [n] ring of the members of its group */
	struct list_head slaves;	/* [n] */
	struct list_head slave_link;	/* [n] */
	struct mount *master;		/* [n] */
	struct list_head work;		/* [n] propagation in progress */
	struct mount *copy;		/* [n] what propagation puts here */
	struct mount *twin;		/* [n] its copy while a tree is copied */
	int group_id;			/* [n] 0: not shared */
	char *source;			/* [I] first field of /proc/mounts */
	struct mount *old_parent;	/* [n] where a dead mount was: references to drop */
	struct dentry *old_mountpoint;	/* [n] */
	struct rcu_head rcu;
};

/* Field legend: [a] atomic, [n] mount_tree, [I] immutable, [r] RCU */
struct mount_ns {
	struct refcount refs;		/* [a] */
	struct mount *root;		/* [n] */
	struct list_head mounts;	/* [n] in mount order */
	uint64_t event;			/* [n] bumped at each change; polled by /proc/self/mounts */
	bool anon;			/* [I] holds a tree of open_tree(2) or fsmount(2) */
	uint32_t inum;			/* [I] */
	struct rcu_head rcu;		/* [r] /proc looks at other tasks' */
};

/* Reading the tree (ns->mounts, parents, flags): sleeps. */
void mount_tree_lock_read(void);
void mount_tree_unlock_read(void);

/* The path's object was accessed: its time, as the mount has it. May sleep. */
void path_touch_atime(const struct path *path);
void path_get(const struct path *path);
void path_put(const struct path *path);
static inline bool path_equal(const struct path *a, const struct path *b)
{
	return a->mnt == b->mnt && a->dentry == b->dentry;
}

/* mount(2) decoded: flags MS_* (bind, move, remount, propagation included). May sleep. 0 or -errno. */
int __must_check vfs_mount(struct vfs_ctx *ctx, const char *source, const char *target, const char *fstype,
			   unsigned long flags, const char *options);
int __must_check vfs_umount(struct vfs_ctx *ctx, const char *target, int flags);
/* The new mount calls, decoded (mount_fd.c). Each *out is an open file for a descriptor. All may sleep. */
int __must_check vfs_fsopen(struct vfs_ctx *ctx, const char *fstype, struct file **out);
int __must_check vfs_fspick(struct vfs_ctx *ctx, const struct path *path, struct file **out);
/* value NULL: a flag. */
int __must_check vfs_fsconfig_set(struct file *file, const char *key, const char *value);
int __must_check vfs_fsconfig_command(struct vfs_ctx *ctx, struct file *file, unsigned command);
int __must_check vfs_fsmount(struct vfs_ctx *ctx, struct file *file, uint32_t flags, struct file **out);
int __must_check vfs_open_tree(struct vfs_ctx *ctx, const struct path *path, bool clone, bool recursive,
			       struct file **out);
int __must_check vfs_move_mount(struct vfs_ctx *ctx, const struct path *from, const struct path *to);
/* mount_setattr(2): flags are MS_* bits. */
struct mount_change {
	uint32_t set, clear;
	unsigned long propagation;	/* MS_SHARED... or 0 */
	bool recursive;
};
int __must_check vfs_mount_setattr(struct vfs_ctx *ctx, const struct path *path, const struct mount_change *change);
int __must_check vfs_pivot_root(struct vfs_ctx *ctx, const char *new_root, const char *put_old);
/* A private instance for the kernel's own use (pipes, shmem): no namespace. NULL: no memory. */
struct mount *vfs_kern_mount(const char *fstype);
/* The same of an instance that is just being filled in, and lives as long as this mount from now on. */
struct mount *vfs_kern_mount_of(struct super_block *sb);
/* Boot: mount the root file system and make it everyone's root. May sleep. */
int __must_check vfs_mount_root(struct vfs_ctx *ctx, const char *source, const char *fstype, unsigned long flags,
				const char *options);
struct mount_ns *mount_ns_copy(struct mount_ns *ns, struct vfs_ctx *ctx);	/* CLONE_NEWNS; NULL: no memory */
struct mount_ns *mount_ns_get(struct mount_ns *ns);
/* setns(2): root and working directory become the root of ns, whose reference goes to ctx. 0 or -errno. */
int __must_check mount_ns_enter(struct mount_ns *ns, struct vfs_ctx *ctx);
/* pivot_root(2) moves everyone: proc/ says how to visit the fs_state of every task. Once, at start-up. */
void mount_set_visitor(void (*visit_all)(void (*fn)(struct fs_state *fs, void *arg), void *arg));
void mount_ns_put(struct mount_ns *ns);
/* Woken (EPOLLERR | EPOLLPRI) whenever some namespace's event was raised. */
struct waitq *mount_changes(void);
/* Text of a path as seen from `root`: returns pointer into buf, or NULL with *err = -ENAMETOOLONG. Adds " (deleted)".
 * unreachable is set when it lies outside root. Any context that may take spin locks. */
char *d_path(const struct path *path, const struct path *root, char *buf, size_t size, bool *unreachable);
/* Text of the way to d (held by the caller) from its file system's root, into buf; NULL: it does not fit. Adds
 * "//deleted". Any context that may take spin locks. */
char *dentry_path(const struct dentry *d, char *buf, size_t size);
