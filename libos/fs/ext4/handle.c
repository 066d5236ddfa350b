/* SPDX-License-Identifier: MIT */
/*
 * handle: joining transactions. The model is in journal.h, the structures and invariants in log.h.
 *
 * A start joins the running transaction, or makes one. It waits when the transaction is being closed, is full (it is
 * then asked to commit), or the log has no room for it (the oldest ones are then written in place).
 */
#include "core/assert.h"
#include "core/init.h"
#include "core/log.h"
#include "fs/ext4/log.h"
#include "mm/slab.h"
#include "sched/thread.h"
#include "time/clock.h"

static struct {
	struct kmem_cache *txns, *handles;	/* [I] after INIT_VFS */
} caches;

static int caches_init(void)
{
	caches.txns = kmem_cache_create("ext4_txn", sizeof(struct ext4_txn), 0);
	caches.handles = kmem_cache_create("ext4_handle", sizeof(struct ext4_handle), 0);
	return caches.txns && caches.handles ? 0 : -ENOMEM;
}
INIT_HOOK(INIT_VFS, caches_init);

struct ext4_handle *ext4_journal_current(const struct ext4_fs *fs)
{
	struct ext4_handle *h = current_thread()->journal_handle;

	while (h && h->fs != fs)
		h = h->outer;
	return h;
}

/* --- Joining --- */

unsigned ext4_log_estimate(const struct ext4_log *log, unsigned nr_blocks, unsigned nr_revoked)
{
	unsigned room = ext4_log_room(log) - (unsigned)sizeof(struct jbd2_header) - LOG_UUID_SIZE;
	unsigned tags = room / log->tag_size, numbers = room / sizeof(uint64_t);

	return nr_blocks + nr_blocks / tags + nr_revoked / numbers + 3;
}

struct ext4_txn *ext4_txn_create(void)
{
	struct ext4_txn *txn = kmem_cache_alloc(caches.txns, GFP_KERNEL | GFP_ZERO);

	if (!txn)
		return NULL;
	INIT_LIST_HEAD(&txn->blocks);
	INIT_LIST_HEAD(&txn->inodes);
	INIT_LIST_HEAD(&txn->link);
	INIT_LIST_HEAD(&txn->checkpoint);
	xa_init(&txn->revoked);
	return txn;
}

void ext4_txn_free(struct ext4_txn *txn)
{
	kmem_cache_free(caches.txns, txn);
}

static void txn_install_locked(struct ext4_journal *j, struct ext4_txn *txn)
{
	assert_held(&j->lock);
	txn->tid = j->tid;
	txn->state = TXN_RUNNING;
	txn->start_ns = clock_ns();
	j->running = txn;
	if (j->thread_idle)		/* it has to watch the age */
		wake_up(&j->wait_thread);
}

void ext4_journal_want_locked(struct ext4_journal *j, uint32_t tid)
{
	assert_held(&j->lock);
	if (tid_before(j->wanted, tid))
		j->wanted = tid;
	wake_up(&j->wait_thread);
}

enum room { ROOM, ROOM_CLOSED, ROOM_FULL, ROOM_LOG };

/* Is there room for `blocks` more? *need: free blocks of the log that it takes, with those of the commit under way. */
static enum room room_for_locked(const struct ext4_journal *j, const struct ext4_txn *txn, unsigned blocks,
				 unsigned *need)
{
	unsigned all = txn->nr_blocks + txn->credits + blocks;

	assert_held(&j->lock);
	if (txn->state != TXN_RUNNING)
		return ROOM_CLOSED;
	if (all > j->max_blocks)
		return ROOM_FULL;
	*need = ext4_log_estimate(&j->log, all, txn->nr_revoked) + LOG_SLACK;
	if (j->committing)
		*need += j->committing->log_left;
	return *need > j->free ? ROOM_LOG : ROOM;
}

/*
 * The log is full: move its tail. Where the commit under way is what takes the room, its end has to be waited for. 0 or
 * -EROFS.
 */
static int make_log_room(struct ext4_journal *j, unsigned need)
{
	if (ext4_checkpoint(j, max(need, j->max_blocks + j->max_blocks / 2)))
		return -EROFS;
	wait_event(&j->wait, READ_ONCE(j->free) >= need || !READ_ONCE(j->committing) || READ_ONCE(j->error));
	return 0;
}

static void join_txn(struct ext4_handle *h, struct ext4_txn *txn, unsigned blocks)
{
	txn->updates++;
	txn->credits += blocks;
	h->txn = txn;
	h->credits = blocks;
}

/* One try. 0: joined; 1: again; -errno. j->lock is held and stays so, but is dropped meanwhile to wait. */
static int try_join_locked(struct ext4_journal *j, struct ext4_handle *h, unsigned blocks, struct ext4_txn **spare)
{
	uint32_t tid = j->tid;
	enum room room;
	unsigned need;
	int err = 1;

	assert_held(&j->lock);
	if (j->error)
		return -EROFS;
	if (!j->running && *spare) {
		txn_install_locked(j, *spare);
		*spare = NULL;
	}
	room = j->running ? room_for_locked(j, j->running, blocks, &need) : ROOM;
	if (j->running && room == ROOM) {
		join_txn(h, j->running, blocks);
		return 0;
	}
	if (room == ROOM_FULL)
		ext4_journal_want_locked(j, tid);
	spin_unlock(&j->lock);
	if (room == ROOM) {
		*spare = ext4_txn_create();
		err = *spare ? 1 : -ENOMEM;
	} else if (room == ROOM_LOG) {
		err = make_log_room(j, need);
		err = err ? err : 1;
	} else {
		wait_event(&j->wait, READ_ONCE(j->tid) != tid || READ_ONCE(j->error));
	}
	spin_lock(&j->lock);
	return err;
}

/* No journal: fsync waits for handles that were open when it came, as it reads what they have done so far. */
static void join_phase(struct ext4_journal *j, struct ext4_handle *h)
{
	spin_lock(&j->lock);
	h->phase = j->phase;
	h->joined = true;
	j->open[h->phase]++;
	spin_unlock(&j->lock);
}

static void leave_phase(struct ext4_journal *j, struct ext4_handle *h)
{
	spin_lock(&j->lock);
	if (h->joined && !--j->open[h->phase])
		wake_up_all(&j->wait_updates);
	h->joined = false;
	spin_unlock(&j->lock);
}

static int join(struct ext4_journal *j, struct ext4_handle *h, unsigned blocks)
{
	struct ext4_txn *spare = NULL;
	int err;

	if (READ_ONCE(j->error))
		return -EROFS;
	if (!j->logged) {
		join_phase(j, h);
		return 0;
	}
	if (blocks > j->max_blocks) {
		klog(KLOG_ERR, "ext4 (%s): a change of %u blocks is too large for the journal", j->fs->sb->id, blocks);
		return -ENOSPC;
	}
	spin_lock(&j->lock);
	do {
		err = try_join_locked(j, h, blocks, &spare);
	} while (err > 0);
	spin_unlock(&j->lock);
	if (spare)
		ext4_txn_free(spare);
	return err;
}

static void leave_fs(struct ext4_fs *fs)
{
	if (!__atomic_sub_fetch(&fs->handles, 1, __ATOMIC_SEQ_CST) && (READ_ONCE(fs->sb->flags) & SB_RDONLY))
		wake_up_all(&fs->idle);
}

/* A handle counts itself and then looks whether it may; a remount for reading sets the flag and then waits for them. */
static bool enter_fs(struct ext4_fs *fs)
{
	__atomic_fetch_add(&fs->handles, 1, __ATOMIC_SEQ_CST);
	if (!(__atomic_load_n(&fs->sb->flags, __ATOMIC_SEQ_CST) & SB_RDONLY) && fs->journal)
		return true;
	leave_fs(fs);
	return false;
}

int ext4_journal_start(struct ext4_fs *fs, unsigned blocks, struct ext4_handle **out)
{
	struct ext4_handle *h = ext4_journal_current(fs);
	int err;

	if (h) {
		h->nest++;
		if (h->credits < blocks)
			ignore_result(ext4_journal_extend(h, blocks - h->credits));	/* the outer one counted, too */
		*out = h;
		return 0;
	}
	if (!enter_fs(fs))
		return -EROFS;
	h = kmem_cache_alloc(caches.handles, GFP_KERNEL | GFP_ZERO);
	if (h)
		h->fs = fs;
	err = h ? join(fs->journal, h, blocks) : -ENOMEM;
	if (err) {
		if (h)
			kmem_cache_free(caches.handles, h);
		leave_fs(fs);
		return err;
	}
	h->outer = current_thread()->journal_handle;
	current_thread()->journal_handle = h;
	*out = h;
	return 0;
}

/* --- A handle's life --- */

int ext4_journal_extend(struct ext4_handle *h, unsigned blocks)
{
	struct ext4_journal *j = h->fs->journal;
	unsigned need;
	int full = 0;

	if (!h->txn)
		return 0;
	spin_lock(&j->lock);
	if (room_for_locked(j, h->txn, blocks, &need) == ROOM) {
		h->txn->credits += blocks;
		h->credits += blocks;
	} else {
		full = 1;
	}
	spin_unlock(&j->lock);
	return full;
}

/* The handle's part in its transaction is over. */
static void leave(struct ext4_journal *j, struct ext4_handle *h)
{
	struct ext4_txn *txn = h->txn;

	if (!j->logged)
		leave_phase(j, h);
	if (!txn)
		return;
	spin_lock(&j->lock);
	txn->credits -= h->credits;
	if (!--txn->updates && txn->state == TXN_LOCKED)
		wake_up_all(&j->wait_updates);
	spin_unlock(&j->lock);
	h->txn = NULL;
	h->credits = 0;
}

int ext4_journal_restart(struct ext4_handle *h, unsigned blocks)
{
	struct ext4_journal *j = h->fs->journal;
	int err;

	VERIFY(!h->nest);
	leave(j, h);
	err = join(j, h, blocks);
	h->dead = err != 0;
	return err;
}

int ext4_journal_stop(struct ext4_handle *h)
{
	struct ext4_fs *fs = h->fs;
	struct ext4_journal *j = fs->journal;
	uint32_t tid = ext4_journal_tid(h);
	bool sync = h->sync || ((fs->sb->flags & SB_SYNCHRONOUS) && !h->lazy);
	struct thread *me = current_thread();
	int err;

	if (h->nest) {
		h->nest--;
		return READ_ONCE(j->error) ? -EIO : 0;
	}
	VERIFY(me->journal_handle == h);
	me->journal_handle = h->outer;
	leave(j, h);
	kmem_cache_free(caches.handles, h);
	if (READ_ONCE(j->error))
		err = -EIO;
	else
		err = sync && !me->journal_handle ? ext4_journal_commit_wait(fs, tid) : 0;
	leave_fs(fs);
	return err;
}

void ext4_journal_set_sync(struct ext4_handle *h)
{
	h->sync = true;
}

void ext4_journal_set_lazy(struct ext4_handle *h)
{
	h->lazy = true;
}

unsigned ext4_journal_credits(const struct ext4_handle *h)
{
	return h->txn ? h->credits : UINT32_MAX;
}

uint32_t ext4_journal_tid(const struct ext4_handle *h)
{
	return h->txn ? h->txn->tid : 0;
}
