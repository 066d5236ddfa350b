/* SPDX-License-Identifier: MIT */
/*
 * dentry: a name in a directory, cached; positive (has an inode) or negative (known not to exist).
 *
 * Walks take no lock and no reference on the fast path: the hash chains and the dentries on them are freed by
 * RCU; `seq` changes whenever name, parent or inode change, and a walker re-reads it; rename_seq guards
 * whole-path consistency for `..` and d_path. A walk that meets a change, or needs to sleep, starts again
 * taking references.
 */
#pragma once

#include "lib/hlist.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/rcu.h"
#include "sync/seqlock.h"
#include "sync/spinlock.h"

struct dentry;
struct inode;
struct super_block;

#define DNAME_INLINE	40

struct qstr {
	const char *name;		/* not necessarily NUL-terminated */
	uint32_t len;
	uint32_t hash;
};

enum dentry_flags {
	D_MOUNTED = 1,			/* something is mounted here in some namespace */
	D_UNHASHED = 2,			/* removed or never entered: walks must not find it */
	D_DISCONNECTED = 4,
	D_REVALIDATE = 8,		/* ops->revalidate must be asked at each walk */
};

struct dentry_ops {
	/* 1: still valid, 0: drop it and look up again, -ECHILD: ask again outside RCU. */
	int (*revalidate)(struct dentry *dentry, bool rcu);
	/* true: do not keep unused */
	bool (*drop)(const struct dentry *dentry);
	/* Name for d_path of objects without a directory ("pipe:[123]"). Writes into buf, returns length. */
	int (*dname)(struct dentry *dentry, char *buf, size_t size);
};

/* Field legend: [I] immutable, [a] atomic, [d] dentry->lock, [q] written under lock inside seq, [p] parent's lock,
 * [i] inode->spin, [l] the LRU's lock */
struct dentry {
	struct seqcount seq;
	uint32_t flags;			/* [d] */
	struct hlist_node hash;		/* [r] */
	struct dentry *parent;		/* [q] itself for a root */
	struct qstr name;		/* [q] points to inline_name or an RCU-freed block; NUL-terminated */
	struct inode *inode;		/* [q] NULL: negative */
	const struct dentry_ops *ops;	/* [I] */
	struct super_block *sb;		/* [I] */
	struct spinlock lock;
	int refs;			/* [a] < 0: dead */
	void *private;			/* [I] the file system's */
	struct list_head sibling;	/* [p] */
	struct list_head children;	/* [d] */
	struct list_head alias;		/* [i] */
	struct list_head lru;		/* [l] */
	bool on_lru;			/* [l] */
	struct rcu_head rcu;
	char inline_name[DNAME_INLINE];	/* [q] */
};

struct dentry *dget(struct dentry *dentry);
/* One that may be going: under RCU, or inode->spin for one of the inode's aliases. False: it is dead. */
bool __must_check dentry_try_get(struct dentry *dentry);
void dput(struct dentry *dentry);			/* may sleep; NULL allowed */
/* New negative, unhashed child of `parent` with one reference; NULL: no memory. */
struct dentry *d_alloc(struct dentry *parent, const struct qstr *name);
/* Root of a super block; takes over the inode reference. NULL: no memory (inode put). */
struct dentry *d_make_root(struct inode *inode);
/* A dentry without directory, for pipes and anonymous files. */
struct dentry *d_alloc_pseudo(struct super_block *sb, const char *name, const struct dentry_ops *ops);
/* From lookup: attach inode (reference taken over; NULL: negative) and enter into the cache. */
void d_add(struct dentry *dentry, struct inode *inode);
/* From create etc.: make a negative dentry positive; inode reference taken over. */
void d_instantiate(struct dentry *dentry, struct inode *inode);
/* Name is gone (unlink, rmdir): negative if nobody else holds it, else unhashed. */
void d_delete(struct dentry *dentry);
void d_drop(struct dentry *dentry);			/* unhash: next walk asks the file system */
void d_move(struct dentry *dentry, struct dentry *target);	/* rename: dentry takes target's place */
void d_exchange(struct dentry *a, struct dentry *b);
/* Cached child by name with a reference, or NULL. */
struct dentry *d_lookup(struct dentry *parent, const struct qstr *name);
bool d_is_ancestor(const struct dentry *ancestor, const struct dentry *dentry);
/* Does `inode` belong to a folder above dentry? A look-up that finds one is on a damaged volume. */
bool d_inode_is_above(const struct dentry *dentry, const struct inode *inode);
/* Hash of a name within a directory; the one used in qstr.hash. */
uint32_t d_name_hash(const struct dentry *parent, const char *name, size_t len);
static inline struct inode *d_inode(const struct dentry *dentry) { return dentry->inode; }
/* Free all unused dentries there are: how many; those of a super block. May sleep. */
unsigned long d_drop_unused(void);
void d_shrink_sb(struct super_block *sb);
/* Free all of a super block, and wait for who holds one for a moment: nobody gets new ones (umount). Sleeps. */
void d_end_sb(struct super_block *sb);
