/* SPDX-License-Identifier: MIT */
/*
 * fiemap: FS_IOC_FIEMAP and FIBMAP, as filefrag(8) and programs that copy files by their extents ask.
 *
 * The range is walked run by run. A run that was found is handed over when the next one is, so that the last of the
 * range is known as such when its turn comes. Blocks that wait for a place are told as such (DELALLOC); with
 * FIEMAP_FLAG_SYNC they get one first. inode->lock, held for reading, keeps calls that change the map out.
 */
#include "fs/ext4/fiemap.h"

#include "abi/capability.h"
#include "abi/fiemap.h"
#include "fs/ext4/write.h"
#include "lib/align.h"
#include "mm/uaccess.h"
#include "sched/sched.h"
#include "vfs/cred.h"
#include "vfs/file.h"

#define KNOWN_FLAGS	(FIEMAP_FLAG_SYNC | FIEMAP_FLAG_CACHE)
#define EXTENTS_MAX	(UINT32_MAX / sizeof(struct fiemap_extent))

/* What is being told. A value on the stack. */
struct told {
	struct fiemap_extent __user *to;
	struct fiemap_extent held;	/* the run found last; fe_length 0: none */
	struct fiemap map;
};

/* Hand the held run over. 1: there is no room for more; 0, -EFAULT. */
static int hand_over(struct told *told, uint32_t flags)
{
	if (!told->held.fe_length)
		return 0;
	told->held.fe_flags |= flags;
	if (!told->map.fm_extent_count) {	/* how many are there? */
		told->map.fm_mapped_extents++;
		return 0;
	}
	if (told->map.fm_mapped_extents == told->map.fm_extent_count)
		return 1;
	if (copy_to_user(told->to + told->map.fm_mapped_extents, &told->held, sizeof(told->held)))
		return -EFAULT;
	told->map.fm_mapped_extents++;
	return told->map.fm_mapped_extents == told->map.fm_extent_count && !(flags & FIEMAP_EXTENT_LAST);
}

static int tell(struct told *told, const struct fiemap_extent *extent)
{
	int err = hand_over(told, 0);

	told->held = *extent;
	return err;
}

/* The part of a hole, from its first block on, that waits for a place; else how much of it, up to `next`, does not. */
static bool clip_waiting(struct ext4_inode *inode, uint32_t block, uint32_t next, struct ext4_run *run)
{
	uint32_t n = 1;

	if (next != block) {
		run->count = min(run->count, next - block);
		return false;
	}
	while (n < run->count && ext4_delayed_next(inode, block + n) == block + n)
		n++;
	run->count = n;
	return true;
}

/* One run from `block` on (the next that waits: `next`): told unless it is a hole. 0, 1: no room, -errno. */
static int tell_run(struct told *told, struct ext4_inode *inode, uint32_t block, uint32_t next, struct ext4_run *run)
{
	unsigned bits = inode->vfs.sb->block_bits;
	struct fiemap_extent extent = { .fe_logical = (uint64_t)block << bits };

	if (!run->block && !run->unwritten) {
		if (!clip_waiting(inode, block, next, run))
			return 0;
		extent.fe_flags = FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_UNKNOWN;
	} else {
		extent.fe_physical = (run->block ? run->block : run->unwritten) << bits;
		extent.fe_flags = run->block ? 0 : FIEMAP_EXTENT_UNWRITTEN;
		if (!(inode->flags & EXT4_EXTENTS_FL))
			extent.fe_flags |= FIEMAP_EXTENT_MERGED;
	}
	extent.fe_length = (uint64_t)run->count << bits;
	return tell(told, &extent);
}

/* Blocks [first, end). */
static int walk(struct told *told, struct ext4_inode *inode, uint64_t first, uint64_t end)
{
	struct ext4_run run;
	uint32_t next;
	int err = 0;

	for (; !err && first < end; first += run.count) {
		next = ext4_delayed_next(inode, (uint32_t)first);	/* first: who gets a place waits no more */
		err = ext4_map(inode, (uint32_t)first, (uint32_t)min(end - first, (uint64_t)UINT32_MAX), &run);
		if (!err)
			err = tell_run(told, inode, (uint32_t)first, next, &run);
		if (!err && fatal_signal_pending())
			err = -EINTR;
		cond_resched();
	}
	if (!err)
		err = hand_over(told, FIEMAP_EXTENT_LAST);
	return min(err, 0);
}

/* Content that lies in the inode. */
static int tell_inline(struct told *told, struct ext4_inode *inode)
{
	struct ext4_disk_inode *disk;
	struct ext4_buf buf;
	int err = ext4_inode_raw(ext4_fs(inode->vfs.sb), inode->vfs.ino, &buf, &disk);

	if (err)
		return err;
	told->held.fe_physical = (buf.block << inode->vfs.sb->block_bits) +
				 (uint64_t)((char *)disk->i_block - (char *)buf.data);
	ext4_buf_put(&buf);
	told->held.fe_length = (uint64_t)inode->vfs.size;
	told->held.fe_flags = FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_NOT_ALIGNED;
	return min(hand_over(told, FIEMAP_EXTENT_LAST), 0);
}

/* Where the map can have anything: a block map ends with the file. */
static uint64_t end_of_map(struct ext4_inode *inode)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);

	return inode->flags & EXT4_EXTENTS_FL ? UINT32_MAX : ext4_blocks_of(fs, READ_ONCE(inode->vfs.size));
}

static int tell_range(struct told *told, struct ext4_inode *inode, uint64_t start, uint64_t len)
{
	unsigned bits = inode->vfs.sb->block_bits;
	uint64_t size = 1ull << bits;

	if (inode->flags & EXT4_INLINE_DATA_FL)
		return start < (uint64_t)inode->vfs.size ? tell_inline(told, inode) : 0;
	return walk(told, inode, start >> bits, min(ALIGN_UP(start + len, size) >> bits, end_of_map(inode)));
}

/* 0 and what of the length a file can have; -EBADR and what is not known, in the caller's flags; -EINVAL, -EFBIG. */
static int check(struct fiemap *map, uint64_t most, uint64_t *len)
{
	if (map->fm_extent_count > EXTENTS_MAX || !map->fm_length)
		return -EINVAL;
	if (map->fm_start > most)
		return -EFBIG;
	*len = map->fm_length;
	if (*len > most || most - *len < map->fm_start)
		*len = most - map->fm_start;
	if (map->fm_flags & ~(uint32_t)KNOWN_FLAGS) {
		map->fm_flags &= ~(uint32_t)KNOWN_FLAGS;
		return -EBADR;
	}
	return 0;
}

long ext4_ioctl_fiemap(struct file *file, struct fiemap __user *umap)
{
	struct inode *vfs = file->inode;
	struct told told = { .to = umap->fm_extents };
	uint64_t len;
	int err;

	if (copy_from_user(&told.map, umap, sizeof(told.map)))
		return -EFAULT;
	told.map.fm_mapped_extents = 0;
	err = check(&told.map, (uint64_t)ext4_map_limit(ext4_i(vfs)), &len);
	if (!err && (told.map.fm_flags & FIEMAP_FLAG_SYNC))
		err = pagecache_sync(&vfs->mapping, 0, INT64_MAX, /*wait=*/true);
	if (!err) {
		down_read(&vfs->lock);
		err = tell_range(&told, ext4_i(vfs), told.map.fm_start, len);
		up_read(&vfs->lock);
	}
	return copy_to_user(umap, &told.map, sizeof(told.map)) ? -EFAULT : err;
}

long ext4_ioctl_fibmap(struct file *file, int __user *ublock)
{
	struct inode *vfs = file->inode;
	struct ext4_run run = { .block = 0 };
	int block, err;

	if (!S_ISREG(vfs->mode))
		return -ENOTTY;
	if (!cred_capable(cred_current(), CAP_SYS_RAWIO))
		return -EPERM;
	err = get_user(block, ublock);
	if (!err && block < 0)
		err = -EINVAL;
	if (!err)		/* what waits for a place gets one */
		err = pagecache_sync(&vfs->mapping, 0, INT64_MAX, /*wait=*/true);
	if (err)
		return err;
	down_read(&vfs->lock);
	if (!(ext4_i(vfs)->flags & EXT4_INLINE_DATA_FL) &&
	    (uint32_t)block < ext4_blocks_of(ext4_fs(vfs->sb), vfs->size))
		err = ext4_map(ext4_i(vfs), (uint32_t)block, 1, &run);
	up_read(&vfs->lock);
	if (!err && run.block > INT32_MAX) {
		err = -ERANGE;
		run.block = 0;
	}
	return put_user((int)run.block, ublock) ? -EFAULT : err;
}
