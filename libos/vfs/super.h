/* SPDX-License-Identifier: MIT */
/*
 * super block: a mounted file-system instance; and the registry of file-system types.
 */
#pragma once

#include "abi/statfs.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "sync/mutex.h"
#include "sync/rwsem.h"
#include "sync/spinlock.h"

struct bdev;
struct dentry;
struct inode;
struct kstatfs;
struct strbuf;
struct super_block;

enum sb_flags { SB_RDONLY = 1, SB_NOSUID = 2, SB_NODEV = 4, SB_NOEXEC = 8, SB_SYNCHRONOUS = 16, SB_DIRSYNC = 128,
		SB_NOATIME = 1024, SB_KERNMOUNT = 1 << 22 };
/* What mount(2) sets of them, and remount changes. */
#define SB_SETTABLE	(SB_RDONLY | SB_SYNCHRONOUS | SB_DIRSYNC)

struct super_ops {
	/* Memory for an inode with the file system's part around it; default: plain struct inode. */
	struct inode *(*alloc_inode)(struct super_block *sb);
	void (*free_inode)(struct inode *inode);	/* after the grace period */
	/* Last reference is gone, there are no names, and its dirty pages are about to be dropped. May sleep. */
	void (*evict_pages)(struct inode *inode);
	/* Last reference is gone. nlink 0: free the object on disk too. Pages are already gone. May sleep. */
	void (*evict_inode)(struct inode *inode);
	int (*write_inode)(struct inode *inode, bool wait);
	/* An unused, clean inode may leave memory. No sleeping: sb->list_lock is held. NULL: it may. */
	bool (*may_drop)(const struct inode *inode);
	void (*dirty_inode)(struct inode *inode, unsigned what);
	int (*sync_fs)(struct super_block *sb, bool wait);
	int (*statfs)(struct super_block *sb, struct kstatfs *out);
	int (*remount)(struct super_block *sb, unsigned flags, const char *options);
	/* Would one more mount's options do? They are not applied. 0 or -errno. NULL: always. */
	int (*check_options)(struct super_block *sb, const char *options);
	void (*put_super)(struct super_block *sb);	/* after all inodes are gone */
	void (*show_options)(struct super_block *sb, struct strbuf *out);	/* ",name=value" form */
};

/* Field legend: [I] immutable after mount, [a] atomic, [u] umount lock, [l] list_lock, [s] supers.lock */
struct super_block {
	const struct fs_type *type;	/* [I] */
	const struct super_ops *ops;	/* [I] */
	struct dentry *root;		/* [I] */
	struct bdev *bdev;		/* [I] NULL for memory file systems */
	uint64_t dev;			/* [I] st_dev of its inodes */
	uint32_t flags;			/* [u] enum sb_flags */
	uint32_t magic;			/* [I] f_type of statfs */
	uint32_t block_size;		/* [I] bytes */
	uint8_t block_bits;		/* [I] */
	loff_t max_bytes;		/* [I] largest file */
	uint32_t time_gran_ns;		/* [I] */
	int64_t time_min, time_max;	/* [I] seconds of the first and last time it can store */
	struct refcount refs;		/* [a] one per mount and per open file */
	struct rwsem umount;
	bool dead;			/* [u] put_super() ran: nothing of it but this is left */
	bool to_readonly;		/* [a] a remount for reading has begun: no new writers */
	uint64_t wb_err;		/* [a] write-back errors of its files, for syncfs(2): lib/errseq.h */
	unsigned holders;		/* [s] its own life, and walks over the list that are at it */
	struct mutex write_lock;	/* class "sb_write": one round over `dirty` at a time; inside umount */
	struct spinlock list_lock;
	unsigned long nr_dentries;	/* [a] with their inodes: none is left when it is 0 */
	unsigned long nr_inodes;	/* [l] */
	unsigned long own_inodes;	/* [u] of these the file system's own, which put_super() lets go */
	struct list_head inodes;	/* [l] */
	struct list_head dirty;		/* [l] */
	struct list_head lru;		/* [l] unused inodes */
	struct list_head link;		/* [s] all super blocks */
	char id[32];			/* [I] name for messages: "vda1" */
	char *source;			/* [I] device or label text, owned; NULL: none */
	void *private;			/* [I] the file system's */
};

enum fs_type_flags { FS_REQUIRES_DEV = 1, FS_SINGLE = 2 /* one instance: proc, sysfs, devtmpfs */ };

struct fs_type {
	const char *name;
	unsigned flags;
	/*
	 * Fill a fresh super block: ops, root, magic... `source` is the device or label text, `options` may be
	 * NULL. 0 or -errno. May sleep.
	 */
	int (*fill_super)(struct super_block *sb, const char *source, const char *options);
	/* Is a living instance what a mount by the current task shows? May not sleep. NULL: the flags decide. */
	bool (*serves)(const struct super_block *sb);
	struct list_head link;
};

int __must_check fs_register(struct fs_type *type);
struct fs_type *fs_find(const char *name);
/* For /proc/filesystems: calls fn for each type. */
void fs_for_each(void (*fn)(const struct fs_type *type, void *arg), void *arg);
/* Call fn for each super block that nobody is unmounting or remounting. fn may sleep. */
void super_for_each(void (*fn)(struct super_block *sb, void *arg), void *arg);
/* The same for who may hold any of their locks: those that can be had without waiting. */
void super_try_each(void (*fn)(struct super_block *sb, void *arg), void *arg);
/* Write back everything dirty; sb->umount held, for reading at least. The first error, or 0. Sleeps. */
int __must_check super_sync(struct super_block *sb, bool wait);
/* The same for who does not hold the lock: waits for a remount. */
int __must_check super_syncfs(struct super_block *sb);
/* The same of every volume, those that are being unmounted or remounted among them; and of devices. Sleeps. */
void super_sync_all(void);
