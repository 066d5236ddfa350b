/* SPDX-License-Identifier: MIT */
/*
 * revoke: a block that was meta data and was freed may be anything soon. Copies of it that older transactions left in
 * the log must not be replayed over that: the transaction that frees it says so in the log, by number. A replay skips
 * copies of the same and of older transactions. Who makes the block meta data again in the same transaction takes
 * the word back.
 */
#include "fs/ext4/log.h"

#include "lib/string.h"

int ext4_revoke_add(struct ext4_journal *j, struct ext4_txn *txn, uint64_t block)
{
	struct xa_prealloc pool = XA_PREALLOC_INIT;
	void *old = NULL;
	int err = xa_prealloc_fill(&pool, &txn->revoked, block, 1);

	if (!err) {
		spin_lock(&j->lock);
		err = xa_store_prealloc(&txn->revoked, block, xa_mk_value(1), &old, &pool);
		if (!err && !old)
			txn->nr_revoked++;
		spin_unlock(&j->lock);
	}
	xa_prealloc_drain(&pool);
	return err;
}

void ext4_revoke_cancel_locked(struct ext4_journal *j, struct ext4_txn *txn, uint64_t block)
{
	assert_held(&j->lock);
	if (txn->nr_revoked && xa_erase(&txn->revoked, block))
		txn->nr_revoked--;
}

/* One block full of numbers, from *next on. */
static int write_one(struct ext4_commit *c, unsigned long *next)
{
	const struct ext4_log *log = &c->j->log;
	uint32_t size = log->features & JBD2_INCOMPAT_64BIT ? 8 : 4, room = ext4_log_room(log);
	uint32_t at = sizeof(struct jbd2_revoke);
	char *buf = ext4_commit_buffer(c);
	uint64_t place;
	int err;

	if (!buf)
		return -ENOMEM;
	memset(buf, 0, log->fs->block_size);
	ext4_log_header(buf, JBD2_REVOKE, c->txn->tid);
	while (at + size <= room && xa_find(&c->txn->revoked, next, ULONG_MAX, XA_PRESENT)) {
		if (size == 8)
			put_unaligned_be64(*next, buf + at);
		else
			put_unaligned_be32((uint32_t)*next, buf + at);
		at += size;
		++*next;
	}
	put_unaligned_be32(at, buf + offsetof(struct jbd2_revoke, r_count));
	if (ext4_log_has_csum(log))
		put_unaligned_be32(ext4_log_tail_csum(log, buf), buf + log->fs->block_size - LOG_BLOCK_TAIL);
	err = ext4_log_take(c->j, &place);
	if (!err)
		log_io_write(&c->io, place, buf);
	return err;
}

int ext4_revoke_write(struct ext4_commit *c)
{
	unsigned long next = 0;
	int err = 0;

	while (!err && xa_find(&c->txn->revoked, &next, ULONG_MAX, XA_PRESENT))
		err = write_one(c, &next);
	return err;
}
