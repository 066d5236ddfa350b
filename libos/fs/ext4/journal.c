/* SPDX-License-Identifier: MIT */
/*
 * journal: opening and closing it, and who commits: the thread of the journal for what is old or wanted soon, and each
 * fsync for itself. The first takes the role; others wait, and find their transaction committed or one of them
 * commits the next, for all.
 *
 *	fsync A: commit 7 ..............done		committer: A
 *	fsync B:    (joined 8) wait ....commit 8 ....	committer: B, for itself and C
 *	fsync C:       (joined 8) wait ..............done
 */
#include "fs/ext4/journal.h"

#include "core/assert.h"
#include "core/log.h"
#include "fs/ext4/log.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "sched/kthread.h"
#include "time/clock.h"

bool ext4_has_journal(const struct ext4_fs *fs)
{
	return fs->journal && fs->journal->logged;
}

/* --- Waiting for commits --- */

static bool is_committed(const struct ext4_journal *j, uint32_t tid)
{
	return !tid_before(READ_ONCE(j->committed), tid);
}

/* Will a commit that is not past its first flush make durable what was written before now? */
static bool flush_comes_locked(const struct ext4_journal *j, uint32_t tid)
{
	assert_held(&j->lock);
	if (j->committing && j->committing->tid == tid)
		return j->committing->state < TXN_LOG;
	return j->running && j->running->tid == tid;
}

/* Until tid is committed: commit it, or wait for who does. */
int ext4_journal_commit_until(struct ext4_journal *j, uint32_t tid)
{
	int err = 0;

	spin_lock(&j->lock);
	while (!err && !is_committed(j, tid)) {
		if (j->error) {
			err = -EIO;
		} else if (!j->committer) {
			if (!j->running || tid_before(j->running->tid, tid))
				break;		/* nobody has that number yet: nothing to wait for */
			j->committer = true;
			spin_unlock(&j->lock);
			err = ext4_journal_commit(j);
			spin_lock(&j->lock);
		} else {
			spin_unlock(&j->lock);
			wait_event(&j->wait, is_committed(j, tid) || !READ_ONCE(j->committer));
			spin_lock(&j->lock);
		}
	}
	spin_unlock(&j->lock);
	return err;
}

int ext4_journal_commit_wait(struct ext4_fs *fs, uint32_t tid)
{
	struct ext4_journal *j = fs->journal;
	bool flushed;
	int err;

	if (!j)
		return 0;
	VERIFY(!ext4_journal_current(fs));
	if (!j->logged)
		return ext4_checkpoint_in_place(j);
	spin_lock(&j->lock);
	flushed = flush_comes_locked(j, tid);
	spin_unlock(&j->lock);
	err = ext4_journal_commit_until(j, tid);
	if (!err && !flushed && READ_ONCE(j->barrier))
		err = bdev_flush(fs->bdev);
	return err ? -EIO : 0;
}

bool ext4_journal_kick(struct ext4_fs *fs)
{
	struct ext4_journal *j = fs->journal;
	bool some;

	if (!j || !j->logged)
		return false;
	spin_lock(&j->lock);
	some = j->running || j->committing;
	if (j->running)
		ext4_journal_want_locked(j, j->running->tid);
	spin_unlock(&j->lock);
	return some;
}

uint32_t ext4_journal_newest(struct ext4_fs *fs)
{
	struct ext4_journal *j = fs->journal;
	uint32_t tid;

	if (!j || !j->logged)
		return 0;
	spin_lock(&j->lock);
	tid = j->running ? j->running->tid : j->tid - 1;
	spin_unlock(&j->lock);
	return tid;
}

int ext4_journal_commit_all(struct ext4_fs *fs)
{
	struct ext4_journal *j = fs->journal;
	uint32_t tid;
	bool idle;

	if (!j)
		return 0;
	if (!j->logged)
		return ext4_checkpoint_in_place(j);
	spin_lock(&j->lock);
	/* An open handle may have done what was found done, and entered nothing yet. */
	tid = j->running && (j->running->changed || j->running->updates) ? j->running->tid : j->tid - 1;
	idle = is_committed(j, tid);
	spin_unlock(&j->lock);
	if (idle)
		return READ_ONCE(j->error) ? -EIO : 0;
	return ext4_journal_commit_wait(fs, tid);
}

void ext4_journal_abort(struct ext4_journal *j, int err)
{
	spin_lock(&j->lock);
	if (!j->error)
		WRITE_ONCE(j->error, err);
	spin_unlock(&j->lock);
	wake_up_all(&j->wait);
}

/* --- The thread --- */

#define IN_PLACE_AGE	5000000000ULL	/* no journal: dirty meta data is written after this time */

/* When the thread has something to do next. WAIT_FOREVER: when it is woken. */
static uint64_t deadline_locked(struct ext4_journal *j)
{
	assert_held(&j->lock);
	if (j->running && j->running->changed && !j->error)
		return j->running->start_ns + j->interval_ns;
	if (j->running && !j->error)	/* nothing in it yet: look again */
		return clock_ns() + j->interval_ns;
	if (j->in_place && j->in_place->changed)
		return j->in_place->start_ns + IN_PLACE_AGE;
	return WAIT_FOREVER;
}

static bool work_wanted(const struct ext4_journal *j)
{
	return kthread_should_stop() || (tid_before(READ_ONCE(j->committed), READ_ONCE(j->wanted)) &&
					 !READ_ONCE(j->error));
}

/* What is due at time now: a number to commit up to in *tid (true), or the blocks of a volume without a journal. */
static bool commit_due(struct ext4_journal *j, uint64_t now, uint32_t *tid)
{
	bool due;

	spin_lock(&j->lock);
	*tid = j->wanted;
	due = tid_before(j->committed, j->wanted);
	if (!due && j->running && j->running->changed && now >= j->running->start_ns + j->interval_ns) {
		*tid = j->running->tid;
		due = true;
	}
	spin_unlock(&j->lock);
	return due;
}

static void thread_work(struct ext4_journal *j)
{
	uint64_t now = clock_ns();
	unsigned ring = j->log.last - j->log.first;
	uint32_t tid;

	if (!j->logged) {
		if (READ_ONCE(j->in_place->changed) && now >= READ_ONCE(j->in_place->start_ns) + IN_PLACE_AGE)
			ignore_result(ext4_checkpoint_in_place(j));	/* ext4_error() told */
		return;
	}
	if (commit_due(j, now, &tid))
		ignore_result(ext4_journal_commit_until(j, tid));	/* the commit aborted and told */
	/* Early, so that starts do not have to wait for it; and memory is not held for ever. */
	if (!READ_ONCE(j->error) && (READ_ONCE(j->free) < ring / 2 || READ_ONCE(j->nr_blocks) > pages_total() / 8))
		ignore_result(ext4_checkpoint(j, ring - ring / 4));
}

static void journal_thread(void *arg)
{
	struct ext4_journal *j = arg;

	while (!kthread_should_stop()) {
		uint64_t deadline;

		spin_lock(&j->lock);
		deadline = deadline_locked(j);
		j->thread_idle = deadline == WAIT_FOREVER;
		spin_unlock(&j->lock);
		/* Idle, a transaction that begins is what it waits for. */
		if (deadline == WAIT_FOREVER)
			wait_event(&j->wait_thread, work_wanted(j) || READ_ONCE(j->running) ||
				   (j->in_place && READ_ONCE(j->in_place->changed)));
		else
			ignore_result(wait_event_timeout(&j->wait_thread, work_wanted(j), deadline));
		if (!kthread_should_stop())
			thread_work(j);
	}
}

/* --- Opening and closing --- */

#define COMMIT_INTERVAL	5000000000ULL
#define RING_MIN	256u

/* Checksums as the volume's, wide numbers if it has them, revokes: decided while the log is empty. */
static void choose_features(struct ext4_journal *j)
{
	const struct ext4_fs *fs = j->fs;
	uint32_t features = j->log.features | JBD2_INCOMPAT_REVOKE;

	features &= ~(uint32_t)JBD2_INCOMPAT_ASYNC_COMMIT;
	if (fs->incompat & EXT4_INCOMPAT_64BIT)
		features |= JBD2_INCOMPAT_64BIT;
	if (ext4_has_csum(fs) && !(features & JBD2_INCOMPAT_CSUM_V2))
		features |= JBD2_INCOMPAT_CSUM_V3;
	j->log.compat &= ~(uint32_t)JBD2_COMPAT_CHECKSUM;
	ext4_log_set_features(&j->log, features);
}

/* Version 1 has nothing behind the fields that both have. */
static void upgrade(struct ext4_journal *j)
{
	struct jbd2_super *super = j->super.data;
	const size_t fields = offsetof(struct jbd2_super, s_feature_compat);

	if (j->log.version != JBD2_SUPER_V1)
		return;
	memset((char *)super + fields, 0, sizeof(*super) - fields);
	super->s_nr_users = cpu_to_be32(1);
}

static int open_log(struct ext4_journal *j, uint32_t next)
{
	struct ext4_log *log = &j->log;
	struct ext4_run run;
	unsigned ring;
	int err = ext4_log_open(j->fs, log);

	ring = err ? 0 : log->last - log->first;
	if (!err && ring < RING_MIN) {
		klog(KLOG_ERR, "ext4 (%s): journal of %u blocks is too small", j->fs->sb->id, ring);
		err = -EINVAL;
	}
	if (!err)
		err = ext4_log_map(log, 0, 1, &run);
	if (!err)
		err = ext4_buf_get(j->fs, run.block, &j->super);
	if (err)
		return err;
	VERIFY(j->super.page);
	j->logged = true;
	j->max_blocks = ring / 4;
	j->max_blocks = min(j->max_blocks, max((unsigned)(pages_total() / 8) << (PAGE_SHIFT - j->fs->block_bits),
					       RING_MIN / 4));
	j->tid = next ? next : log->sequence;
	j->head = j->tail = log->first;
	j->free = ring;
	upgrade(j);
	choose_features(j);
	return ext4_log_write_super(j, 0, j->tid);
}

static int open_in_place(struct ext4_journal *j)
{
	j->in_place = ext4_txn_create();
	return j->in_place ? 0 : -ENOMEM;
}

static struct ext4_journal *journal_create(struct ext4_fs *fs)
{
	struct ext4_journal *j = kzalloc(sizeof(*j), GFP_KERNEL);

	if (!j)
		return NULL;
	j->commit = kzalloc(sizeof(*j->commit), GFP_KERNEL);
	j->batch = kcalloc(CHECKPOINT_BATCH, sizeof(struct jblock *), GFP_KERNEL);
	if (!j->commit || !j->batch) {
		kfree(j->commit);
		kfree(j->batch);
		kfree(j);
		return NULL;
	}
	j->commit->j = j;
	INIT_LIST_HEAD(&j->commit->pages);
	j->fs = fs;
	j->empty = j->barrier = j->ordered = true;
	j->interval_ns = COMMIT_INTERVAL;
	spin_lock_init(&j->lock, "ext4_journal");
	xa_init(&j->blocks);
	INIT_LIST_HEAD(&j->checkpoints);
	mutex_init(&j->tail_lock, "ext4_checkpoint");
	mutex_init(&j->super_lock, "ext4_log_super");
	waitq_init(&j->wait, "ext4_journal_wait");
	waitq_init(&j->wait_updates, "ext4_updates");
	waitq_init(&j->wait_thread, "ext4_thread");
	return j;
}

int ext4_journal_open(struct ext4_fs *fs, uint32_t next_sequence)
{
	struct ext4_journal *j = journal_create(fs);
	char name[THREAD_NAME_SIZE];
	int err;

	if (!j)
		return -ENOMEM;
	err = fs->compat & EXT4_COMPAT_HAS_JOURNAL ? open_log(j, next_sequence) : open_in_place(j);
	if (!err) {
		j->committed = j->wanted = j->tid - 1;
		j->tail_tid = j->tid;
		ksnprintf(name, sizeof(name), "jbd2/%s", fs->sb->id);
		j->thread = kthread_create(journal_thread, j, name);
		err = j->thread ? 0 : -ENOMEM;
	}
	if (err) {
		ext4_journal_close(j);
		return err;
	}
	fs->journal = j;
	return 0;
}

/* Nobody commits now, and nothing is running: the log's super block may say so. */
static int mark_empty(struct ext4_journal *j)
{
	int err = 0;

	spin_lock(&j->lock);
	while (j->committer) {
		spin_unlock(&j->lock);
		wait_event(&j->wait, !READ_ONCE(j->committer));
		spin_lock(&j->lock);
	}
	WRITE_ONCE(j->committer, true);
	/* A transaction without changes may have been asked for: its commit would begin the log anew. */
	if (!j->running || !j->running->changed)
		WRITE_ONCE(j->wanted, j->committed);
	spin_unlock(&j->lock);
	if (!j->empty && list_empty(&j->checkpoints)) {
		mutex_lock(&j->super_lock);
		err = ext4_log_write_super(j, 0, j->tid);
		mutex_unlock(&j->super_lock);
		if (!err)
			err = bdev_flush(j->fs->bdev);
		j->empty = !err;
	}
	spin_lock(&j->lock);
	WRITE_ONCE(j->committer, false);
	spin_unlock(&j->lock);
	wake_up_all(&j->wait);
	return err;
}

int ext4_journal_flush(struct ext4_journal *j)
{
	int err = ext4_journal_commit_all(j->fs);

	if (err || !j->logged)
		return err;
	err = ext4_checkpoint(j, UINT32_MAX);
	return err ? err : mark_empty(j);
}

/* After an abort blocks and transactions are left. */
static void free_all(struct ext4_journal *j)
{
	struct ext4_txn *txn, *next;
	unsigned long block;
	struct jblock *jb;

	spin_lock(&j->lock);
	if (j->running)
		list_add_tail(&j->running->link, &j->checkpoints);
	if (j->in_place)
		list_add_tail(&j->in_place->link, &j->checkpoints);
	xa_for_each(&j->blocks, block, jb) {
		kfree(jb->slot[0].frozen);
		kfree(jb->slot[1].frozen);
		jb->slot[0].txn = jb->slot[1].txn = jb->checkpoint = NULL;
		ext4_jblock_drop_locked(j, jb);
	}
	list_for_each_entry_safe(txn, next, &j->checkpoints, link) {
		struct ordered *o, *after;

		list_for_each_entry_safe(o, after, &txn->inodes, link) {
			ext4_ordered_drop_locked(j, txn, o);
			kfree(o);
		}
		xa_destroy(&txn->revoked);
		ext4_txn_free(txn);
	}
	spin_unlock(&j->lock);
}

void ext4_journal_close(struct ext4_journal *j)
{
	if (!j)
		return;
	if (j->thread) {
		wake_up(&j->wait_thread);
		kthread_stop(j->thread);
		thread_put(j->thread);
	}
	free_all(j);
	ext4_buf_put(&j->super);
	if (j->logged || j->log.inode)
		ext4_log_close(&j->log);
	j->fs->journal = NULL;
	kfree(j->commit);
	kfree(j->batch);
	kfree(j);
}
