/* SPDX-License-Identifier: MIT */
/*
 * discard: the device is told which blocks nobody needs, so that it may give their storage up.
 *
 *	-o discard	what a transaction freed, once it is committed and before the blocks can be used again; without
 *			a journal as they are freed
 *	FITRIM		all that is free now: ioctl_fitrim, fstrim(8)
 *
 * What is discarded reads as anything afterwards, so it must be free on disk, too, and stay so until the device is
 * done: the former because blocks not committed are `busy` (balloc.c), the latter because the group's lock, or `busy`
 * again, is held meanwhile. A device's refusal changes nothing: it is advice.
 */
#include "fs/ext4/discard.h"

#include "abi/capability.h"
#include "abi/ioctl.h"
#include "block/queue.h"
#include "core/log.h"
#include "fs/ext4/group.h"
#include "lib/bitmap.h"
#include "mm/uaccess.h"
#include "sched/sched.h"
#include "vfs/cred.h"
#include "vfs/file.h"

void ext4_discard_blocks(struct ext4_fs *fs, uint64_t block, uint64_t count)
{
	if (count)
		ignore_result(bio_discard(fs->bdev, block << fs->block_bits, count << fs->block_bits));
}

void ext4_discard_check(const struct ext4_fs *fs)
{
	if (fs->opts.discard && !fs->bdev->queue->limits.max_discard_bytes)
		klog(KLOG_WARN, "ext4 (%s): mounted with \"discard\", but the device does not support it", fs->sb->id);
}

/* --- FITRIM --------------------------------------------------------------------------------------- */

/* What to trim, in blocks, and how much was. */
struct trim {
	uint64_t first, end;
	uint64_t least;			/* shorter runs are left */
	uint64_t done;
};

/* Free runs of one group, [from, to) of its bits. The group's lock is held. */
static int trim_runs(struct ext4_fs *fs, const struct ext4_bitmap *b, uint32_t from, uint32_t to, struct trim *trim)
{
	const struct ext4_group *group = &fs->alloc->groups[b->group];
	uint64_t block = ext4_group_first(fs, b->group);
	uint32_t end;
	int err = 0;

	for (uint32_t at = from; !err && at < to; at = end) {
		at = (uint32_t)find_next_zero_bit(b->map, to, at);
		end = at < to ? (uint32_t)find_next_bit(b->map, to, at) : to;
		if (at < end && group->busy) {		/* freed, but not committed */
			if (test_bit(at, group->busy)) {
				end = min(end, (uint32_t)find_next_zero_bit(group->busy, end, at));
				continue;
			}
			end = (uint32_t)find_next_bit(group->busy, end, at);
		}
		if (end - at < trim->least || at == end)
			continue;
		err = bio_discard(fs->bdev, (block + at) << fs->block_bits, (uint64_t)(end - at) << fs->block_bits);
		trim->done += err ? 0 : end - at;
	}
	return err;
}

static int trim_group(struct ext4_fs *fs, uint32_t number, struct trim *trim)
{
	struct ext4_group *group = &fs->alloc->groups[number];
	uint64_t first = ext4_group_first(fs, number), end = first + ext4_group_blocks(fs, number);
	bool whole = trim->first <= first && trim->end >= end;
	struct ext4_handle *h;
	struct ext4_bitmap b;
	int err, stopped;

	if (READ_ONCE(group->free_blocks) < trim->least)
		return 0;
	err = ext4_journal_start(fs, 2, &h);		/* the bitmap may have to be made */
	if (err)
		return err;
	mutex_lock(ext4_group_lock(fs, number));
	err = group->state & EXT4_GROUP_TRIMMED ? 0 : ext4_bitmap_open(h, number, EXT4_GROUP_BLOCK_BITMAP, &b);
	if (!err && !(group->state & EXT4_GROUP_TRIMMED)) {
		err = trim_runs(fs, &b, (uint32_t)(max(trim->first, first) - first),
				(uint32_t)(min(trim->end, end) - first), trim);
		if (!err && whole && !group->nr_busy && trim->least <= 1)
			group->state |= EXT4_GROUP_TRIMMED;
		ext4_bitmap_close(&b);
	}
	mutex_unlock(ext4_group_lock(fs, number));
	stopped = ext4_journal_stop(h);
	return err ? err : stopped;
}

/* The range in blocks, by the rules of fstrim(8). 0, 1: nothing to do; -EINVAL. */
static int trim_range(const struct ext4_fs *fs, const struct fstrim_range *range, struct trim *trim)
{
	uint64_t granularity = fs->bdev->queue->limits.discard_granularity, count = range->len >> fs->block_bits;

	*trim = (struct trim){ .first = range->start >> fs->block_bits };
	trim->least = max(range->minlen, granularity) >> fs->block_bits;
	if (range->minlen >> fs->block_bits > le32_to_cpu(fs->disk.s_blocks_per_group) ||
	    trim->first >= fs->blocks_count || !count)
		return -EINVAL;
	trim->end = min(count, fs->blocks_count - trim->first) + trim->first;
	if (trim->end <= (uint64_t)fs->first_block + 1)
		return 1;
	trim->first = max(trim->first, (uint64_t)fs->first_block);
	return 0;
}

static int trim_groups(struct ext4_fs *fs, struct trim *trim)
{
	uint32_t per_group = le32_to_cpu(fs->disk.s_blocks_per_group);
	uint32_t at = (uint32_t)((trim->first - fs->first_block) / per_group);
	uint32_t last = (uint32_t)((trim->end - 1 - fs->first_block) / per_group);
	int err = 0;

	for (; !err && at <= last; at++) {
		err = fatal_signal_pending() ? -EINTR : trim_group(fs, at, trim);
		cond_resched();
	}
	return err;
}

long ext4_ioctl_trim(struct file *file, struct fstrim_range __user *urange)
{
	struct ext4_fs *fs = ext4_fs(file->inode->sb);
	struct fstrim_range range;
	struct trim trim;
	int err;

	if (!cred_capable(cred_current(), CAP_SYS_ADMIN))
		return -EPERM;
	if (!fs->bdev->queue->limits.max_discard_bytes)
		return -EOPNOTSUPP;
	if (!fs->alloc)					/* no counts of groups: it was never writable */
		return -EROFS;
	if (copy_from_user(&range, urange, sizeof(range)))
		return -EFAULT;
	err = trim_range(fs, &range, &trim);
	if (!err)
		err = trim_groups(fs, &trim);
	if (err < 0)
		return err;
	range.len = trim.done << fs->block_bits;
	return copy_to_user(urange, &range, sizeof(range)) ? -EFAULT : 0;
}
