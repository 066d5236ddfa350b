/* SPDX-License-Identifier: MIT */
/*
 * log: the journal on disk (jbd2): where its blocks lie, its super block, its checksums.
 *
 * The super block is written in place from the device's page cache, so that who reads the device sees what is there.
 */
#include "fs/ext4/log.h"

#include "core/log.h"
#include "lib/crc.h"
#include "lib/string.h"

#define KNOWN_INCOMPAT	(JBD2_INCOMPAT_REVOKE | JBD2_INCOMPAT_64BIT | JBD2_INCOMPAT_ASYNC_COMMIT | \
			 JBD2_INCOMPAT_CSUM_V2 | JBD2_INCOMPAT_CSUM_V3 | JBD2_INCOMPAT_FAST_COMMIT)

/* --- Checksums: over the block with the field itself as zero --- */

static const uint32_t zero;

uint32_t ext4_log_tail_csum(const struct ext4_log *log, const void *block)
{
	return crc32c(crc32c(log->csum_seed, block, log->fs->block_size - LOG_BLOCK_TAIL), &zero, sizeof(zero));
}

/* Of a data block as it lies in the log. */
uint32_t ext4_log_data_csum(const struct ext4_log *log, uint32_t sequence, const void *data)
{
	uint32_t number = cpu_to_be32(sequence);

	return crc32c(crc32c(log->csum_seed, &number, sizeof(number)), data, log->fs->block_size);
}

uint32_t ext4_log_commit_csum(const struct ext4_log *log, const void *block)
{
	const size_t field = offsetof(struct jbd2_commit, h_chksum), behind = field + sizeof(uint32_t);
	uint32_t crc = crc32c(log->csum_seed, block, field);

	crc = crc32c(crc, &zero, sizeof(zero));
	return crc32c(crc, (const char *)block + behind, log->fs->block_size - behind);
}

uint32_t ext4_log_super_csum(const struct jbd2_super *super)
{
	const size_t field = offsetof(struct jbd2_super, s_checksum), behind = field + sizeof(uint32_t);
	uint32_t crc = crc32c(~0u, super, field);

	crc = crc32c(crc, &zero, sizeof(zero));
	return crc32c(crc, (const char *)super + behind, sizeof(*super) - behind);
}

void ext4_log_header(void *block, enum jbd2_block_type type, uint32_t sequence)
{
	struct jbd2_header *header = block;

	header->h_magic = cpu_to_be32(JBD2_MAGIC);
	header->h_blocktype = cpu_to_be32(type);
	header->h_sequence = cpu_to_be32(sequence);
}

/* --- Geometry --- */

/* Version 2 checksums have a tag that is two bytes longer than its fields, for no reason but history. */
void ext4_log_set_features(struct ext4_log *log, uint32_t features)
{
	uint32_t size = features & JBD2_INCOMPAT_64BIT ? sizeof(struct jbd2_tag) :
							 offsetof(struct jbd2_tag, t_blocknr_high);

	log->features = features;
	if (features & JBD2_INCOMPAT_CSUM_V3)
		log->tag_size = sizeof(struct jbd2_tag3);
	else
		log->tag_size = size + (features & JBD2_INCOMPAT_CSUM_V2 ? sizeof(uint16_t) : 0);
}

int ext4_log_map(const struct ext4_log *log, uint32_t number, uint32_t max, struct ext4_run *run)
{
	int err = ext4_map(ext4_i(log->inode), number, max, run);

	if (!err && !run->block)
		err = ext4_corrupt(log->fs, "journal: hole at block %u", number);
	return err;
}

static int check_super(struct ext4_log *log, const struct jbd2_super *super)
{
	struct ext4_fs *fs = log->fs;
	uint64_t blocks = (uint64_t)log->inode->size >> fs->block_bits;

	if (log->features & ~(uint32_t)KNOWN_INCOMPAT) {
		klog(KLOG_ERR, "ext4 (%s): journal has unknown features 0x%x", fs->sb->id,
		     log->features & ~(uint32_t)KNOWN_INCOMPAT);
		return -EOPNOTSUPP;
	}
	if (be32_to_cpu(super->s_blocksize) != fs->block_size || log->last > blocks || !log->first ||
	    log->first >= log->last || log->start >= log->last || (log->start && log->start < log->first))
		return ext4_corrupt(fs, "journal: superblock makes no sense");
	if (ext4_log_has_csum(log) && ext4_log_super_csum(super) != be32_to_cpu(super->s_checksum))
		return ext4_bad_csum(fs, "superblock of journal", log->inode->ino);
	return 0;
}

static int read_super(struct ext4_log *log, const struct jbd2_super *super)
{
	uint32_t type = be32_to_cpu(super->s_header.h_blocktype), features = 0, fast;

	if (be32_to_cpu(super->s_header.h_magic) != JBD2_MAGIC || (type != JBD2_SUPER_V1 && type != JBD2_SUPER_V2))
		return ext4_corrupt(log->fs, "journal without a superblock");
	log->version = type;
	log->first = be32_to_cpu(super->s_first);
	log->last = be32_to_cpu(super->s_maxlen);
	log->start = be32_to_cpu(super->s_start);
	log->sequence = be32_to_cpu(super->s_sequence);
	log->error = be32_to_cpu(super->s_errno);
	if (type == JBD2_SUPER_V2) {
		features = be32_to_cpu(super->s_feature_incompat);
		log->compat = be32_to_cpu(super->s_feature_compat);
		log->csum_seed = crc32c(~0u, super->s_uuid, sizeof(super->s_uuid));
	}
	if (features & JBD2_INCOMPAT_FAST_COMMIT) {
		fast = be32_to_cpu(super->s_num_fc_blks);
		log->last = fast && fast < log->last ? log->last - fast : 0;
	}
	ext4_log_set_features(log, features);
	return check_super(log, super);
}

int ext4_log_open(struct ext4_fs *fs, struct ext4_log *log)
{
	struct ext4_run run;
	struct ext4_buf buf;
	int err;

	memset(log, 0, sizeof(*log));
	log->fs = fs;
	if (!fs->disk.s_journal_inum) {
		klog(KLOG_ERR, "ext4 (%s): its journal is on another device, which is not supported", fs->sb->id);
		return -EOPNOTSUPP;
	}
	err = ext4_iget(fs->sb, le32_to_cpu(fs->disk.s_journal_inum), &log->inode);
	if (err)
		return err;
	fs->sb->own_inodes++;
	if (!S_ISREG(log->inode->mode))
		return ext4_corrupt(fs, "the journal is not a file");
	err = ext4_log_map(log, 0, 1, &run);
	if (!err)
		err = ext4_buf_get(fs, run.block, &buf);
	if (err)
		return err;
	err = read_super(log, buf.data);
	ext4_buf_put(&buf);
	return err;
}

void ext4_log_close(struct ext4_log *log)
{
	if (!log->inode)
		return;
	log->fs->sb->own_inodes--;
	inode_put(log->inode);
	log->inode = NULL;
}

int ext4_log_write_super(struct ext4_journal *j, uint32_t start, uint32_t sequence)
{
	struct jbd2_super *super = j->super.data;
	struct log_io io;

	super->s_start = cpu_to_be32(start);
	super->s_sequence = cpu_to_be32(sequence);
	super->s_errno = cpu_to_be32((uint32_t)READ_ONCE(j->error));
	super->s_header.h_blocktype = cpu_to_be32(JBD2_SUPER_V2);
	super->s_feature_incompat = cpu_to_be32(j->log.features);
	super->s_feature_compat = cpu_to_be32(j->log.compat);
	if (ext4_log_has_csum(&j->log)) {
		super->s_checksum_type = JBD2_CRC32C;
		super->s_checksum = cpu_to_be32(ext4_log_super_csum(super));
	}
	log_io_init(&io, j->fs);
	log_io_write(&io, j->super.block, super);
	return log_io_wait(&io);
}
