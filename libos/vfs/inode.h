/* SPDX-License-Identifier: MIT */
/*
 * inode: one file-system object. There is exactly one struct inode per (super block, number) in memory.
 *
 * Life: inode_alloc() -> I_NEW, locked by its creator -> filled -> inode_unlock_new() -> referenced and found by
 * inode_lookup() -> last inode_put(): nlink 0 -> evict at once; else parked on the super block's LRU until
 * memory is short or the super block goes -> evict -> freed after a grace period (look-ups are lock-free).
 *
 * Locking. `lock` (class "inode") serialises changes of a directory's entries and of a file's size and attributes;
 * directory before file, ancestors before descendants (vfs/rename.c has the order for two). `meta` protects
 * times and mode against torn reads by lock-free stat: writers hold it, readers retry.
 */
#pragma once

#include "abi/ioctl.h"
#include "abi/stat.h"
#include "lib/hlist.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "mm/pagecache.h"
#include "sync/rcu.h"
#include "sync/rwsem.h"
#include "sync/seqlock.h"
#include "time/clock.h"

struct cred;
struct dentry;
struct dnotify;
struct file;
struct file_ops;
struct inode;
struct kstat;
struct kstatfs;
struct path;
struct posix_acl;
struct super_block;

enum inode_state { I_NEW = 1, I_DIRTY_META = 2, I_DIRTY_TIME = 4, I_FREEING = 8, I_DEAD_DIR = 16,
		   I_TMPFILE = 32 /* O_TMPFILE: link(2) may give it a name */,
		   I_NOSEC = 64 /* has no security.capability: nobody need look again */ };

/* Field legend: [I] immutable, [a] atomic, [i] inode->lock, [m] inode->meta (seqlock), [s] spin, [r] RCU,
 * [l] the super block's list_lock */
struct inode {
	uint32_t mode;			/* [m] type and permissions */
	uint32_t uid, gid;		/* [m] */
	uint32_t nlink;			/* [i] */
	uint64_t ino;			/* [I] */
	uint64_t rdev;			/* [I] device number of a node: makedev(3) form */
	loff_t size;			/* [i] written under lock, read atomically anywhere */
	uint64_t blocks;		/* [s] in 512-byte units */
	struct timespec64 atime, mtime, ctime, btime;	/* [m] */
	const struct inode_ops *ops;	/* [I] after I_NEW */
	const struct file_ops *fops;	/* [I] after I_NEW */
	struct super_block *sb;		/* [I] */
	struct address_space mapping;	/* own locks; mapping.host == this inode */
	struct rwsem lock;
	struct seqlock meta;
	struct spinlock spin;
	struct refcount refs;		/* [a] */
	uint32_t state;			/* [s] enum inode_state */
	uint32_t flags;			/* [s] S_APPEND, S_IMMUTABLE, S_NOATIME, S_SYNC as FS_*_FL */
	uint32_t generation;		/* [I] */
	int writers;			/* [a] > 0: open for writing; < 0: being executed (ETXTBSY) */
	bool times_seen;		/* [a] somebody looked at them since they changed last */
	uint64_t version;		/* [a] bumped at each change of content or attributes */
	struct hlist_node hash;		/* [r] inode cache */
	struct list_head lru;		/* [l] super block's list */
	struct list_head sb_link;	/* [l] */
	struct list_head dirty_link;	/* [l] while pages or attributes are dirty: sb->dirty, oldest first */
	uint64_t dirtied_ns;		/* [l] when it got there */
	struct list_head aliases;	/* [s] dentries of this inode */
	struct posix_acl *acl[2];	/* [r] vfs/acl.h: access, default; NULL: none */
	struct file_lock_context *locks;	/* [s] flock and record locks; NULL: none ever */
	struct list_head watches;	/* [s] inotify */
	struct dnotify *dnotify;	/* [s] folders: F_NOTIFY */
	void *private;			/* [I] the file system's, the pipe's, the device's */
	/* [I] set at eviction: the super block may be gone by the grace period */
	void (*sb_ops_free)(struct inode *inode);
	struct rcu_head rcu;
};

/* Attribute change, decoded (chmod, chown, truncate, utimensat). */
enum iattr_valid { ATTR_MODE = 1, ATTR_UID = 2, ATTR_GID = 4, ATTR_SIZE = 8, ATTR_ATIME = 16, ATTR_MTIME = 32,
		   ATTR_CTIME = 64, ATTR_ATIME_SET = 128, ATTR_MTIME_SET = 256, ATTR_FORCE = 512,
		   ATTR_CHOWN = 1024 /* set-id bits go, even if no id was named */,
		   ATTR_TOUCH = 2048 /* both times to now: who may write may do it */,
		   ATTR_TIMES_SET = 4096 /* any other choice of times: its owner may */ };
struct iattr {
	unsigned valid;
	uint32_t mode, uid, gid;
	loff_t size;
	struct timespec64 atime, mtime, ctime;
};

/* Where a symbolic link's text goes: `text` stays valid until put() (NULL: static or inode-owned). */
struct link_text {
	const char *text;
	void (*put)(void *arg);
	void *arg;
};

/*
 * Operations of a directory or file. NULL slots get the default named on the right from inode_set_ops().
 * All are called with a reference on the inode, may sleep; dir operations with dir->lock held for writing.
 * New entries: d_instantiate(dentry, inode) is called by the operation on success. `cred`: whose the new object is
 * (inode_init_owner()).
 */
struct inode_ops {
	/* Find dentry->name; d_add(dentry, inode or NULL). dir->lock held for reading. Default: -ENOTDIR */
	int (*lookup)(struct inode *dir, struct dentry *dentry);
	int (*create)(struct inode *dir, struct dentry *dentry, uint32_t mode, const struct cred *cred); /* -EACCES */
	int (*mkdir)(struct inode *dir, struct dentry *dentry, uint32_t mode, const struct cred *cred);	/* -EPERM */
	int (*mknod)(struct inode *dir, struct dentry *dentry, uint32_t mode, uint64_t rdev,
		     const struct cred *cred);							/* -EPERM */
	/* -EPERM */
	int (*symlink)(struct inode *dir, struct dentry *dentry, const char *text, const struct cred *cred);
	int (*link)(struct dentry *old, struct inode *dir, struct dentry *dentry);	/* -EPERM */
	int (*unlink)(struct inode *dir, struct dentry *dentry);			/* -EPERM */
	int (*rmdir)(struct inode *dir, struct dentry *dentry);			/* -EPERM */
	/* flags: RENAME_NOREPLACE, RENAME_EXCHANGE, ... Both dirs locked. -EPERM; -EINVAL for unknown flags */
	int (*rename)(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new,
		      unsigned flags);
	/* O_TMPFILE: an inode without a name. -EOPNOTSUPP */
	int (*tmpfile)(struct inode *dir, uint32_t mode, const struct cred *cred, struct inode **out);
	/* Text of a symbolic link; `dentry` may be NULL under RCU walk: then -ECHILD to be called again. -EINVAL */
	int (*get_link)(struct dentry *dentry, struct inode *inode, struct link_text *out);
	/*
	 * A magic link (procfs): the path itself, with references; -EOPNOTSUPP: go by the text. Precedes
	 * get_link in walks.
	 */
	int (*get_path)(struct dentry *dentry, struct inode *inode, struct path *out);
	/* inode->lock held for writing. Default: setattr_copy() after setattr_prepare() */
	int (*setattr)(struct dentry *dentry, const struct iattr *attr);
	/* Default: generic_fillattr(). Must not sleep when `rcu`; -ECHILD asks to be called outside RCU. */
	int (*getattr)(struct inode *inode, struct kstat *out, bool rcu);
	/* Extra access rules (procfs); called after nothing else. mask MAY_*. Default: generic_permission() */
	int (*permission)(struct inode *inode, const struct cred *cred, int mask);
	/* Extended attributes, full name with prefix. size 0 asks for the length. -EOPNOTSUPP */
	ssize_t (*getxattr)(struct inode *inode, const char *name, void *value, size_t size);
	int (*setxattr)(struct inode *inode, const char *name, const void *value, size_t size, int flags);
	ssize_t (*listxattr)(struct inode *inode, char *list, size_t size);
	int (*removexattr)(struct inode *inode, const char *name);
	/*
	 * POSIX ACLs (vfs/acl.h), type enum posix_acl_type; both or neither: system.posix_acl_* do not reach the
	 * operations above, but for listxattr. get: *out with a reference, NULL: none. May run under inode->lock or
	 * without. set: inode->lock held for writing; store the list (NULL: none) and, of the access list, the whole
	 * mode too.
	 */
	int (*get_acl)(struct inode *inode, int type, struct posix_acl **out);
	int (*set_acl)(struct inode *inode, int type, const struct posix_acl *acl, uint32_t mode);
};

enum may_mask { MAY_EXEC = 1, MAY_WRITE = 2, MAY_READ = 4, MAY_APPEND = 8, MAY_NOT_BLOCK = 128 };

/* New inode of sb, I_NEW, one reference, not hashed; NULL: no memory. May sleep. */
struct inode *inode_alloc(struct super_block *sb);
/* Find by number in the inode cache, or allocate as I_NEW (caller fills it, then inode_unlock_new or
 * inode_fail_new). Waits for another's I_NEW. NULL: no memory. May sleep. */
struct inode *inode_get_locked(struct super_block *sb, uint64_t ino);
/* Find by number only; NULL if not cached. May sleep. */
struct inode *inode_find(struct super_block *sb, uint64_t ino);
/* Put an inode made by inode_alloc() into the inode cache under inode->ino. */
void inode_hash_insert(struct inode *inode);
void inode_unlock_new(struct inode *inode);
void inode_fail_new(struct inode *inode);
/*
 * Is what is written, or a name that is made or removed, to be durable when the call returns: mount(8), sync and
 * dirsync; chattr(1), S and D. Any context.
 */
bool inode_is_sync(const struct inode *inode);
bool inode_is_dirsync(const struct inode *inode);
/* Set-id bits that a change of a file's content or size by this caller takes away. inode->lock held. */
uint32_t inode_setid_lost(const struct inode *inode, const struct cred *cred);
/*
 * A write takes set-id bits away, from who may not set them, and file capabilities: write(2). inode->lock held for
 * writing, outside of transactions; may sleep.
 */
void inode_drop_privs(struct inode *inode, const struct cred *cred);
/* File capabilities alone (chown, truncate). 0 or -errno. As above. */
int __must_check inode_drop_caps(struct inode *inode);
struct inode *inode_get(struct inode *inode);
/* Drop a reference; the last may evict: may sleep. NULL is allowed. */
void inode_put(struct inode *inode);
/*
 * Initialise owner, mode and times of a new object in `dir` by Linux's rules (set-gid directories, umask
 * applied before).
 */
void inode_init_owner(struct inode *inode, const struct inode *dir, uint32_t mode, const struct cred *cred);
/* mode's type decides fops/ops for FIFOs, device nodes and sockets. */
void inode_init_special(struct inode *inode, uint32_t mode, uint64_t rdev);
/* What opening a FIFO (ipc/) or a block device node does. At INIT_VFS or before, ahead of any open. */
void inode_set_fifo_ops(const struct file_ops *ops);
void inode_set_blkdev_ops(const struct file_ops *ops);
void inode_mark_dirty(struct inode *inode, unsigned what);	/* I_DIRTY_META or I_DIRTY_TIME */
void inode_set_nlink(struct inode *inode, uint32_t nlink);
void inode_inc_nlink(struct inode *inode);
void inode_drop_nlink(struct inode *inode);
/* The folder has lost its last name: nothing is made in it any more. inode->lock held for writing. */
void inode_set_dead_locked(struct inode *inode);
/*
 * Access rules: owner, access list or group, other, then CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH. 0 or -EACCES. Sleeps
 * when a list must be read, unless MAY_NOT_BLOCK: then -ECHILD.
 */
int __must_check generic_permission(struct inode *inode, const struct cred *cred, int mask);
/* Store what attr says, sizes excepted. inode->lock held. */
void setattr_copy(struct inode *inode, const struct iattr *attr);
/* generic or the inode's own, plus read-only file system and immutable checks. */
int __must_check inode_permission(struct inode *inode, const struct cred *cred, int mask);
void generic_fillattr(struct inode *inode, struct kstat *out);
/* Update times: an access by the rules of relatime or always, path_touch_atime() knows; a change at once. */
void inode_touch_atime(struct inode *inode, bool relatime);
void inode_touch_mtime(struct inode *inode);
void inode_touch_ctime(struct inode *inode);
struct timespec64 inode_now(struct inode *inode);	/* truncated to the file system's granularity */
/*
 * The next inode of sb that became dirty at or before before_ns, with a reference; it counts as dirtied now. NULL:
 * none. Context: thread, no spin locks.
 */
struct inode *inode_next_dirty(struct super_block *sb, uint64_t before_ns);
/* It was written: off the list if nothing of it is dirty. */
void inode_check_clean(struct inode *inode);
/*
 * Free up to nr unused inodes that are clean and have no pages, of volumes that nobody is mounting or unmounting. How
 * many; 0 also when others are at it. May sleep; locks of inodes and volumes may be held.
 */
unsigned long inode_drop_unused(unsigned long nr);
/* Evict all unused inodes of a super block (umount). May sleep. */
void inode_evict_sb(struct super_block *sb);
/* The same, until all are gone but the file system's own: waits for who holds one for a moment. Sleeps. */
void inode_evict_sb_wait(struct super_block *sb);
/* ETXTBSY accounting. */
int __must_check inode_get_write(struct inode *inode);
void inode_put_write(struct inode *inode);
int __must_check inode_deny_write(struct inode *inode);
void inode_allow_write(struct inode *inode);
