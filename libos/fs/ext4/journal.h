/* SPDX-License-Identifier: MIT */
/*
 * journal: changes of meta data that reach the disk together or not at all. For the files of this folder.
 *
 * Model. A change runs inside a handle. Handles join the one running transaction; what they change is collected
 * there by block number. A commit closes the transaction, waits for its handles, writes the data that must be there
 * first (ordered mode), then the changed blocks to the log, a flush, the commit record, a flush. From then on they
 * are durable and may be written in place (checkpoint). The next transaction runs meanwhile.
 *
 *	  start: join                   last stop            data on disk         copies in log        record in log
 *	(none) ----> RUNNING --commit--> LOCKED --> DATA ----------------> LOG ----------------> RECORD -----------+
 *	                                                                                                           |
 *	(freed) <--- nothing left to write in place, the log's tail moved behind it <--- COMMITTED <---------------+
 *
 * A volume without a journal has the same interface: blocks are then written in place some time after they were
 * dirtied, or by ext4_journal_commit_wait(), in no order.
 *
 * Use. In one handle, for each block: ext4_journal_get_write() or _get_new(), change buf->data, ext4_journal_dirty(),
 * ext4_buf_put(). A change that needs several blocks is atomic when all are in one handle. Handles nest by thread: an
 * inner start returns the outer handle and takes more blocks for it if there is room.
 *
 * Locking. A handle counts as a sleeping lock: inside inode->lock, outside of page locks (a thread that holds a page
 * lock must have its handle already), of i_data and of group locks. Whoever holds a handle must not wait for a commit.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct ext4_buf;
struct ext4_disk_super;
struct ext4_fs;
struct ext4_handle;
struct ext4_inode;

/* What the journal asks of allocator and files: fs->journal_ops, set before the first handle. NULL slots: nothing. */
struct ext4_journal_ops {
	/*
	 * Write this file's dirty pages that have blocks on disk already (start no handle, allocate nothing) and wait
	 * for them and for its earlier writes. 0 or -errno. Called by the commit of the transaction it was named in.
	 */
	int (*write_ordered)(struct ext4_inode *inode);
	/*
	 * What transaction tid and earlier ones freed may be used again. By the commit, may sleep, takes no handle.
	 * Not called on volumes without a journal: there freed blocks may be used again at once.
	 */
	void (*blocks_committed)(struct ext4_fs *fs, uint32_t tid);
};

/* Does the volume have a journal that is in use? */
bool ext4_has_journal(const struct ext4_fs *fs);

/*
 * Begin, with room for changes of `blocks` blocks. 0; -EROFS: mounted read-only, or aborted; -ENOSPC: more than a
 * transaction can ever hold; -ENOMEM. May sleep: for room in the log, for a commit.
 */
int __must_check ext4_journal_start(struct ext4_fs *fs, unsigned blocks, struct ext4_handle **out);
/* Room for more. 0, or 1: the transaction is full; the caller restarts, or stops. Does not sleep. */
int __must_check ext4_journal_extend(struct ext4_handle *h, unsigned blocks);
/*
 * End this transaction's part and go on in another: for long truncates, at a point where the volume is consistent.
 * Blocks must be got again before they are changed. Errors as ext4_journal_start(); the handle must still be stopped,
 * and refuses changes. Must not be called in an inner handle. May sleep.
 */
int __must_check ext4_journal_restart(struct ext4_handle *h, unsigned blocks);
/* End. 0, or -EIO when the journal was aborted meanwhile. On a sync mount waits for the commit. May sleep. */
int __must_check ext4_journal_stop(struct ext4_handle *h);
/* The handle is to be durable when its outermost stop returns (O_SYNC, dirsync). */
void ext4_journal_set_sync(struct ext4_handle *h);
/* Nobody waits for it to be durable, on a sync mount neither: the caller has something that other handles wait for. */
void ext4_journal_set_lazy(struct ext4_handle *h);
/* Blocks that may still be changed in this handle. */
unsigned ext4_journal_credits(const struct ext4_handle *h);
/* The calling thread's open handle on fs, or NULL. */
struct ext4_handle *ext4_journal_current(const struct ext4_fs *fs);

/*
 * Before the first change of an existing block in this handle; buf is held (ext4_buf_get()). 0, -ENOMEM, -EROFS after
 * an abort. May sleep. Several threads may change different parts of one block, each under its own lock.
 */
int __must_check ext4_journal_get_write(struct ext4_handle *h, struct ext4_buf *buf);
/* A newly allocated meta data block: zeroed, not read. buf is filled in; the caller puts it. As above, or -EIO. */
int __must_check ext4_journal_get_new(struct ext4_handle *h, uint64_t block, struct ext4_buf *buf);
/* What the journal holds of a block that is perhaps not in its place yet, into `to`. False: nothing. */
bool ext4_journal_read(struct ext4_fs *fs, uint64_t block, void *to);
/* After the change, its checksum set. Always 0 or -EROFS after an abort; does not sleep. */
int __must_check ext4_journal_dirty(struct ext4_handle *h, struct ext4_buf *buf);
/*
 * Meta data blocks (in data=journal mode, data too) were freed in this handle: their changes are void, older copies in
 * the log are revoked, nothing is written to them any more once this transaction has committed. 0 or -ENOMEM. May
 * sleep.
 */
int __must_check ext4_journal_forget(struct ext4_handle *h, uint64_t block, unsigned count);
/* Ordered mode: the file's dirty data is written before this transaction commits. Nothing in the other modes. */
int __must_check ext4_journal_order(struct ext4_handle *h, struct ext4_inode *inode);
/*
 * Dirty pages of the file are about to be dropped, and what lets nobody see its blocks is in the running transaction,
 * or in an older one; when the commit under way is to write them first, they are written here. Errors are the
 * mapping's. No page is locked. May sleep.
 */
void ext4_journal_write_ordered(struct ext4_inode *inode);
/* The inode leaves memory: forget that it was ordered; waits if a commit is writing it. At eviction, pages gone. */
void ext4_journal_inode_gone(struct ext4_inode *inode);

/* Number of the handle's transaction, kept by the inode for fsync: i_sync_tid, i_datasync_tid. */
uint32_t ext4_journal_tid(const struct ext4_handle *h);
/* The transaction that has the newest changes of all; 0: there is no journal. Not under the journal's lock. */
uint32_t ext4_journal_newest(struct ext4_fs *fs);
/*
 * fsync: transaction tid is durable, and with it all writes that had completed before the call. Commits it if nobody
 * does; all who wait share the commit. 0, -EIO. No handle is held. May sleep.
 */
int __must_check ext4_journal_commit_wait(struct ext4_fs *fs, uint32_t tid);
/* Have the running transaction committed soon (ENOSPC: freed blocks wait for it). True: there was one. Never waits. */
bool ext4_journal_kick(struct ext4_fs *fs);
/* Commit everything there is, and wait. 0 or -EIO. No handle is held. May sleep. */
int __must_check ext4_journal_commit_all(struct ext4_fs *fs);

/*
 * The super block, to change it in a handle: *disk points into buf. ext4_super_end() sets the checksum and dirties it.
 * Between the two a mutex is held. One block of the handle.
 */
int __must_check ext4_super_begin(struct ext4_handle *h, struct ext4_buf *buf, struct ext4_disk_super **disk);
int __must_check ext4_super_end(struct ext4_handle *h, struct ext4_buf *buf);

/*
 * The volume is broken, or could not be written: logs "ext4 (vda1): TEXT", marks the super block, and does what errors=
 * says: go on, make the mount read-only (the journal is aborted), panic. Any thread context that may sleep, also inside
 * a handle.
 */
void ext4_error(struct ext4_fs *fs, const char *fmt, ...) __printf(2, 3);
/* The same for what was logged already. */
void ext4_handle_error(struct ext4_fs *fs);
/* An error made the mount read-only: what is dirty in memory never reaches the disk. */
bool ext4_is_aborted(const struct ext4_fs *fs);
