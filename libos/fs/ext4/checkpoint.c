/* SPDX-License-Identifier: MIT */
/*
 * checkpoint: committed blocks to their places, and the log's tail behind them; and all dirty blocks of a volume
 * without a journal.
 *
 * A block that a newer transaction is about to change again is left alone: when that one has committed, it is
 * responsible for the block. If an older transaction waits only for such blocks, the newer one is committed.
 */
#include "core/log.h"
#include "fs/ext4/log.h"
#include "lib/sort.h"
#include "mm/slab.h"

/* --- Writing in place --- */

static bool may_write(const struct jblock *jb)
{
	return !jb->writing && !jb->slot[0].txn && !jb->slot[1].txn;
}

static unsigned collect(struct ext4_journal *j, const struct ext4_txn *txn)
{
	struct jblock *jb;
	unsigned n = 0;

	spin_lock(&j->lock);
	list_for_each_entry(jb, &txn->checkpoint, checkpoint_link) {
		if (n == CHECKPOINT_BATCH)
			break;
		if (!may_write(jb))
			continue;
		jb->writing = true;
		j->batch[n++] = jb;
	}
	spin_unlock(&j->lock);
	return n;
}

static int by_block(const void *a, const void *b)
{
	const struct jblock *x = *(struct jblock *const *)a, *y = *(struct jblock *const *)b;

	return x->block < y->block ? -1 : x->block > y->block;
}

/* What nobody wanted to change meanwhile is in place: invariant (2). */
static void written(struct ext4_journal *j, const struct ext4_txn *txn, unsigned n, int err)
{
	spin_lock(&j->lock);
	for (unsigned i = 0; i < n; i++) {
		struct jblock *jb = j->batch[i];
		bool again = jb->again || err;

		jb->writing = jb->again = false;
		if (again || jb->checkpoint != txn || !may_write(jb))
			continue;
		list_del_init(&jb->checkpoint_link);
		jb->checkpoint = NULL;
		ext4_jblock_drop_locked(j, jb);
	}
	spin_unlock(&j->lock);
	wake_up_all(&j->wait);
}

/* Write what there is to write of a transaction. tail_lock held. */
static int write_blocks(struct ext4_journal *j, const struct ext4_txn *txn)
{
	struct log_io io;
	unsigned n;
	int err = 0;

	while (!err && (n = collect(j, txn))) {
		sort(j->batch, n, sizeof(j->batch[0]), by_block, NULL);
		log_io_init(&io, j->fs);
		for (unsigned i = 0; i < n; i++)
			log_io_write(&io, j->batch[i]->block, j->batch[i]->data);
		err = log_io_wait(&io);
		written(j, txn, n, err);
	}
	return err;
}

/* What handles that are open now change is dirty when they have ended. tail_lock held. */
static void wait_handles(struct ext4_journal *j)
{
	unsigned old;

	spin_lock(&j->lock);
	old = j->phase;			/* nobody is left in the other: the last wait was for that */
	j->phase = !old;
	spin_unlock(&j->lock);
	wait_event(&j->wait_updates, !READ_ONCE(j->open[old]));
}

int ext4_checkpoint_in_place(struct ext4_journal *j)
{
	int err;

	mutex_lock(&j->tail_lock);
	wait_handles(j);
	spin_lock(&j->lock);
	WRITE_ONCE(j->in_place->changed, false);
	spin_unlock(&j->lock);
	err = write_blocks(j, j->in_place);
	if (!err && READ_ONCE(j->barrier))
		err = bdev_flush(j->fs->bdev);
	mutex_unlock(&j->tail_lock);
	if (err)
		ext4_error(j->fs, "meta data could not be written: error %d", -err);
	return err ? -EIO : 0;
}

/* --- The tail --- */

static uint32_t distance(const struct ext4_log *log, uint32_t from, uint32_t to)
{
	return to >= from ? to - from : to - from + (log->last - log->first);
}

/* Transactions that have nothing left to write, from the oldest on, are done with. */
static void drop_done_locked(struct ext4_journal *j)
{
	struct ext4_txn *txn;

	assert_held(&j->lock);
	while (!list_empty(&j->checkpoints)) {
		txn = list_first_entry(&j->checkpoints, struct ext4_txn, link);
		if (!list_empty(&txn->checkpoint))
			break;
		list_del(&txn->link);
		ext4_txn_free(txn);
	}
}

/* Where the log might begin now, and with which transaction. */
static uint32_t new_tail_locked(const struct ext4_journal *j, uint32_t *tid)
{
	const struct ext4_txn *oldest = list_first_entry_or_null(&j->checkpoints, struct ext4_txn, link);

	assert_held(&j->lock);
	if (!oldest)
		oldest = j->committing;
	*tid = oldest ? oldest->tid : j->tid;
	return oldest ? oldest->log_start : j->head;
}

/* Invariant (4): in place and durable; then the super block, durable; then the space is free. tail_lock held. */
static int move_tail(struct ext4_journal *j)
{
	uint32_t tail, tid;
	int err;

	spin_lock(&j->lock);
	drop_done_locked(j);
	tail = new_tail_locked(j, &tid);
	spin_unlock(&j->lock);
	if (j->empty || tid == j->tail_tid)
		return 0;
	err = bdev_flush(j->fs->bdev);
	if (!err) {
		mutex_lock(&j->super_lock);
		err = ext4_log_write_super(j, tail, tid);
		mutex_unlock(&j->super_lock);
	}
	if (!err)
		err = bdev_flush(j->fs->bdev);
	if (err)
		return err;
	spin_lock(&j->lock);
	j->free += distance(&j->log, j->tail, tail);
	j->tail = tail;
	j->tail_tid = tid;
	spin_unlock(&j->lock);
	wake_up_all(&j->wait);
	return 0;
}

/* --- Making room --- */

/* Blocks that are free once the tail has moved. */
static unsigned free_soon_locked(const struct ext4_journal *j)
{
	uint32_t tid, tail;

	assert_held(&j->lock);
	tail = new_tail_locked(j, &tid);
	return j->free + (tid == j->tail_tid ? 0 : distance(&j->log, j->tail, tail));
}

/* The oldest transaction while there is not enough room; NULL: enough, or none. */
static struct ext4_txn *oldest(struct ext4_journal *j, unsigned wanted)
{
	struct ext4_txn *txn;

	spin_lock(&j->lock);
	drop_done_locked(j);
	txn = list_first_entry_or_null(&j->checkpoints, struct ext4_txn, link);
	if (txn && free_soon_locked(j) >= wanted)
		txn = NULL;
	spin_unlock(&j->lock);
	return txn;
}

/* Does txn wait for a newer one? Its number, in *tid. */
static bool blocked(struct ext4_journal *j, const struct ext4_txn *txn, uint32_t *tid)
{
	const struct jblock *jb;
	bool found = false;

	spin_lock(&j->lock);
	list_for_each_entry(jb, &txn->checkpoint, checkpoint_link) {
		for (unsigned i = 0; i < ARRAY_SIZE(jb->slot) && !found; i++) {
			found = jb->slot[i].txn != NULL;
			if (found)
				*tid = jb->slot[i].txn->tid;
		}
		if (found)
			break;
	}
	spin_unlock(&j->lock);
	return found;
}

int ext4_checkpoint(struct ext4_journal *j, unsigned wanted)
{
	struct ext4_txn *txn;
	uint32_t tid;
	int err = 0, ret;

	mutex_lock(&j->tail_lock);
	while (!err && !READ_ONCE(j->error) && (txn = oldest(j, wanted))) {
		err = write_blocks(j, txn);
		if (!err && blocked(j, txn, &tid))
			ignore_result(ext4_journal_commit_until(j, tid));	/* an abort ends the loop */
	}
	if (!err && !READ_ONCE(j->error))
		err = move_tail(j);
	ret = READ_ONCE(j->error);
	mutex_unlock(&j->tail_lock);
	if (err) {
		ext4_journal_abort(j, -EIO);
		ext4_error(j->fs, "journal: blocks could not be written in place: error %d", -err);
	}
	return err || ret ? -EIO : 0;
}
