/* SPDX-License-Identifier: MIT */
/*
 * state: what the super block on disk says about the volume: mounted for writing, clean, broken; and going from one
 * to the other.
 *
 *	            ext4_state_open                       ext4_state_close
 *	read-only ------------------> RECOVER is set ----------------------> RECOVER cleared, VALID set
 *	(clean)    replay, journal    s_mnt_count + 1     journal flushed     (clean)
 *	                                   | ext4_error()
 *	                                   v
 *	                               ERROR is set; by errors=: go on, read-only with the journal aborted, panic
 *
 * Without a journal there is no RECOVER; VALID is cleared instead.
 *
 * Changes go through the block in the device's page cache: in a handle as any meta data (ext4_super_begin()), or
 * straight to its place where no transaction is open. Locking. fs->super_lock for the content of the block.
 */
#include "core/assert.h"
#include "core/log.h"
#include "fs/ext4/alloc.h"
#include "fs/ext4/discard.h"
#include "fs/ext4/log.h"
#include "lib/format.h"
#include "lib/string.h"
#include "time/clock.h"

#define KNOWN_RO_COMPAT	(EXT4_RO_SPARSE_SUPER | EXT4_RO_LARGE_FILE | EXT4_RO_HUGE_FILE | EXT4_RO_GDT_CSUM | \
			 EXT4_RO_DIR_NLINK | EXT4_RO_EXTRA_ISIZE | EXT4_RO_METADATA_CSUM)

/* --- The block --- */

static uint64_t super_number(const struct ext4_fs *fs)
{
	return EXT4_SUPER_OFFSET >> fs->block_bits;
}

static struct ext4_disk_super *super_in(const struct ext4_fs *fs, const struct ext4_buf *buf)
{
	return (void *)((char *)buf->data + (EXT4_SUPER_OFFSET & (fs->block_size - 1)));
}

int ext4_super_begin(struct ext4_handle *h, struct ext4_buf *buf, struct ext4_disk_super **disk)
{
	struct ext4_fs *fs = h->fs;
	int err = ext4_buf_get(fs, super_number(fs), buf);

	if (err)
		return err;
	err = ext4_journal_get_write(h, buf);
	if (err) {
		ext4_buf_put(buf);
		return err;
	}
	mutex_lock(&fs->super_lock);
	*disk = super_in(fs, buf);
	return 0;
}

int ext4_super_end(struct ext4_handle *h, struct ext4_buf *buf)
{
	struct ext4_fs *fs = h->fs;
	struct ext4_disk_super *disk = super_in(fs, buf);
	int err;

	ext4_super_csum_set(disk);
	memcpy(&fs->disk, disk, sizeof(fs->disk));
	mutex_unlock(&fs->super_lock);
	err = ext4_journal_dirty(h, buf);
	ext4_buf_put(buf);
	return err;
}

/* Change it outside of transactions, and write it; the caller flushes. */
static int change_super(struct ext4_fs *fs, void (*change)(struct ext4_fs *fs, struct ext4_disk_super *disk))
{
	struct ext4_disk_super *disk;
	struct ext4_buf buf;
	struct log_io io;
	int err = ext4_buf_get(fs, super_number(fs), &buf);

	if (err)
		return err;
	mutex_lock(&fs->super_lock);
	disk = super_in(fs, &buf);
	change(fs, disk);
	ext4_super_csum_set(disk);
	memcpy(&fs->disk, disk, sizeof(fs->disk));
	log_io_init(&io, fs);
	log_io_write(&io, buf.block, buf.data);
	err = log_io_wait(&io);
	mutex_unlock(&fs->super_lock);
	ext4_buf_put(&buf);
	return err;
}

/* Seconds have 40 bits: the upper 8 in s_time_hi. */
static void put_time(struct ext4_disk_super *disk, uint32_t *low, enum ext4_time_hi high)
{
	struct timespec64 now;

	clock_realtime_coarse(&now);
	*low = cpu_to_le32((uint32_t)now.tv_sec);
	disk->s_time_hi[high] = (uint8_t)(now.tv_sec >> 32);
}

/* --- Open --- */

static int check_writable(const struct ext4_fs *fs)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ EXT4_RO_QUOTA, "quota" },	    { EXT4_RO_BIGALLOC, "bigalloc" },
		{ EXT4_RO_READONLY, "read-only" },  { EXT4_RO_PROJECT, "project" },
		{ EXT4_RO_VERITY, "verity" },	    { EXT4_RO_ORPHAN_PRESENT, "orphan_present" },
	};
	uint32_t unknown = fs->ro_compat & ~(uint32_t)KNOWN_RO_COMPAT;

	if (fs->incompat & EXT4_INCOMPAT_MMP) {
		klog(KLOG_ERR, "ext4 (%s): feature 'mmp' is not supported for writing", fs->sb->id);
		return -EINVAL;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (unknown & names[i].bit)
			klog(KLOG_ERR, "ext4 (%s): feature '%s' is not supported for writing", fs->sb->id,
			     names[i].name);
	}
	if (unknown)
		klog(KLOG_ERR, "ext4 (%s): it can be mounted read-only (features 0x%x)", fs->sb->id, unknown);
	return unknown ? -EINVAL : 0;
}

static void mark_open(struct ext4_fs *fs, struct ext4_disk_super *disk)
{
	uint16_t state = le16_to_cpu(disk->s_state);

	fs->clean_before = state & EXT4_STATE_VALID;
	if (fs->journal->logged)
		disk->s_feature_incompat |= cpu_to_le32(EXT4_INCOMPAT_RECOVER);
	else
		disk->s_state = cpu_to_le16((uint16_t)(state & ~EXT4_STATE_VALID));
	disk->s_mnt_count = cpu_to_le16((uint16_t)(le16_to_cpu(disk->s_mnt_count) + 1));
	put_time(disk, &disk->s_mtime, EXT4_TIME_MTIME);
	put_time(disk, &disk->s_wtime, EXT4_TIME_WTIME);
}

/* A journal that was aborted in an earlier life: the volume has an error. */
static void mark_error_before(struct ext4_fs *fs, struct ext4_disk_super *disk)
{
	ignore_result(fs);
	disk->s_state |= cpu_to_le16(EXT4_STATE_ERROR);
}

void ext4_state_apply(struct ext4_fs *fs)
{
	struct ext4_journal *j = fs->journal;

	if (!j)
		return;
	WRITE_ONCE(j->barrier, fs->opts.barrier);
	WRITE_ONCE(j->ordered, fs->opts.data == EXT4_DATA_ORDERED);
	WRITE_ONCE(j->interval_ns, (fs->opts.commit ? fs->opts.commit : 5) * 1000000000ULL);
	ext4_discard_check(fs);
}

int ext4_state_open(struct ext4_fs *fs, uint32_t next_sequence)
{
	int err = check_writable(fs);

	if (!err && READ_ONCE(fs->bdev->read_only))
		err = -EROFS;
	if (!err)
		err = ext4_journal_open(fs, next_sequence);
	if (err)
		return err;
	ext4_state_apply(fs);
	if (fs->journal->log.error) {
		klog(KLOG_WARN, "ext4 (%s): errors were found before: running e2fsck is recommended", fs->sb->id);
		err = change_super(fs, mark_error_before);
	}
	if (!err)
		err = change_super(fs, mark_open);
	if (!err)
		err = bdev_flush(fs->bdev);
	if (err) {
		ext4_journal_close(fs->journal);
		return err;
	}
	fs->incompat = le32_to_cpu(fs->disk.s_feature_incompat);
	return 0;
}

/* --- Close --- */

static void mark_clean(struct ext4_fs *fs, struct ext4_disk_super *disk)
{
	if (fs->journal->logged)
		disk->s_feature_incompat &= ~cpu_to_le32(EXT4_INCOMPAT_RECOVER);
	else if (fs->clean_before)
		disk->s_state |= cpu_to_le16(EXT4_STATE_VALID);
	ext4_alloc_super(fs, disk);
	put_time(disk, &disk->s_wtime, EXT4_TIME_WTIME);
}

int ext4_state_close(struct ext4_fs *fs)
{
	struct ext4_journal *j = fs->journal;
	int err;

	if (!j)
		return 0;
	err = ext4_journal_flush(j);
	if (!err && !READ_ONCE(j->error))
		err = change_super(fs, mark_clean);
	if (!err)
		err = bdev_flush(fs->bdev);
	if (err)
		klog(KLOG_ERR, "ext4 (%s): not unmounted cleanly: error %d", fs->sb->id, -err);
	else
		fs->incompat = le32_to_cpu(fs->disk.s_feature_incompat);
	return err;
}

/* --- Errors --- */

static void mark_error(struct ext4_fs *fs, struct ext4_disk_super *disk)
{
	uint32_t count = le32_to_cpu(disk->s_error_count);

	ignore_result(fs);
	disk->s_state |= cpu_to_le16(EXT4_STATE_ERROR);
	disk->s_error_count = cpu_to_le32(count + 1);
	put_time(disk, &disk->s_error_info[EXT4_LAST_ERROR_TIME], EXT4_TIME_LAST_ERROR);
	if (!count)
		put_time(disk, &disk->s_error_info[EXT4_FIRST_ERROR_TIME], EXT4_TIME_FIRST_ERROR);
}

void ext4_error(struct ext4_fs *fs, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	kvsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	klog(KLOG_ERR, "ext4 (%s): error: %s", fs->sb->id, text);
	ext4_handle_error(fs);
}

bool ext4_is_aborted(const struct ext4_fs *fs)
{
	return fs->journal && READ_ONCE(fs->journal->error);
}

void ext4_handle_error(struct ext4_fs *fs)
{
	if (!fs->journal || (fs->sb->flags & SB_RDONLY))
		return;
	/* Best effort: the disk is perhaps what is broken. */
	ignore_result(change_super(fs, mark_error));
	if (fs->opts.errors == EXT4_ERRORS_PANIC)
		panic("ext4 (%s): error, and errors=panic", fs->sb->id);
	if (fs->opts.errors == EXT4_ERRORS_CONTINUE && !READ_ONCE(fs->journal->error))
		return;
	ext4_journal_abort(fs->journal, -EIO);
	if (fs->journal->logged) {
		mutex_lock(&fs->journal->super_lock);
		ignore_result(ext4_log_write_super(fs->journal, fs->journal->empty ? 0 : fs->journal->tail,
						   fs->journal->tail_tid));
		mutex_unlock(&fs->journal->super_lock);
	}
	klog(KLOG_ERR, "ext4 (%s): remounting file system read-only", fs->sb->id);
	__atomic_fetch_or(&fs->sb->flags, SB_RDONLY, __ATOMIC_RELAXED);
}
