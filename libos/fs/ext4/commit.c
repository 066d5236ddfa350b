/* SPDX-License-Identifier: MIT */
/*
 * commit: the running transaction to the log.
 *
 *	LOCKED	no more handles; wait for the open ones, then the next transaction may begin
 *	DATA	files it named: their data to its place (ordered mode)
 *	LOG	revoked numbers, then descriptor blocks with copies of changed blocks behind them, then zeroes; wait
 *		flush: all of it is durable, and the data
 *	RECORD	the commit block, in place of the zeroes; flush: the transaction is durable
 *	COMMITTED  its blocks stand on its checkpoint list, instead of older ones'; freed blocks may be used
 *
 * Copies are made here, a batch at a time, unless somebody had to make one before (invariant (3) of log.h). An error
 * aborts the journal: nothing after it becomes durable.
 */
#include "core/log.h"
#include "fs/ext4/log.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "time/clock.h"

#define BUFFER_PAGES	512		/* copies in flight */

/* --- Memory and place in the log --- */

void *ext4_commit_buffer(struct ext4_commit *c)
{
	uint32_t size = c->j->fs->block_size;
	struct page *page;
	char *at;

	if (c->nr_pages == 0 || c->used + size > PAGE_SIZE) {
		page = alloc_page(GFP_KERNEL | GFP_RESERVE);
		if (!page)
			return NULL;
		list_add(&page->lru, &c->pages);
		c->nr_pages++;
		c->used = 0;
	}
	page = list_first_entry(&c->pages, struct page, lru);
	at = (char *)page_address(page) + c->used;
	c->used += size;
	return at;
}

/* All writes so far are over, their memory is free. */
static int drain(struct ext4_commit *c)
{
	int err = log_io_wait(&c->io);
	struct page *page;

	while (!list_empty(&c->pages)) {
		page = list_first_entry(&c->pages, struct page, lru);
		list_del(&page->lru);
		put_page(page);
	}
	c->nr_pages = 0;
	log_io_init(&c->io, c->j->fs);
	return err;
}

int ext4_log_take(struct ext4_journal *j, uint64_t *block)
{
	struct ext4_run run;
	uint32_t number;
	int err;

	spin_lock(&j->lock);
	number = j->free ? j->head : 0;
	if (number) {
		j->head = ext4_log_next(&j->log, number);
		j->free--;
		j->committing->log_left -= j->committing->log_left ? 1 : 0;
	}
	spin_unlock(&j->lock);
	if (!number) {
		klog(KLOG_ERR, "ext4 (%s): journal: no room in the log", j->fs->sb->id);
		return -ENOSPC;
	}
	err = ext4_log_map(&j->log, number, 1, &run);
	*block = run.block;
	return err;
}

/* --- Descriptors --- */

static void put_tag(struct ext4_commit *c, uint64_t block, uint32_t flags, uint32_t csum)
{
	const struct ext4_log *log = &c->j->log;
	char *at = c->descriptor + c->offset;

	c->tag_flags = at;
	put_unaligned_be32((uint32_t)block, at);
	if (log->features & JBD2_INCOMPAT_CSUM_V3) {
		c->tag_flags += offsetof(struct jbd2_tag3, t_flags);
		put_unaligned_be32(flags, c->tag_flags);
		put_unaligned_be32((uint32_t)(block >> 32), at + offsetof(struct jbd2_tag3, t_blocknr_high));
		put_unaligned_be32(csum, at + offsetof(struct jbd2_tag3, t_checksum));
	} else {
		c->tag_flags += offsetof(struct jbd2_tag, t_flags);
		put_unaligned_be16((uint16_t)flags, c->tag_flags);
		put_unaligned_be16((uint16_t)csum, at + offsetof(struct jbd2_tag, t_checksum));
		if (log->features & JBD2_INCOMPAT_64BIT)
			put_unaligned_be32((uint32_t)(block >> 32), at + offsetof(struct jbd2_tag, t_blocknr_high));
	}
	c->offset += log->tag_size;
	if (!(flags & JBD2_TAG_SAME_UUID))
		c->offset += LOG_UUID_SIZE;		/* zero: there is one user */
}

/* The descriptor is complete: it and its blocks go to the log. */
static int end_descriptor(struct ext4_commit *c)
{
	const struct ext4_log *log = &c->j->log;
	uint32_t last = JBD2_TAG_LAST;
	uint64_t place;
	int err;

	if (!c->descriptor)
		return 0;
	if (log->features & JBD2_INCOMPAT_CSUM_V3)
		put_unaligned_be32(get_unaligned_be32(c->tag_flags) | last, c->tag_flags);
	else
		put_unaligned_be16((uint16_t)(get_unaligned_be16(c->tag_flags) | last), c->tag_flags);
	if (ext4_log_has_csum(log))
		put_unaligned_be32(ext4_log_tail_csum(log, c->descriptor),
				   c->descriptor + log->fs->block_size - LOG_BLOCK_TAIL);
	err = ext4_log_take(c->j, &place);
	if (!err)
		log_io_write(&c->io, place, c->descriptor);
	for (unsigned i = 0; i < c->nr_batch && !err; i++) {
		err = ext4_log_take(c->j, &place);
		if (!err)
			log_io_write(&c->io, place, c->batch[i]);
	}
	c->descriptor = NULL;
	c->nr_batch = 0;
	return err;
}

static int begin_descriptor(struct ext4_commit *c)
{
	c->descriptor = ext4_commit_buffer(c);
	if (!c->descriptor)
		return -ENOMEM;
	memset(c->descriptor, 0, c->j->fs->block_size);
	ext4_log_header(c->descriptor, JBD2_DESCRIPTOR, c->txn->tid);
	c->offset = sizeof(struct jbd2_header);
	return 0;
}

/* The block as the transaction has it, into buf. */
static void take_copy(struct ext4_commit *c, struct jslot *slot, void *buf)
{
	const struct jblock *jb = ext4_jslot_block(slot, c->txn->tid);
	void *frozen;

	spin_lock(&c->j->lock);
	frozen = slot->frozen;
	memcpy(buf, frozen ? frozen : jb->data, c->j->fs->block_size);
	slot->frozen = NULL;
	slot->logged = true;
	spin_unlock(&c->j->lock);
	kfree(frozen);
}

static int log_block(struct ext4_commit *c, struct jslot *slot)
{
	const struct ext4_log *log = &c->j->log;
	uint32_t flags = c->descriptor ? JBD2_TAG_SAME_UUID : 0, csum = 0;
	char *buf = ext4_commit_buffer(c);
	int err = buf ? 0 : -ENOMEM;

	if (!err && !c->descriptor)
		err = begin_descriptor(c);
	if (err)
		return err;
	take_copy(c, slot, buf);
	if (get_unaligned_be32(buf) == JBD2_MAGIC) {	/* or it would look like one of the log's own */
		put_unaligned_be32(0, buf);
		flags |= JBD2_TAG_ESCAPE;
	}
	if (ext4_log_has_csum(log))
		csum = ext4_log_data_csum(log, c->txn->tid, buf);
	put_tag(c, ext4_jslot_block(slot, c->txn->tid)->block, flags, csum);
	c->batch[c->nr_batch++] = buf;
	if (c->nr_batch == COMMIT_BATCH || c->offset + log->tag_size > ext4_log_room(log))
		err = end_descriptor(c);
	return err;
}

static int log_blocks(struct ext4_commit *c)
{
	struct jslot *slot;
	int err = 0, ret;

	/* Nobody joins a transaction that is not running, and slots leave it only at the end: no lock is needed. */
	list_for_each_entry(slot, &c->txn->blocks, link) {
		if (!slot->changed || slot->forgotten)
			continue;
		err = log_block(c, slot);
		if (!err && c->nr_pages >= BUFFER_PAGES && !c->descriptor)
			err = drain(c);
		if (err)
			break;
		cond_resched();
	}
	ret = end_descriptor(c);
	return err ? err : ret;
}

/* --- Steps --- */

static void set_state(struct ext4_journal *j, struct ext4_txn *txn, enum txn_state state)
{
	spin_lock(&j->lock);
	txn->state = state;
	spin_unlock(&j->lock);
}

/* No more handles; it becomes the committing one. */
static struct ext4_txn *close_running(struct ext4_journal *j)
{
	struct ext4_txn *txn;

	spin_lock(&j->lock);
	txn = j->running;
	txn->state = TXN_LOCKED;
	spin_unlock(&j->lock);
	wait_event(&j->wait_updates, !READ_ONCE(txn->updates));
	spin_lock(&j->lock);
	txn->state = TXN_DATA;
	txn->log_left = ext4_log_estimate(&j->log, txn->nr_blocks, txn->nr_revoked);
	txn->log_start = j->head;
	j->committing = txn;
	j->running = NULL;
	WRITE_ONCE(j->tid, txn->tid + 1);
	spin_unlock(&j->lock);
	wake_up_all(&j->wait);
	return txn;
}

/* The next file to write, marked so that it stays in memory; NULL: none. */
static struct ordered *next_ordered(struct ext4_journal *j, struct ext4_txn *txn)
{
	struct ordered *o;

	spin_lock(&j->lock);
	o = list_first_entry_or_null(&txn->inodes, struct ordered, link);
	if (o)
		o->writing = o->inode != NULL;
	spin_unlock(&j->lock);
	return o;
}

/* Errors are the files': their fsync tells. */
static void write_data(struct ext4_journal *j, struct ext4_txn *txn)
{
	const struct ext4_journal_ops *ops = j->fs->journal_ops;
	struct ordered *o;

	while ((o = next_ordered(j, txn))) {
		if (o->writing && ops && ops->write_ordered)
			ignore_result(ops->write_ordered(o->inode));
		spin_lock(&j->lock);
		ext4_ordered_drop_locked(j, txn, o);
		spin_unlock(&j->lock);
		wake_up_all(&j->wait);		/* eviction may wait for it */
		kfree(o);
	}
}

/* The log's super block says that it is empty: not any more. */
static int begin_log(struct ext4_journal *j, const struct ext4_txn *txn)
{
	int err = 0;

	if (!j->empty)
		return 0;
	mutex_lock(&j->super_lock);
	err = ext4_log_write_super(j, txn->log_start, txn->tid);
	mutex_unlock(&j->super_lock);
	spin_lock(&j->lock);
	j->tail = txn->log_start;
	j->tail_tid = txn->tid;
	j->empty = err != 0;
	spin_unlock(&j->lock);
	return err;
}

static int flush(const struct ext4_journal *j)
{
	return READ_ONCE(j->barrier) ? bdev_flush(j->fs->bdev) : 0;
}

static int write_record(struct ext4_commit *c)
{
	const struct ext4_log *log = &c->j->log;
	struct jbd2_commit *record = ext4_commit_buffer(c);
	struct timespec64 now;
	uint64_t place;
	int err = record ? ext4_log_take(c->j, &place) : -ENOMEM;

	if (err)
		return err;
	memset(record, 0, log->fs->block_size);
	ext4_log_header(record, JBD2_COMMIT, c->txn->tid);
	clock_realtime_coarse(&now);
	put_unaligned_be64((uint64_t)now.tv_sec, &record->h_commit_sec);
	put_unaligned_be32((uint32_t)now.tv_nsec, &record->h_commit_nsec);
	if (ext4_log_has_csum(log))
		record->h_chksum[0] = cpu_to_be32(ext4_log_commit_csum(log, record));
	log_io_write(&c->io, place, record);
	err = drain(c);
	return err ? err : flush(c->j);
}

/*
 * Zeroes to where the record will stand, with the blocks before it. Its content fits in one sector, but its checksum is
 * over the block: when the power goes while it is written, a disk with sectors of 512 bytes may keep what was there
 * before in the others, and e2fsck (Linux before 6.10, too) takes such a record for damage, not for one never written.
 */
static int clear_record(struct ext4_commit *c)
{
	struct ext4_journal *j = c->j;
	struct ext4_run run;
	uint32_t number;
	void *zeroes;
	int err;

	if (!ext4_log_has_csum(&j->log))
		return 0;
	spin_lock(&j->lock);
	number = j->free ? j->head : 0;
	spin_unlock(&j->lock);
	zeroes = number ? ext4_commit_buffer(c) : NULL;
	if (!zeroes)
		return number ? -ENOMEM : 0;	/* write_record() says that the log is full */
	memset(zeroes, 0, j->fs->block_size);
	err = ext4_log_map(&j->log, number, 1, &run);
	if (!err)
		log_io_write(&c->io, run.block, zeroes);
	return err;
}

static int write_all(struct ext4_commit *c)
{
	int err = begin_log(c->j, c->txn), ret;

	if (!err)
		err = ext4_revoke_write(c);
	if (!err)
		err = log_blocks(c);
	if (!err)
		err = clear_record(c);
	ret = drain(c);
	if (!err)
		err = ret;
	if (!err)
		err = flush(c->j);
	set_state(c->j, c->txn, TXN_RECORD);
	if (!err)
		err = write_record(c);
	ret = drain(c);			/* what an error left over */
	return err ? err : ret;
}

/* --- The end --- */

static bool is_writing(struct ext4_journal *j, const struct jblock *jb)
{
	bool writing;

	spin_lock(&j->lock);
	writing = jb->writing;
	spin_unlock(&j->lock);
	return writing;
}

/* Freed blocks may be used again soon: what writes them in place must be over. It does not begin again while they have
 * a slot. */
static void wait_forgotten(struct ext4_journal *j, struct ext4_txn *txn)
{
	struct jslot *slot;

	list_for_each_entry(slot, &txn->blocks, link) {
		if (slot->forgotten)
			wait_event(&j->wait, !is_writing(j, ext4_jslot_block(slot, txn->tid)));
	}
}

/* Take one block out of the transaction; good: it is in the log, and is to be written in place. */
static void release_locked(struct ext4_journal *j, struct ext4_txn *txn, struct jslot *slot, bool good)
{
	struct jblock *jb = ext4_jslot_block(slot, txn->tid);

	assert_held(&j->lock);
	list_del(&slot->link);
	if (slot->frozen)
		kfree(slot->frozen);
	if (good && (slot->forgotten || slot->changed)) {
		if (jb->checkpoint)
			list_del_init(&jb->checkpoint_link);
		jb->checkpoint = slot->forgotten ? NULL : txn;
		if (jb->checkpoint)
			list_add_tail(&jb->checkpoint_link, &txn->checkpoint);
	}
	*slot = (struct jslot){ .txn = NULL };
	ext4_jblock_drop_locked(j, jb);
}

static void release_blocks(struct ext4_journal *j, struct ext4_txn *txn, bool good)
{
	unsigned n = 0;

	spin_lock(&j->lock);
	while (!list_empty(&txn->blocks)) {
		release_locked(j, txn, list_first_entry(&txn->blocks, struct jslot, link), good);
		if (++n % 64 == 0) {		/* others want the lock, too */
			spin_unlock(&j->lock);
			cond_resched();
			spin_lock(&j->lock);
		}
	}
	txn->log_left = 0;
	list_add_tail(&txn->link, &j->checkpoints);	/* its part of the log is in use until the tail has passed it */
	txn->state = TXN_COMMITTED;
	xa_destroy(&txn->revoked);
	spin_unlock(&j->lock);
}

int ext4_journal_commit(struct ext4_journal *j)
{
	const struct ext4_journal_ops *ops = j->fs->journal_ops;
	struct ext4_txn *txn = close_running(j);
	struct ext4_commit *c = j->commit;
	int err;

	c->txn = txn;
	log_io_init(&c->io, j->fs);
	write_data(j, txn);
	set_state(j, txn, TXN_LOG);
	err = READ_ONCE(j->error) ? -EIO : write_all(c);
	if (err) {
		ext4_journal_abort(j, -EIO);
		ext4_error(j->fs, "journal: transaction %u could not be written: error %d", txn->tid, -err);
	}
	wait_forgotten(j, txn);
	release_blocks(j, txn, !err);
	if (!err && ops && ops->blocks_committed)
		ops->blocks_committed(j->fs, txn->tid);
	spin_lock(&j->lock);
	if (!err)
		WRITE_ONCE(j->committed, txn->tid);
	j->committing = NULL;
	WRITE_ONCE(j->committer, false);
	spin_unlock(&j->lock);
	wake_up_all(&j->wait);
	return err ? -EIO : 0;
}
