/* SPDX-License-Identifier: MIT */
/*
 * inode_write: from a struct inode back to the inode table; and the end of an object without a name.
 *
 * An inode is written in the handle of whatever changed it (ext4_inode_dirty). The size on disk is disksize, which
 * follows the file's size when data has got its blocks. Times that change alone have a handle of their own.
 */
#include "fs/ext4/map.h"

#include "fs/ext4/write.h"
#include "fs/ext4/xattr.h"
#include "sched/sched.h"
#include "vfs/stat.h"

#define INODE_CREDITS	2u
#define FREE_TRIES	5u

void ext4_inode_init(struct ext4_inode *inode)
{
	spin_lock_init(&inode->map_lock, "ext4_map");
	spin_lock_init(&inode->raw_lock, "ext4_raw");
	spin_lock_init(&inode->delayed_lock, "ext4_delayed");
	rwsem_init(&inode->map_sem, "ext4_map_sem");
	xa_init(&inode->delayed);
	INIT_LIST_HEAD(&inode->orphan);
}

/* --- Fields --------------------------------------------------------------------------------------- */

#define HAS_FIELD(inode, field) \
	((inode)->extra_isize + EXT4_INODE_SIZE_OLD >= offsetof(struct ext4_disk_inode, field) + sizeof(uint32_t))

static void put_time(const struct timespec64 *ts, uint32_t *seconds, uint32_t *extra)
{
	int64_t sec = ts->tv_sec;

	if (!extra)
		sec = clamp(sec, (int64_t)INT32_MIN, (int64_t)INT32_MAX);
	*seconds = cpu_to_le32((uint32_t)sec);
	if (extra)
		*extra = cpu_to_le32((uint32_t)((sec - (int32_t)sec) >> 32 & 3) | (uint32_t)ts->tv_nsec << 2);
}

static void put_times(const struct ext4_inode *inode, struct ext4_disk_inode *disk)
{
	const struct inode *vfs = &inode->vfs;

	put_time(&vfs->atime, &disk->i_atime, HAS_FIELD(inode, i_atime_extra) ? &disk->i_atime_extra : NULL);
	put_time(&vfs->mtime, &disk->i_mtime, HAS_FIELD(inode, i_mtime_extra) ? &disk->i_mtime_extra : NULL);
	put_time(&vfs->ctime, &disk->i_ctime, HAS_FIELD(inode, i_ctime_extra) ? &disk->i_ctime_extra : NULL);
	if (HAS_FIELD(inode, i_crtime_extra))
		put_time(&vfs->btime, &disk->i_crtime, &disk->i_crtime_extra);
	if (HAS_FIELD(inode, i_projid))
		disk->i_projid = cpu_to_le32(inode->projid);
}

/*
 * 512-byte units in 48 bits, or file-system blocks where that is not enough (huge_file): the flags on disk say which.
 * Those in memory are their owners': whoever writes a time of access holds none of their locks.
 */
static void put_blocks(const struct ext4_fs *fs, const struct ext4_inode *inode, struct ext4_disk_inode *disk)
{
	uint32_t flags = READ_ONCE(inode->flags) & ~(uint32_t)EXT4_HUGE_FILE_FL;
	uint64_t blocks = inode->vfs.blocks;

	if (blocks >> 48 && (fs->ro_compat & EXT4_RO_HUGE_FILE)) {
		flags |= EXT4_HUGE_FILE_FL;
		blocks >>= fs->block_bits - 9;
	}
	disk->i_flags = cpu_to_le32(flags);
	disk->i_blocks_lo = cpu_to_le32((uint32_t)blocks);
	if (fs->ro_compat & EXT4_RO_HUGE_FILE)
		disk->i_blocks_high = cpu_to_le16((uint16_t)(blocks >> 32));
}

static void put_attributes(const struct ext4_fs *fs, struct ext4_inode *inode, struct ext4_disk_inode *disk)
{
	const struct inode *vfs = &inode->vfs;
	uint64_t size = (uint64_t)(S_ISREG(vfs->mode) ? inode->disksize : vfs->size);

	put_blocks(fs, inode, disk);
	disk->i_mode = cpu_to_le16((uint16_t)vfs->mode);
	disk->i_uid = cpu_to_le16((uint16_t)vfs->uid);
	disk->i_uid_high = cpu_to_le16((uint16_t)(vfs->uid >> 16));
	disk->i_gid = cpu_to_le16((uint16_t)vfs->gid);
	disk->i_gid_high = cpu_to_le16((uint16_t)(vfs->gid >> 16));
	disk->i_links_count = cpu_to_le16((uint16_t)vfs->nlink);
	disk->i_generation = cpu_to_le32(vfs->generation);
	disk->i_dtime = cpu_to_le32(inode->dtime);
	disk->i_size_lo = cpu_to_le32((uint32_t)size);
	disk->i_size_high = cpu_to_le32((uint32_t)(size >> 32));
	disk->i_file_acl_lo = cpu_to_le32((uint32_t)inode->xattr_block);
	if (fs->incompat & EXT4_INCOMPAT_64BIT)
		disk->i_file_acl_high = cpu_to_le16((uint16_t)(inode->xattr_block >> 32));
	if (fs->inode_size > EXT4_INODE_SIZE_OLD)
		disk->i_extra_isize = cpu_to_le16((uint16_t)inode->extra_isize);
	for (unsigned i = 0; i < EXT4_N_BLOCKS; i++)
		disk->i_block[i] = inode->data[i];
}

/* Files above 2 GiB are a feature of their own since ext2. */
static int need_large_file(struct ext4_handle *h, const struct ext4_inode *inode)
{
	struct ext4_disk_super *disk;
	struct ext4_buf buf;
	int err;

	if (likely(inode->disksize <= INT32_MAX || (h->fs->ro_compat & EXT4_RO_LARGE_FILE)))
		return 0;
	err = ext4_super_begin(h, &buf, &disk);
	if (err)
		return err;
	disk->s_feature_ro_compat |= cpu_to_le32(EXT4_RO_LARGE_FILE);
	h->fs->ro_compat |= EXT4_RO_LARGE_FILE;
	return ext4_super_end(h, &buf);
}

void ext4_sync_with(const struct ext4_handle *h, struct ext4_inode *inode)
{
	uint32_t tid = ext4_journal_tid(h);

	if (!tid && ext4_has_journal(h->fs))
		return;			/* the handle is in no transaction: what is to be waited for stays */
	WRITE_ONCE(inode->sync_tid, tid);
	WRITE_ONCE(inode->datasync_tid, tid);
	smp_wmb();			/* pairs with ext4_fsync() */
}

void ext4_disksize_reach(const struct ext4_handle *h, struct ext4_inode *inode, loff_t end)
{
	spin_lock(&inode->raw_lock);
	end = min(end, READ_ONCE(inode->vfs.size));
	if (end > inode->disksize) {
		ext4_sync_with(h, inode);
		WRITE_ONCE(inode->disksize, end);
	}
	spin_unlock(&inode->raw_lock);
}

void ext4_size_set(const struct ext4_handle *h, struct ext4_inode *inode, loff_t size)
{
	spin_lock(&inode->raw_lock);
	ext4_sync_with(h, inode);
	WRITE_ONCE(inode->vfs.size, size);
	WRITE_ONCE(inode->disksize, size);
	inode->size_sets++;
	spin_unlock(&inode->raw_lock);
}

int ext4_inode_dirty(struct ext4_handle *h, struct inode *vfs)
{
	struct ext4_inode *inode = ext4_i(vfs);
	struct ext4_disk_inode *disk;
	struct ext4_buf buf;
	int err = need_large_file(h, inode);

	if (!err)
		err = ext4_inode_raw(h->fs, vfs->ino, &buf, &disk);
	if (err)
		return err;
	err = ext4_journal_get_write(h, &buf);
	if (!err) {
		WRITE_ONCE(inode->sync_tid, ext4_journal_tid(h));
		smp_wmb();		/* pairs with ext4_fsync() */
		WRITE_ONCE(inode->times_dirty, false);
		spin_lock(&inode->raw_lock);
		put_attributes(h->fs, inode, disk);
		put_times(inode, disk);
		ext4_inode_csum_set(h->fs, inode, disk);
		spin_unlock(&inode->raw_lock);
		err = ext4_journal_dirty(h, &buf);
	}
	ext4_buf_put(&buf);
	return err;
}

int ext4_disksize_write(struct ext4_inode *inode, loff_t end)
{
	struct ext4_handle *h;
	int err = ext4_journal_start(ext4_fs(inode->vfs.sb), INODE_CREDITS, &h), stopped;

	if (err)
		return err;
	err = ext4_journal_order(h, inode);
	if (!err) {
		ext4_disksize_reach(h, inode, end);
		err = ext4_inode_dirty(h, &inode->vfs);
	}
	stopped = ext4_journal_stop(h);
	return err ? err : stopped;
}

int ext4_inode_write(struct inode *vfs)
{
	struct ext4_handle *h;
	int err = ext4_journal_start(ext4_fs(vfs->sb), INODE_CREDITS, &h), stopped;

	if (err)
		return err;
	err = ext4_inode_dirty(h, vfs);
	stopped = ext4_journal_stop(h);
	return err ? err : stopped;
}

void ext4_dirty_inode(struct inode *vfs, unsigned what)
{
	ignore_result(what);		/* times and attributes lie in one block */
	if (vfs->state & I_NEW || vfs->sb->flags & SB_RDONLY)
		return;
	if (ext4_inode_write(vfs))
		WRITE_ONCE(ext4_i(vfs)->times_dirty, true);	/* with the next change, or fsync */
}

/* --- The end -------------------------------------------------------------------------------------- */

/* Blocks, attributes, number: in as many transactions as it takes; the object is on the orphan list. */
static int free_object(struct ext4_inode *inode)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	struct ext4_handle *h;
	int err = ext4_journal_start(fs, EXT4_MAP_CREDITS + 4, &h), stopped;

	if (err)
		return err;
	/*
	 * Once its number is free a handle may take that, and waits until this object is gone; a commit would wait for
	 * the handle. On a sync mount it was made durable that the last name went: the rest is not waited for.
	 */
	ext4_journal_set_lazy(h);
	if (ext4_has_map(inode)) {
		ext4_size_set(h, inode, 0);
		err = ext4_map_remove(h, inode, 0, UINT32_MAX);
	}
	if (!err)
		err = ext4_map_credits(h, inode, EXT4_MAP_CREDITS);
	if (!err)
		err = ext4_xattr_evict(h, inode);
	if (!err)
		err = ext4_orphan_del(h, &inode->vfs);
	if (!err)
		err = ext4_inode_free(h, inode);
	stopped = ext4_journal_stop(h);
	return err ? err : stopped;
}

bool ext4_may_drop_inode(const struct inode *vfs)
{
	const struct ext4_inode *inode = container_of(vfs, const struct ext4_inode, vfs);

	/* Its end would wait for no transaction, and take no lock of the volume. */
	return !inode->times_dirty && !inode->promised && list_empty(&inode->orphan) &&
	       !READ_ONCE(inode->ordered[0]) && !READ_ONCE(inode->ordered[1]);
}

/* Nobody can be told of want of memory, and tried again: what is done already is not done twice. */
static int try_free_object(struct ext4_inode *inode)
{
	int err = free_object(inode);

	for (unsigned i = 0; err == -ENOMEM && inode->vfs.mode && i < FREE_TRIES; i++) {
		thread_yield();
		err = free_object(inode);
	}
	return err;
}

void ext4_evict_inode(struct inode *vfs)
{
	struct ext4_inode *inode = ext4_i(vfs);
	struct ext4_fs *fs = ext4_fs(vfs->sb);
	int err = 0;

	ext4_journal_inode_gone(inode);
	if (!vfs->nlink && fs->alloc && !(vfs->sb->flags & SB_RDONLY))
		err = try_free_object(inode);
	/* A remount for reading came first: it stays on the orphan list, for the next mount to free. */
	if (err && !(err == -EROFS && (READ_ONCE(vfs->sb->flags) & SB_RDONLY)))
		ext4_error(fs, "inode %llu was not freed", (unsigned long long)vfs->ino);
	ext4_orphan_forget(inode);
	ext4_delayed_forget(inode);
}
