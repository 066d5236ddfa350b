/* SPDX-License-Identifier: MIT */
/*
 * log: what the journal's own files share (journal.c, commit.c, revoke.c, checkpoint.c, recovery.c, log.c). The rest of
 * the folder sees journal.h.
 *
 * Model. The log is a ring of blocks [first, last) in the journal's file. From `tail` to `head` it holds transactions
 * whose blocks are perhaps not in place yet; `tail` is what the log's super block says.
 *
 * A changed block has a struct jblock, found by its number, that holds its page in memory. It has a slot for the
 * running and one for the committing transaction (their numbers differ by one: the lowest bit chooses), and stands on
 * the checkpoint list of the last committed transaction that changed it.
 *
 *	            get_write            commit                      written in place
 *	(no jblock) --------> slot[t&1] --------> checkpoint of t --------------------> (freed)
 *	                          ^                    |
 *	                          +---- get_write -----+    (stays on the list until the newer one commits)
 *
 * Invariants
 *  (1) The page of a block with a slot or on a checkpoint list is in memory, clean for the page cache: only
 *      checkpoint.c writes it.
 *  (2) A block is written in place only while no slot has changes of it that are not committed; if it gets
 *      some during the write, it counts as not written.
 *  (3) What the log needs from a committing transaction is the block as it was when that closed: who changes it for
 *      the next one copies it first (slot.frozen), unless it is in the log already (slot.logged).
 *  (4) The tail moves behind a transaction when all its blocks are in place or in newer committed ones, the device was
 *      flushed since, and only then is that part of the ring used again, after the log's super block is durable.
 *  (5) tids are consecutive; at most one transaction is running and at most one is committing.
 *  (6) head - tail + what the running transaction may take stays below the size of the ring.
 *
 * Locking. j->lock (class "ext4_journal", thread context) for all of it; j->tail_lock (mutex, class "ext4_checkpoint")
 * for writing in place and moving the tail, taken outside; "committer" is a role, taken under j->lock.
 */
#pragma once

#include "fs/ext4/ext4.h"
#include "lib/list.h"
#include "sync/completion.h"
#include "sync/mutex.h"
#include "sync/waitq.h"

#define LOG_BLOCK_TAIL	4u		/* checksum at the end of descriptor and revoke blocks */
#define LOG_UUID_SIZE	16u
#define LOG_SLACK	32u		/* blocks of the ring that starts leave alone: revokes that come unannounced */

#define CHECKPOINT_BATCH	512u	/* blocks in place at a time */

struct ext4_commit;

/* The log on disk. Field legend: [I] after ext4_log_open(), [o] set once more when it is opened for writing */
struct ext4_log {
	struct ext4_fs *fs;		/* [I] */
	struct inode *inode;		/* [I] a reference */
	uint32_t first, last;		/* [I] the ring: [first, last) */
	uint32_t start;			/* [I] as found: where the log begins; 0: empty */
	uint32_t sequence;		/* [I] as found: of the first transaction */
	uint32_t version;		/* [I] JBD2_SUPER_V1, _V2 */
	uint32_t features;		/* [o] incompatible ones */
	uint32_t compat;		/* [o] */
	uint32_t csum_seed;		/* [I] */
	uint32_t tag_size;		/* [o] follows features */
	uint32_t error;			/* [I] s_errno as found */
};

enum txn_state { TXN_RUNNING, TXN_LOCKED, TXN_DATA, TXN_LOG, TXN_RECORD, TXN_COMMITTED };

/* Field legend: [I] immutable, [l] journal lock, [c] the committer's */
struct ext4_txn {
	uint32_t tid;			/* [I] */
	enum txn_state state;		/* [l] */
	unsigned updates;		/* [l] open handles */
	unsigned nr_blocks;		/* [l] on `blocks` */
	unsigned credits;		/* [l] promised to open handles, not used yet */
	unsigned nr_revoked;		/* [l] */
	unsigned log_left;		/* [l] blocks of the ring the commit may still take */
	bool changed;			/* [l] something is to be committed */
	uint64_t start_ns;		/* [I] */
	struct list_head blocks;	/* [l] jslot.link */
	struct list_head inodes;	/* [l] struct ordered */
	struct xarray revoked;		/* [l] block numbers */
	struct list_head link;		/* [l] j->checkpoints, by tid */
	struct list_head checkpoint;	/* [l] jblock.checkpoint_link */
	uint32_t log_start;		/* [l] its first block in the ring */
	uint32_t log_end;		/* [l] the block behind its last */
};

/* One transaction's interest in a block. Field legend: [l] journal lock */
struct jslot {
	struct ext4_txn *txn;		/* [l] NULL: free */
	struct list_head link;		/* [l] txn->blocks */
	void *frozen;			/* [l] the block as txn has it, once a later one wants to change it */
	bool changed;			/* [a] ext4_journal_dirty() was called */
	bool forgotten;			/* [l] the block was freed: not logged; off all lists when txn has committed */
	bool logged;			/* [l] its content is on its way to the log, from a copy */
};

/* Field legend: [I] immutable, [l] journal lock */
struct jblock {
	uint64_t block;			/* [I] */
	struct page *page;		/* [l] a reference; of a file's data it may become another */
	void *data;			/* [l] in page */
	struct jslot slot[2];		/* [l] by tid & 1 */
	struct ext4_txn *checkpoint;	/* [l] NULL: in place */
	struct list_head checkpoint_link;	/* [l] */
	bool writing;			/* [l] in place, now */
	bool again;			/* [l] no journal: dirtied while being written */
};

/* A file whose data goes before a transaction; inode->ordered[] is the way back. Field legend: [l] journal lock */
struct ordered {
	struct list_head link;		/* [l] txn->inodes */
	struct ext4_inode *inode;	/* [l] NULL: it left memory */
	bool writing;			/* [l] the commit is at it: the inode must stay */
};

/* Field legend: [I] immutable while open, [l] lock, [t] tail_lock, [c] the committer's, [a] atomic */
struct ext4_journal {
	struct ext4_fs *fs;		/* [I] */
	struct ext4_log log;		/* [I] */
	bool logged;			/* [I] false: a volume without a journal */
	bool barrier;			/* [a] flush the disk's cache */
	bool ordered;			/* [a] data=ordered */
	unsigned max_blocks;		/* [I] of a transaction */
	uint64_t interval_ns;		/* [a] commit=: age at which a transaction is committed */
	struct spinlock lock;
	struct xarray blocks;		/* [l] number -> struct jblock */
	struct ext4_txn *running;	/* [l] */
	struct ext4_txn *committing;	/* [l] */
	struct list_head checkpoints;	/* [l] committed transactions, oldest first */
	struct ext4_txn *in_place;	/* [I] no journal: its checkpoint list has all dirty blocks */
	unsigned phase;			/* [l] no journal: 0 or 1, of handles that begin now */
	unsigned open[2];		/* [l][a] no journal: open handles by phase */
	uint32_t tid;			/* [l][a] of the running transaction, or the next one */
	uint32_t committed;		/* [l][a] last committed */
	uint32_t wanted;		/* [l][a] commit up to this one, soon */
	bool committer;			/* [l][a] somebody commits */
	int error;			/* [l][a] aborted */
	uint32_t head;			/* [l] next block of the ring to write */
	uint32_t tail;			/* [l] as the super block says */
	uint32_t tail_tid;		/* [l] */
	uint32_t free;			/* [l] blocks of the ring */
	bool empty;			/* [l] written by the committer: the log's super block says so */
	struct mutex tail_lock;
	struct mutex super_lock;	/* class "ext4_log_super": writes of the log's super block; inside all others */
	struct ext4_commit *commit;	/* [c] */
	struct jblock **batch;		/* [t] blocks being written in place */
	struct waitq wait;		/* tid, committed, committer, free, writing changed, or aborted */
	struct waitq wait_updates;	/* a locked transaction, or a phase, lost its last handle */
	struct waitq wait_thread;	/* the thread has something to do */
	struct thread *thread;		/* [I] commits what is old */
	bool thread_idle;		/* [l][a] it sleeps without a deadline */
	unsigned nr_blocks;		/* [l] struct jblocks: pages held */
	struct ext4_buf super;		/* [I] the log's super block */
};

/* Field legend: [c] own thread */
struct ext4_handle {
	struct ext4_fs *fs;		/* [c] */
	struct ext4_txn *txn;		/* [c] NULL: no journal, or restart failed */
	struct ext4_handle *outer;	/* [c] the thread's handle on another volume */
	unsigned credits;		/* [c] */
	unsigned nest;			/* [c] inner starts */
	unsigned phase;			/* [c] no journal: the one it began in */
	bool joined;			/* [c] no journal: it is counted there */
	bool sync;			/* [c] */
	bool lazy;			/* [c] its stop waits for no commit, on a sync mount neither */
	bool dead;			/* [c] restart failed: changes are refused */
};

/* Transaction numbers wrap around. */
static inline bool tid_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* --- log.c: the log's format --- */

/* The journal of fs: its inode, super block and geometry. 0 or -errno; ext4_log_close() in any case. May sleep. */
int __must_check ext4_log_open(struct ext4_fs *fs, struct ext4_log *log);
void ext4_log_close(struct ext4_log *log);
/* Features changed: what follows from them. */
void ext4_log_set_features(struct ext4_log *log, uint32_t features);
/* Where block `number` of the log lies on the volume, and how many of the at most max follow. May sleep. */
int __must_check ext4_log_map(const struct ext4_log *log, uint32_t number, uint32_t max, struct ext4_run *run);
static inline bool ext4_log_has_csum(const struct ext4_log *log)
{
	return log->features & (JBD2_INCOMPAT_CSUM_V2 | JBD2_INCOMPAT_CSUM_V3);
}
static inline uint32_t ext4_log_next(const struct ext4_log *log, uint32_t number)
{
	return number + 1 < log->last ? number + 1 : log->first;
}
/* Room for tags or revoked numbers: the block without its checksum. */
static inline uint32_t ext4_log_room(const struct ext4_log *log)
{
	return log->fs->block_size - (ext4_log_has_csum(log) ? LOG_BLOCK_TAIL : 0);
}
/* Checksums, as the log has them. */
uint32_t ext4_log_tail_csum(const struct ext4_log *log, const void *block);
uint32_t ext4_log_data_csum(const struct ext4_log *log, uint32_t sequence, const void *data);
uint32_t ext4_log_commit_csum(const struct ext4_log *log, const void *block);
uint32_t ext4_log_super_csum(const struct jbd2_super *super);
void ext4_log_header(void *block, enum jbd2_block_type type, uint32_t sequence);
/* Write the log's super block: the log begins at block start (0: empty) with transaction sequence. May sleep. */
int __must_check ext4_log_write_super(struct ext4_journal *j, uint32_t start, uint32_t sequence);

/* --- handle.c --- */

/* NULL: no memory. */
struct ext4_txn *ext4_txn_create(void);
void ext4_txn_free(struct ext4_txn *txn);
/* The thread is to commit up to tid, soon. */
void ext4_journal_want_locked(struct ext4_journal *j, uint32_t tid);
/* Blocks of the ring that a transaction with these takes at most. */
unsigned ext4_log_estimate(const struct ext4_log *log, unsigned nr_blocks, unsigned nr_revoked);

/* --- jblock.c --- */

/* Free a jblock that has no slot and no place on a list. j->lock held. */
void ext4_jblock_drop_locked(struct ext4_journal *j, struct jblock *jb);
/* Off the transaction's list; the caller frees it. j->lock held. */
void ext4_ordered_drop_locked(struct ext4_journal *j, struct ext4_txn *txn, struct ordered *o);
/* Whose slot of transaction tid it is. */
struct jblock *ext4_jslot_block(struct jslot *slot, uint32_t tid);

/* --- journal.c --- */

/* Until tid is committed: commit it, or wait for who does. 0 or -EIO. May sleep. */
int __must_check ext4_journal_commit_until(struct ext4_journal *j, uint32_t tid);

/* Open for writing; the log is empty or was replayed up to next_sequence (0: as its super block says). May sleep. */
int __must_check ext4_journal_open(struct ext4_fs *fs, uint32_t next_sequence);
/* Commit, write everything in place, mark the log empty. 0 or the first error. May sleep. */
int __must_check ext4_journal_flush(struct ext4_journal *j);
/* After ext4_journal_flush(), or an abort: nothing of it stays. NULL allowed. */
void ext4_journal_close(struct ext4_journal *j);
/* No transaction commits any more; starts fail. Any thread context. */
void ext4_journal_abort(struct ext4_journal *j, int err);
/* --- log_io.c --- */

/* Writes of one kind being waited for. Field legend: [a] atomic, [I] immutable, [o] the owner's */
struct log_io {
	int pending;			/* [a] requests, and 1 while more may come */
	int err;			/* [a] first error */
	struct completion done;		/* [a] */
	struct ext4_fs *fs;		/* [I] */
	struct bio *bio;		/* [o] being gathered, or NULL */
	uint64_t next;			/* [o] block behind it */
};
void log_io_init(struct log_io *io, struct ext4_fs *fs);
/* Write one block from memory of the direct map. Errors are log_io_wait()'s. May sleep. */
void log_io_write(struct log_io *io, uint64_t block, void *data);
/* Submit what was gathered, wait for all. The first error. May sleep. */
int __must_check log_io_wait(struct log_io *io);

/* --- commit.c --- */

#define COMMIT_BATCH	256		/* tags of a descriptor at most */

/* One commit being written. Field legend: [c] the committer's */
struct ext4_commit {
	struct ext4_journal *j;		/* [c] */
	struct ext4_txn *txn;		/* [c] */
	struct log_io io;		/* [c] */
	struct list_head pages;		/* [c] memory of buffers, by page.lru; the first is filled up to `used` */
	unsigned nr_pages, used;	/* [c] */
	char *descriptor;		/* [c] being filled; NULL: none */
	uint32_t offset;		/* [c] of its next tag */
	char *tag_flags;		/* [c] the flags of its last tag */
	unsigned nr_batch;		/* [c] */
	void *batch[COMMIT_BATCH];	/* [c] copies of its blocks */
};

/* Commit the running transaction. The caller took the role, j->committer; it is free when this returns. May sleep. */
int __must_check ext4_journal_commit(struct ext4_journal *j);
/* Memory for one block on its way to the log, until the writes were waited for. NULL: none. May sleep. */
void *ext4_commit_buffer(struct ext4_commit *c);
/* A block of the ring for the committing transaction: its place on the volume. 0 or -errno. */
int __must_check ext4_log_take(struct ext4_journal *j, uint64_t *block);

/* --- revoke.c --- */

/* Say in txn that older copies of block are void. 0 or -ENOMEM. May sleep. */
int __must_check ext4_revoke_add(struct ext4_journal *j, struct ext4_txn *txn, uint64_t block);
/* The block is meta data again. */
void ext4_revoke_cancel_locked(struct ext4_journal *j, struct ext4_txn *txn, uint64_t block);
/* Write the transaction's revoke blocks to the log. */
int __must_check ext4_revoke_write(struct ext4_commit *c);

/* --- checkpoint.c --- */

/* Write in place until `wanted` blocks of the ring are free (UINT32_MAX: everything). No handle is held. May sleep. */
int __must_check ext4_checkpoint(struct ext4_journal *j, unsigned wanted);
/* No journal: write all dirty blocks. */
int __must_check ext4_checkpoint_in_place(struct ext4_journal *j);

/* --- recovery.c --- */

/*
 * Replay the journal if it holds anything: into fs->replay, or to_disk in place. *next: number of the next
 * transaction, or 0 when nothing was replayed. 0 or -errno. May sleep.
 */
int __must_check ext4_recover(struct ext4_fs *fs, bool to_disk, uint32_t *next);
/* A volume mounted read-only becomes writable: what is in fs->replay goes to its place. */
int __must_check ext4_replay_write(struct ext4_fs *fs);

/* --- state.c --- */

/* Mounted read-only so far: make it writable. The log is empty or was replayed. 0 or -errno. May sleep. */
int __must_check ext4_state_open(struct ext4_fs *fs, uint32_t next_sequence);
/* Everything to disk, marked clean; no handle is open and none will be. The journal stays to be closed. May sleep. */
int __must_check ext4_state_close(struct ext4_fs *fs);
/* The options changed. */
void ext4_state_apply(struct ext4_fs *fs);
