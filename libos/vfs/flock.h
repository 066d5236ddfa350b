/* SPDX-License-Identifier: MIT */
/*
 * flock: advisory locks on files: whole-file locks of flock(2), and record locks of fcntl(2), POSIX's (owned by a
 * process) and Linux's own (owned by an open file).
 *
 * Sources: flock(2), fcntl(2), POSIX.1-2017 fcntl().
 */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"

struct file;
struct inode;

enum file_lock_type { FILE_LOCK_NONE, FILE_LOCK_READ, FILE_LOCK_WRITE };
enum file_lock_kind { FILE_LOCK_POSIX, FILE_LOCK_OFD, FILE_LOCK_WHOLE };

#define FILE_LOCK_EOF	INT64_MAX	/* `end` of a range without end */

/* A record lock asked for, or found. A value. */
struct file_lock {
	struct list_head link;		/* the inode's list; not the caller's */
	enum file_lock_type type;
	enum file_lock_kind kind;
	loff_t start, end;		/* first and last byte */
	const void *owner;		/* POSIX: the descriptor table; OFD: the open file */
	int pid;			/* of the outermost PID namespace; OFD: -1 */
};

/*
 * flock(2): type NONE unlocks. wait: sleep until it is free; pid: as below. 0, -EAGAIN, -ERESTARTSYS,
 * -ENOMEM. May sleep.
 */
int __must_check file_flock(struct file *file, enum file_lock_type type, bool wait, int pid);

/*
 * Set or (type NONE) clear a range; ranges of the same owner are split and joined. 0, -EAGAIN, -EDEADLK (POSIX,
 * wait), -ERESTARTSYS, -ENOMEM. May sleep.
 */
int __must_check record_lock_set(struct inode *inode, const struct file_lock *want, bool wait);
/* Is there a lock in the way of `lock`? Then true, and *lock tells which. May sleep. */
bool record_lock_test(struct inode *inode, struct file_lock *lock);

/* A descriptor of the inode is closed by this descriptor table: its POSIX locks go. Any file. May sleep. */
void file_locks_close(struct file *file, const void *owner);
/* The last reference of an open file goes: its flock and OFD locks go. May sleep. */
void file_locks_release(struct file *file);
/* The inode goes. */
void file_locks_free(struct inode *inode);

/*
 * Call fn for each lock that is held, of one inode or of all, and after it, with `waits`, for each that waits for it.
 * kind FILE_LOCK_WHOLE: of flock(2), owned by the open file. fn may not lock or unlock. May sleep.
 */
typedef void (*file_lock_fn)(const struct inode *inode, const struct file_lock *lock, bool waits, void *arg);
void file_locks_of(const struct inode *inode, file_lock_fn fn, void *arg);
void file_locks_all(file_lock_fn fn, void *arg);
