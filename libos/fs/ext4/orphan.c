/* SPDX-License-Identifier: MIT */
/*
 * orphan: objects that are to be freed, or cut to their size, also if the machine stops before: a list on disk, from
 * the super block (s_last_orphan) through the inodes (i_dtime holds the next number). The next mount for writing walks
 * it. In memory the same list, in the same order.
 */
#include "fs/ext4/map.h"
#include "fs/ext4/write.h"

#include "core/log.h"

/* The number behind this one on the list; 0: it is the last. orphan_lock held. */
static uint32_t next_of(const struct ext4_alloc *a, const struct ext4_inode *inode)
{
	const struct list_head *next = inode->orphan.next;

	assert_held(&a->orphan_lock);
	return next == &a->orphans ? 0 : (uint32_t)list_entry(next, struct ext4_inode, orphan)->vfs.ino;
}

static int set_first(struct ext4_handle *h, uint32_t ino)
{
	struct ext4_disk_super *disk;
	struct ext4_buf buf;
	int err = ext4_super_begin(h, &buf, &disk);

	if (err)
		return err;
	disk->s_last_orphan = cpu_to_le32(ino);
	return ext4_super_end(h, &buf);
}

int ext4_orphan_prepare(struct ext4_handle *h, struct inode *vfs)
{
	struct ext4_buf buf;
	int err = ext4_inode_get_write(h, vfs);

	if (err)
		return err;
	err = ext4_buf_get(h->fs, EXT4_SUPER_OFFSET >> h->fs->block_bits, &buf);
	if (err)
		return err;
	err = ext4_journal_get_write(h, &buf);
	ext4_buf_put(&buf);
	return err;
}

int ext4_orphan_add(struct ext4_handle *h, struct inode *vfs)
{
	struct ext4_inode *inode = ext4_i(vfs);
	struct ext4_alloc *a = h->fs->alloc;
	int err = ext4_orphan_prepare(h, vfs);

	if (err)
		return err;
	mutex_lock(&a->orphan_lock);
	if (list_empty(&inode->orphan)) {
		list_add(&inode->orphan, &a->orphans);
		inode->dtime = next_of(a, inode);
		err = ext4_inode_dirty(h, vfs);
		if (!err)
			err = set_first(h, (uint32_t)vfs->ino);
		if (err)
			list_del_init(&inode->orphan);
	}
	mutex_unlock(&a->orphan_lock);
	return err;
}

int ext4_orphan_del(struct ext4_handle *h, struct inode *vfs)
{
	struct ext4_inode *inode = ext4_i(vfs), *prev;
	struct ext4_alloc *a = h->fs->alloc;
	uint32_t next;
	int err = 0;

	mutex_lock(&a->orphan_lock);
	if (list_empty(&inode->orphan))
		goto out;
	next = next_of(a, inode);
	if (inode->orphan.prev == &a->orphans) {
		err = set_first(h, next);
	} else {
		prev = list_entry(inode->orphan.prev, struct ext4_inode, orphan);
		prev->dtime = next;
		err = ext4_inode_dirty(h, &prev->vfs);
	}
	list_del_init(&inode->orphan);
	inode->dtime = 0;
	if (!err)
		err = ext4_inode_dirty(h, vfs);
out:
	mutex_unlock(&a->orphan_lock);
	return err;
}

void ext4_orphan_forget(struct ext4_inode *inode)
{
	struct ext4_alloc *a = ext4_fs(inode->vfs.sb)->alloc;

	if (!a || list_empty(&inode->orphan))
		return;
	mutex_lock(&a->orphan_lock);
	list_del_init(&inode->orphan);
	mutex_unlock(&a->orphan_lock);
}

/* --- Mount ---------------------------------------------------------------------------------------- */

/* Cut to its size: what a truncation that was interrupted had left to do. */
static int finish_truncate(struct ext4_fs *fs, struct ext4_inode *inode)
{
	struct ext4_handle *h;
	int err = ext4_tail_zero(&inode->vfs), stopped;

	if (!err)
		err = ext4_journal_start(fs, EXT4_MAP_CREDITS, &h);
	if (err)
		return err;
	err = ext4_journal_order(h, inode);
	if (!err && ext4_has_map(inode))
		err = ext4_map_remove(h, inode, ext4_blocks_of(fs, inode->vfs.size), UINT32_MAX);
	if (!err)
		err = ext4_orphan_del(h, &inode->vfs);
	stopped = ext4_journal_stop(h);
	return err ? err : stopped;
}

/* Bring the whole list into memory, so that each can be taken off wherever it stands. Returns how many. */
static unsigned collect(struct ext4_fs *fs)
{
	uint32_t ino = le32_to_cpu(fs->disk.s_last_orphan);
	struct ext4_alloc *a = fs->alloc;
	struct ext4_inode *inode;
	struct inode *vfs;
	unsigned found = 0;

	while (ino) {
		if (ext4_iget_orphan(fs->sb, ino, &vfs)) {
			klog(KLOG_ERR, "ext4 (%s): orphan list is broken at inode %u", fs->sb->id, ino);
			break;
		}
		inode = ext4_i(vfs);
		if (!list_empty(&inode->orphan)) {	/* a circle */
			inode_put(vfs);
			break;
		}
		mutex_lock(&a->orphan_lock);
		list_add_tail(&inode->orphan, &a->orphans);
		mutex_unlock(&a->orphan_lock);
		ino = inode->dtime;
		found++;
	}
	return found;
}

void ext4_orphan_cleanup(struct ext4_fs *fs)
{
	struct ext4_alloc *a = fs->alloc;
	unsigned found = collect(fs);
	struct ext4_inode *inode;

	if (found)
		klog(KLOG_NOTICE, "ext4 (%s): %u orphan inodes", fs->sb->id, found);
	while (found-- && !list_empty(&a->orphans)) {
		inode = list_first_entry(&a->orphans, struct ext4_inode, orphan);
		if (inode->vfs.nlink && finish_truncate(fs, inode))
			ext4_orphan_forget(inode);	/* it stays on disk: the next mount tries again */
		inode_put(&inode->vfs);		/* nlink 0: freed by this */
	}
}
