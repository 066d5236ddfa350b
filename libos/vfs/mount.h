/* SPDX-License-Identifier: MIT */
/*
 * mounts: where super blocks are attached. A tree per mount namespace; a path is (mount, dentry).
 *
 * Look-up of "what is mounted on this dentry" is a hash keyed by (parent mount, dentry), read under RCU and
 * mount_seq; changes hold the namespace rwsem and bump mount_seq.
 */
#pragma once

#include "lib/hlist.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "sync/rcu.h"
#include "sync/rwsem.h"

struct dentry;
struct mount;
struct super_block;
struct vfs_ctx;

struct path {
	struct mount *mnt;
	struct dentry *dentry;
};

/* Field legend: [I] immutable, [a] atomic, [n] namespace rwsem, [r] RCU */
struct mount {
	struct super_block *sb;		/* [I] */
	struct dentry *root;		/* [I] */
	struct mount *parent;		/* [n][r] itself for the root */
	struct dentry *mountpoint;	/* [n][r] in parent */
	struct mount_ns *ns;		/* [n] NULL: detached */
	uint32_t flags;			/* [n] MNT_* as MS_* bits: RDONLY, NOSUID, NODEV, NOEXEC, NOATIME, RELATIME */
	int id;				/* [I] for mountinfo */
	int refs;			/* [a] */
	bool detached;			/* [n] lazily unmounted */
	struct hlist_node hash;		/* [r] */
	struct list_head children;	/* [n] */
	struct list_head sibling;	/* [n] */
	struct list_head ns_link;	/* [n] */
	struct list_head peers;		/* [n] shared propagation group */
	struct list_head slaves;	/* [n] */
	struct list_head slave_link;	/* [n] */
	struct mount *master;		/* [n] */
	int group_id;			/* [n] 0: private */
	char *source;			/* [I] first field of /proc/mounts */
	struct rcu_head rcu;
};

/* Field legend: [a] atomic, [n] lock, [I] immutable */
struct mount_ns {
	struct refcount refs;		/* [a] */
	struct rwsem lock;
	struct mount *root;		/* [n] */
	struct list_head mounts;	/* [n] in mount order */
	uint64_t event;			/* [n] bumped at each change; polled by /proc/self/mounts */
	uint32_t inum;			/* [I] */
};

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
int __must_check vfs_pivot_root(struct vfs_ctx *ctx, const char *new_root, const char *put_old);
/* A private instance for the kernel's own use (pipes, shmem): no namespace. NULL: no memory. */
struct mount *vfs_kern_mount(const char *fstype);
/* Boot: mount the root file system and make it everyone's root. May sleep. */
int __must_check vfs_mount_root(struct vfs_ctx *ctx, const char *source, const char *fstype, unsigned long flags,
				const char *options);
struct mount_ns *mount_ns_copy(struct mount_ns *ns, struct vfs_ctx *ctx);	/* CLONE_NEWNS; NULL: no memory */
struct mount_ns *mount_ns_get(struct mount_ns *ns);
void mount_ns_put(struct mount_ns *ns);
/* Text of a path as seen from `root`: returns pointer into buf, or NULL with *err = -ENAMETOOLONG. Adds " (deleted)".
 * unreachable is set when it lies outside root. Any context that may take spin locks. */
char *d_path(const struct path *path, const struct path *root, char *buf, size_t size, bool *unreachable);
