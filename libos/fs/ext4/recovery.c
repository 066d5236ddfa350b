/* SPDX-License-Identifier: MIT */
/*
 * recovery: what a journal (jbd2) holds that has not reached its place.
 *
 * The log is a ring of blocks inside a file: transactions one after another, each a descriptor block that names
 * the places of the data blocks behind it (and more of such), perhaps revoke blocks, and at the end a commit
 * block. It ends where a block does not have the expected number, or a transaction has no good commit block.
 *
 * Three passes over it: SCAN finds the last committed transaction; REVOKE learns which blocks later transactions
 * declared void, up to which transaction; REPLAY takes the rest, in order. Mounted read-only, nothing is written: the
 * contents go to fs->replay, from where all reads of these blocks are served. Mounted for writing they go to their
 * places through the device's page cache, durably, before the log is emptied (ext4_journal_open()).
 *
 * The log itself is read past the page cache, some blocks at a time: the journal writes it so, too.
 */
#include "fs/ext4/log.h"

#include "block/bio.h"
#include "core/log.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "sched/sched.h"

enum pass { PASS_SCAN, PASS_REVOKE, PASS_REPLAY };

#define READ_ORDER	3		/* pages read at a time: 2^3 */

struct journal {
	struct ext4_fs *fs;
	struct ext4_log log;
	bool to_disk;
	uint32_t end_sequence;		/* first transaction that is not committed; found by SCAN */
	struct xarray revoked;		/* block -> last transaction that revoked it, as a value */
	uint32_t nr_blocks;		/* replayed */
	struct page *pages;		/* what was read last: `count` blocks of the log from `from` on */
	uint32_t from, count;
	void *block;			/* room for a descriptor while its data is read, for a torn record */
};

/* Block `number` of the log: valid until the next call. */
static int read_block(struct journal *journal, uint32_t number, const char **data)
{
	struct ext4_fs *fs = journal->fs;
	uint32_t most = (PAGE_SIZE << READ_ORDER) >> fs->block_bits;
	struct ext4_run run;
	int err;

	if (number - journal->from >= journal->count) {
		err = ext4_log_map(&journal->log, number, min(most, journal->log.last - number), &run);
		if (err)
			return err;
		journal->count = 0;
		err = bio_transfer(fs->bdev, BIO_READ, run.block << fs->block_bits, page_address(journal->pages),
				   (size_t)run.count << fs->block_bits);
		if (err)
			return err;
		journal->from = number;
		journal->count = run.count;
	}
	*data = (const char *)page_address(journal->pages) + ((size_t)(number - journal->from) << fs->block_bits);
	return 0;
}

/* The checksum at the end of a descriptor or revoke block. */
static bool tail_ok(const struct journal *journal, const char *block)
{
	return !ext4_log_has_csum(&journal->log) ||
	       ext4_log_tail_csum(&journal->log, block) ==
		       get_unaligned_be32(block + journal->fs->block_size - LOG_BLOCK_TAIL);
}

/* Data blocks carry their checksum in the tag: over the transaction's number and the block as it lies in the log. */
static bool data_ok(const struct journal *journal, uint32_t sequence, const void *data, uint32_t wanted)
{
	uint32_t crc;

	if (!ext4_log_has_csum(&journal->log))
		return true;
	crc = ext4_log_data_csum(&journal->log, sequence, data);
	return journal->log.features & JBD2_INCOMPAT_CSUM_V3 ? crc == wanted : (uint16_t)crc == wanted;
}

/*
 * A record whose write was cut short is good when its beginning is there, which has all it says: zeroes are behind it,
 * whatever the disk has. So Linux sees it since 6.10.
 */
static bool commit_ok(struct journal *journal, const char *block)
{
	uint32_t wanted = get_unaligned_be32(block + offsetof(struct jbd2_commit, h_chksum));

	if (!ext4_log_has_csum(&journal->log) || ext4_log_commit_csum(&journal->log, block) == wanted)
		return true;
	memset(journal->block, 0, journal->fs->block_size);
	memcpy(journal->block, block, sizeof(struct jbd2_commit));
	return ext4_log_commit_csum(&journal->log, journal->block) == wanted;
}

/* --- Tags ----------------------------------------------------------------------------------------- */

struct tag {
	uint64_t block;			/* its place */
	uint32_t flags;
	uint32_t checksum;
};

/* Take the tag at *offset of a descriptor and move on. False: there is none any more. */
static bool next_tag(const struct journal *journal, const char *block, uint32_t *offset, struct tag *tag)
{
	const char *at = block + *offset;

	if (*offset + journal->log.tag_size > ext4_log_room(&journal->log))
		return false;
	tag->block = get_unaligned_be32(at);
	if (journal->log.features & JBD2_INCOMPAT_CSUM_V3) {
		tag->flags = get_unaligned_be32(at + offsetof(struct jbd2_tag3, t_flags));
		tag->checksum = get_unaligned_be32(at + offsetof(struct jbd2_tag3, t_checksum));
	} else {
		tag->flags = get_unaligned_be16(at + offsetof(struct jbd2_tag, t_flags));
		tag->checksum = get_unaligned_be16(at + offsetof(struct jbd2_tag, t_checksum));
	}
	if (journal->log.features & JBD2_INCOMPAT_64BIT)
		tag->block |= (uint64_t)get_unaligned_be32(at + 8) << 32;
	*offset += journal->log.tag_size;
	if (!(tag->flags & JBD2_TAG_SAME_UUID))
		*offset += LOG_UUID_SIZE;
	return true;
}

/* Keep a block's content for its place, taking an older one's off. */
static int keep(struct journal *journal, const struct tag *tag, const void *data)
{
	struct ext4_fs *fs = journal->fs;
	void *copy, *old = NULL;
	int err;

	if (tag->block >= fs->blocks_count)
		return ext4_corrupt(fs, "journal names a block outside of the volume");
	copy = kmemdup(data, fs->block_size, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	/* The log escapes blocks that begin with its own magic number. */
	if (tag->flags & JBD2_TAG_ESCAPE)
		put_unaligned_be32(JBD2_MAGIC, copy);
	if (journal->to_disk) {
		err = bdev_write(fs->bdev, tag->block << fs->block_bits, copy, fs->block_size);
		kfree(copy);
	} else {
		err = xa_store_prealloc(&fs->replay, tag->block, copy, &old, NULL);
		kfree(err ? copy : old);
	}
	journal->nr_blocks += !err;
	return err;
}

static bool is_revoked(const struct journal *journal, uint64_t block, uint32_t sequence)
{
	void *entry = xa_load(&journal->revoked, block);

	return entry && !tid_before((uint32_t)xa_to_value(entry), sequence);
}

static int replay_block(struct journal *journal, uint32_t number, uint32_t sequence, const struct tag *tag)
{
	const char *data;
	int err;

	if (is_revoked(journal, tag->block, sequence))
		return 0;
	err = read_block(journal, number, &data);
	if (err)
		return err;
	if (data_ok(journal, sequence, data, tag->checksum))
		return keep(journal, tag, data);
	return ext4_bad_csum(journal->fs, "journal: block of transaction", sequence);
}

/* A descriptor: its data blocks follow it. *number moves behind them. 1: the block is not good, the log ends here. */
static int do_descriptor(struct journal *journal, enum pass pass, const char *block, uint32_t sequence,
			 uint32_t *number)
{
	uint32_t offset = sizeof(struct jbd2_header);
	struct tag tag = { .flags = 0 };
	int err = 0;

	if (!tail_ok(journal, block))
		return 1;
	memcpy(journal->block, block, journal->fs->block_size);		/* its place is read over */
	block = journal->block;
	while (!err && !(tag.flags & JBD2_TAG_LAST) && next_tag(journal, block, &offset, &tag)) {
		if (pass == PASS_REPLAY)
			err = replay_block(journal, *number, sequence, &tag);
		*number = ext4_log_next(&journal->log, *number);
	}
	return err;
}

static int do_revoke(struct journal *journal, const char *block, uint32_t sequence)
{
	uint32_t size = journal->log.features & JBD2_INCOMPAT_64BIT ? 8 : 4;
	uint32_t room = ext4_log_room(&journal->log);
	uint32_t used = get_unaligned_be32(block + offsetof(struct jbd2_revoke, r_count));
	int err = 0;

	if (!tail_ok(journal, block))
		return 1;
	if (used > room)
		return ext4_corrupt(journal->fs, "journal: broken revoke block");
	for (uint32_t at = sizeof(struct jbd2_revoke); !err && at + size <= used; at += size) {
		uint64_t number = size == 8 ? get_unaligned_be64(block + at) : get_unaligned_be32(block + at);

		if (!is_revoked(journal, number, sequence))
			err = xa_store_prealloc(&journal->revoked, number, xa_mk_value(sequence), NULL, NULL);
	}
	return err;
}

/* --- Passes --------------------------------------------------------------------------------------- */

/* One block of the log. 1: the log ends here; 0 to go on; -errno. *number, *sequence move on. */
static int do_block(struct journal *journal, enum pass pass, const char *block, uint32_t *number, uint32_t *sequence)
{
	if (get_unaligned_be32(block) != JBD2_MAGIC ||
	    get_unaligned_be32(block + offsetof(struct jbd2_header, h_sequence)) != *sequence)
		return 1;
	*number = ext4_log_next(&journal->log, *number);
	switch (get_unaligned_be32(block + offsetof(struct jbd2_header, h_blocktype))) {
	case JBD2_DESCRIPTOR:
		return do_descriptor(journal, pass, block, *sequence, number);
	case JBD2_COMMIT:
		if (!commit_ok(journal, block))
			return 1;
		++*sequence;
		return 0;
	case JBD2_REVOKE:
		return pass == PASS_REVOKE ? do_revoke(journal, block, *sequence) : 0;
	default:
		return 1;
	}
}

static int run_pass(struct journal *journal, enum pass pass)
{
	uint32_t number = journal->log.start, sequence = journal->log.sequence;
	/* Each step takes at least one block of the ring; a log that goes round twice is broken. */
	uint32_t steps = journal->log.last - journal->log.first;
	int result = 0;

	while (!result && steps--) {
		const char *block;

		if (pass != PASS_SCAN && !tid_before(sequence, journal->end_sequence))
			break;
		result = read_block(journal, number, &block);
		if (result)
			break;
		result = do_block(journal, pass, block, &number, &sequence);
		cond_resched();
	}
	if (pass == PASS_SCAN)
		journal->end_sequence = sequence;
	return result < 0 ? result : 0;
}

/* --- All of it --- */

/* Fast commits behind the last full one, which this code cannot replay, begin with a head of the next number. */
static int check_fast_commits(struct journal *journal)
{
	const struct ext4_disk_fc_head *head;
	const char *block;
	int err;

	if (!(journal->log.features & JBD2_INCOMPAT_FAST_COMMIT))
		return 0;
	err = read_block(journal, journal->log.last, &block);
	if (err)
		return err;
	head = (const void *)block;
	if (le16_to_cpu(head->fc_tag) == EXT4_FC_TAG_HEAD && le32_to_cpu(head->fc_tid) == journal->end_sequence) {
		klog(KLOG_ERR, "ext4 (%s): the journal holds fast commits; run e2fsck on it first",
		     journal->fs->sb->id);
		err = -EOPNOTSUPP;
	}
	return err;
}

static int replay(struct journal *journal)
{
	int err;

	journal->pages = alloc_pages(GFP_KERNEL, READ_ORDER);
	journal->block = kmalloc(journal->fs->block_size, GFP_KERNEL);
	err = journal->pages && journal->block ? run_pass(journal, PASS_SCAN) : -ENOMEM;
	if (!err)
		err = check_fast_commits(journal);
	if (!err)
		err = run_pass(journal, PASS_REVOKE);
	if (!err)
		err = run_pass(journal, PASS_REPLAY);
	if (!err && journal->to_disk)
		err = bdev_sync(journal->fs->bdev);
	if (!err)
		klog(KLOG_INFO, "ext4 (%s): journal: %u transactions, %u blocks replayed%s", journal->fs->sb->id,
		     journal->end_sequence - journal->log.sequence, journal->nr_blocks,
		     journal->to_disk ? "" : " in memory");
	kfree(journal->block);
	if (journal->pages)
		free_pages(journal->pages, READ_ORDER);
	return err;
}

int ext4_recover(struct ext4_fs *fs, bool to_disk, uint32_t *next)
{
	struct journal journal = { .fs = fs, .to_disk = to_disk };
	int err;

	*next = 0;
	if (!(fs->compat & EXT4_COMPAT_HAS_JOURNAL) || !(fs->incompat & EXT4_INCOMPAT_RECOVER))
		return 0;
	xa_init(&journal.revoked);
	err = ext4_log_open(fs, &journal.log);
	/* Start 0: the log is empty, the volume was unmounted or is not dirty. */
	if (!err && journal.log.start) {
		err = replay(&journal);
		*next = journal.end_sequence + 1;	/* whatever lies in the log has other numbers */
	}
	xa_destroy(&journal.revoked);
	ext4_log_close(&journal.log);
	return err;
}

int ext4_replay_write(struct ext4_fs *fs)
{
	unsigned long block;
	void *data;
	int err = 0;

	xa_for_each(&fs->replay, block, data) {
		err = bdev_write(fs->bdev, (uint64_t)block << fs->block_bits, data, fs->block_size);
		if (err)
			return err;
	}
	err = bdev_sync(fs->bdev);
	if (!err)
		ext4_replay_free(fs);
	return err;
}

void ext4_replay_free(struct ext4_fs *fs)
{
	unsigned long block;
	void *data;

	xa_for_each(&fs->replay, block, data)
		kfree(data);
	xa_destroy(&fs->replay);
}
