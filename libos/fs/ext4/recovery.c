/* SPDX-License-Identifier: MIT */
/*
 * recovery: what a journal (jbd2) holds that has not reached its place.
 *
 * The log is a ring of blocks inside a file: transactions one after another, each a descriptor block that names
 * the places of the data blocks behind it (and more of such), perhaps revoke blocks, and at the end a commit
 * block. It ends where a block does not have the expected number, or a transaction has no good commit block.
 *
 * Three passes over it: SCAN finds the last committed transaction; REVOKE learns which blocks later transactions
 * declared void, up to which transaction; REPLAY takes the rest, in order. Nothing is written: the contents go to
 * fs->replay, from where all reads of these blocks are served. That is enough to read the volume as it was
 * committed; mounting for writing will write them back and empty the log.
 */
#include "fs/ext4/ext4.h"

#include "core/log.h"
#include "lib/crc.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/sched.h"

enum pass { PASS_SCAN, PASS_REVOKE, PASS_REPLAY };

#define KNOWN_INCOMPAT	(JBD2_INCOMPAT_REVOKE | JBD2_INCOMPAT_64BIT | JBD2_INCOMPAT_ASYNC_COMMIT | \
			 JBD2_INCOMPAT_CSUM_V2 | JBD2_INCOMPAT_CSUM_V3 | JBD2_INCOMPAT_FAST_COMMIT)
#define BLOCK_TAIL	4u		/* checksum at the end of descriptor and revoke blocks */
#define UUID_SIZE	16u

struct journal {
	struct ext4_fs *fs;
	struct ext4_inode *inode;
	uint32_t first, last;		/* the ring: [first, last) */
	uint32_t start;			/* where the log begins */
	uint32_t start_sequence;
	uint32_t end_sequence;		/* first transaction that is not committed; found by SCAN */
	uint32_t features;
	uint32_t csum_seed;
	uint32_t tag_size;
	struct xarray revoked;		/* block -> last transaction that revoked it, as a value */
	uint32_t nr_blocks;		/* replayed */
};

static bool has_csum(const struct journal *journal)
{
	return journal->features & (JBD2_INCOMPAT_CSUM_V2 | JBD2_INCOMPAT_CSUM_V3);
}

/* Transaction numbers wrap around. */
static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static int read_block(struct journal *journal, uint32_t number, struct ext4_buf *buf)
{
	struct ext4_run run;
	int err = ext4_map(journal->inode, number, 1, &run);

	if (!err && !run.block)
		err = ext4_corrupt(journal->fs, "journal: hole at block %u", number);
	return err ? err : ext4_buf_get(journal->fs, run.block, buf);
}

static uint32_t next_block(const struct journal *journal, uint32_t number)
{
	return number + 1 < journal->last ? number + 1 : journal->first;
}

/* The checksum at the end of a descriptor or revoke block. */
static bool tail_ok(const struct journal *journal, const char *block)
{
	static const uint32_t zero;
	uint32_t size = journal->fs->block_size - BLOCK_TAIL;

	if (!has_csum(journal))
		return true;
	return crc32c(crc32c(journal->csum_seed, block, size), &zero, sizeof(zero)) == get_unaligned_be32(block + size);
}

/* Data blocks carry their checksum in the tag: over the transaction's number and the block as it lies in the log. */
static bool data_ok(const struct journal *journal, uint32_t sequence, const void *data, uint32_t wanted)
{
	uint32_t number = cpu_to_be32(sequence), crc;

	if (!has_csum(journal))
		return true;
	crc = crc32c(crc32c(journal->csum_seed, &number, sizeof(number)), data, journal->fs->block_size);
	return journal->features & JBD2_INCOMPAT_CSUM_V3 ? crc == wanted : (uint16_t)crc == wanted;
}

static bool commit_ok(const struct journal *journal, const char *block)
{
	const size_t field = offsetof(struct jbd2_commit, h_chksum), behind = field + sizeof(uint32_t);
	static const uint32_t zero;
	uint32_t crc;

	if (!has_csum(journal))
		return true;
	crc = crc32c(journal->csum_seed, block, field);
	crc = crc32c(crc, &zero, sizeof(zero));
	crc = crc32c(crc, block + behind, journal->fs->block_size - behind);
	return crc == get_unaligned_be32(block + field);
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
	uint32_t room = journal->fs->block_size - (has_csum(journal) ? BLOCK_TAIL : 0);
	const char *at = block + *offset;

	if (*offset + journal->tag_size > room)
		return false;
	tag->block = get_unaligned_be32(at);
	if (journal->features & JBD2_INCOMPAT_CSUM_V3) {
		tag->flags = get_unaligned_be32(at + offsetof(struct jbd2_tag3, t_flags));
		tag->checksum = get_unaligned_be32(at + offsetof(struct jbd2_tag3, t_checksum));
	} else {
		tag->flags = get_unaligned_be16(at + offsetof(struct jbd2_tag, t_flags));
		tag->checksum = get_unaligned_be16(at + offsetof(struct jbd2_tag, t_checksum));
	}
	if (journal->features & JBD2_INCOMPAT_64BIT)
		tag->block |= (uint64_t)get_unaligned_be32(at + 8) << 32;
	*offset += journal->tag_size;
	if (!(tag->flags & JBD2_TAG_SAME_UUID))
		*offset += UUID_SIZE;
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
	err = xa_store_prealloc(&fs->replay, tag->block, copy, &old, NULL);
	kfree(err ? copy : old);
	journal->nr_blocks += !err;
	return err;
}

static bool is_revoked(const struct journal *journal, uint64_t block, uint32_t sequence)
{
	void *entry = xa_load(&journal->revoked, block);

	return entry && !before((uint32_t)xa_to_value(entry), sequence);
}

static int replay_block(struct journal *journal, uint32_t number, uint32_t sequence, const struct tag *tag)
{
	struct ext4_buf buf;
	int err;

	if (is_revoked(journal, tag->block, sequence))
		return 0;
	err = read_block(journal, number, &buf);
	if (err)
		return err;
	if (data_ok(journal, sequence, buf.data, tag->checksum))
		err = keep(journal, tag, buf.data);
	else
		err = ext4_bad_csum(journal->fs, "journal: block of transaction", sequence);
	ext4_buf_put(&buf);
	return err;
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
	while (!err && !(tag.flags & JBD2_TAG_LAST) && next_tag(journal, block, &offset, &tag)) {
		if (pass == PASS_REPLAY)
			err = replay_block(journal, *number, sequence, &tag);
		*number = next_block(journal, *number);
	}
	return err;
}

static int do_revoke(struct journal *journal, const char *block, uint32_t sequence)
{
	uint32_t size = journal->features & JBD2_INCOMPAT_64BIT ? 8 : 4;
	uint32_t room = journal->fs->block_size - (has_csum(journal) ? BLOCK_TAIL : 0);
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
	*number = next_block(journal, *number);
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
	uint32_t number = journal->start, sequence = journal->start_sequence;
	/* Each step takes at least one block of the ring; a log that goes round twice is broken. */
	uint32_t steps = journal->last - journal->first;
	int result = 0;

	while (!result && steps--) {
		struct ext4_buf buf;

		if (pass != PASS_SCAN && !before(sequence, journal->end_sequence))
			break;
		result = read_block(journal, number, &buf);
		if (result)
			break;
		result = do_block(journal, pass, buf.data, &number, &sequence);
		ext4_buf_put(&buf);
		cond_resched();
	}
	if (pass == PASS_SCAN)
		journal->end_sequence = sequence;
	return result < 0 ? result : 0;
}

/* --- The journal's superblock --------------------------------------------------------------------- */

static int check_super(struct journal *journal, const struct jbd2_super *super)
{
	static const uint32_t zero;
	const size_t field = offsetof(struct jbd2_super, s_checksum), behind = field + sizeof(uint32_t);
	const char *bytes = (const char *)super;
	uint64_t blocks = (uint64_t)journal->inode->vfs.size >> journal->fs->block_bits;
	uint32_t crc;

	if (journal->features & ~(uint32_t)KNOWN_INCOMPAT) {
		klog(KLOG_ERR, "ext4 (%s): journal has unknown features 0x%x", journal->fs->sb->id,
		     journal->features & ~(uint32_t)KNOWN_INCOMPAT);
		return -EOPNOTSUPP;
	}
	if (be32_to_cpu(super->s_blocksize) != journal->fs->block_size || journal->last > blocks || !journal->first ||
	    journal->first >= journal->last || journal->start >= journal->last ||
	    (journal->start && journal->start < journal->first))
		return ext4_corrupt(journal->fs, "journal: superblock makes no sense");
	if (!has_csum(journal))
		return 0;
	crc = crc32c(~0u, bytes, field);
	crc = crc32c(crc, &zero, sizeof(zero));
	crc = crc32c(crc, bytes + behind, sizeof(*super) - behind);
	if (crc == be32_to_cpu(super->s_checksum))
		return 0;
	return ext4_bad_csum(journal->fs, "superblock of journal", journal->inode->vfs.ino);
}

static uint32_t tag_size(uint32_t features)
{
	if (features & JBD2_INCOMPAT_CSUM_V3)
		return sizeof(struct jbd2_tag3);
	return features & JBD2_INCOMPAT_64BIT ? sizeof(struct jbd2_tag) : offsetof(struct jbd2_tag, t_blocknr_high);
}

static int open_journal(struct journal *journal)
{
	const struct jbd2_super *super;
	struct ext4_buf buf;
	uint32_t type;
	int err = read_block(journal, 0, &buf);

	if (err)
		return err;
	super = buf.data;
	type = be32_to_cpu(super->s_header.h_blocktype);
	if (be32_to_cpu(super->s_header.h_magic) != JBD2_MAGIC || (type != JBD2_SUPER_V1 && type != JBD2_SUPER_V2)) {
		ext4_buf_put(&buf);
		return ext4_corrupt(journal->fs, "journal without a superblock");
	}
	journal->first = be32_to_cpu(super->s_first);
	journal->last = be32_to_cpu(super->s_maxlen);
	journal->start = be32_to_cpu(super->s_start);
	journal->start_sequence = be32_to_cpu(super->s_sequence);
	if (type == JBD2_SUPER_V2) {
		journal->features = be32_to_cpu(super->s_feature_incompat);
		journal->csum_seed = crc32c(~0u, super->s_uuid, sizeof(super->s_uuid));
	}
	if (journal->features & JBD2_INCOMPAT_FAST_COMMIT) {
		uint32_t fast = be32_to_cpu(super->s_num_fc_blks);

		journal->last = fast && fast < journal->last ? journal->last - fast : 0;
	}
	journal->tag_size = tag_size(journal->features);
	err = check_super(journal, super);
	ext4_buf_put(&buf);
	return err;
}

/* Fast commits behind the last full one, which this code cannot replay, begin with a head of the next number. */
static int check_fast_commits(struct journal *journal)
{
	const struct ext4_disk_fc_head *head;
	struct ext4_buf buf;
	int err;

	if (!(journal->features & JBD2_INCOMPAT_FAST_COMMIT))
		return 0;
	err = read_block(journal, journal->last, &buf);
	if (err)
		return err;
	head = buf.data;
	if (le16_to_cpu(head->fc_tag) == EXT4_FC_TAG_HEAD && le32_to_cpu(head->fc_tid) == journal->end_sequence) {
		klog(KLOG_ERR, "ext4 (%s): the journal holds fast commits; run e2fsck on it first",
		     journal->fs->sb->id);
		err = -EOPNOTSUPP;
	}
	ext4_buf_put(&buf);
	return err;
}

static int replay(struct journal *journal)
{
	int err = open_journal(journal);

	/* Start 0: the log is empty, the volume was unmounted or is not dirty. */
	if (err || !journal->start)
		return err;
	err = run_pass(journal, PASS_SCAN);
	if (!err)
		err = check_fast_commits(journal);
	if (!err)
		err = run_pass(journal, PASS_REVOKE);
	if (!err)
		err = run_pass(journal, PASS_REPLAY);
	if (!err)
		klog(KLOG_INFO, "ext4 (%s): journal: %u transactions, %u blocks replayed in memory",
		     journal->fs->sb->id, journal->end_sequence - journal->start_sequence, journal->nr_blocks);
	return err;
}

int ext4_recover(struct ext4_fs *fs)
{
	struct journal journal = { .fs = fs };
	struct inode *inode;
	int err;

	if (!(fs->compat & EXT4_COMPAT_HAS_JOURNAL) || !(fs->incompat & EXT4_INCOMPAT_RECOVER))
		return 0;
	if (!fs->disk.s_journal_inum) {
		klog(KLOG_ERR, "ext4 (%s): its journal is on another device, which is not supported", fs->sb->id);
		return -EOPNOTSUPP;
	}
	err = ext4_iget(fs->sb, le32_to_cpu(fs->disk.s_journal_inum), &inode);
	if (err)
		return err;
	journal.inode = ext4_i(inode);
	xa_init(&journal.revoked);
	if (S_ISREG(inode->mode))
		err = replay(&journal);
	else
		err = ext4_corrupt(fs, "the journal is not a file");
	xa_destroy(&journal.revoked);
	inode_put(inode);
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
