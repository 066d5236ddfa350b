/* SPDX-License-Identifier: MIT */
/*
 * writeback: dirty inodes to their disks: for sync(2) and its kin, and by the clock of mm/writeback.
 *
 * A super block lists its inodes that have dirty pages or attributes. One is entered when its first page becomes dirty,
 * and leaves when nothing of it is, nor on its way to the disk, both under list_lock: sync(2) waits for what others
 * write. That costs it no reference: an inode nobody uses stays on the list, and who writes takes one. An unlinked one
 * that is not open any more goes with its pages, unwritten.
 *
 *	dirtying (mark of the tree set) -> dirtied(): list_lock, not listed: enter
 *	writing: marks cleared -> inode_check_clean(): list_lock, no mark: leave
 *
 * Either sees the other: a page dirtied after the look finds the inode off the list and enters it again.
 *
 * An inode that a round is at has a new age, so that the round ends. Rounds are therefore one at a time (write_lock):
 * another would pass it by, and sync(2) return before it is written.
 */
#include "abi/errno.h"
#include "block/bdev.h"
#include "block/plug.h"
#include "core/init.h"
#include "mm/writeback.h"
#include "time/clock.h"
#include "vfs/inode.h"
#include "vfs/super.h"
#include "vfs/super_internal.h"

#define BATCH	32			/* inodes being written at a time */

static bool is_dirty(const struct inode *inode)
{
	return pagecache_unwritten(&inode->mapping) ||
	       (inode->sb->ops->write_inode && (READ_ONCE(inode->state) & (I_DIRTY_META | I_DIRTY_TIME)));
}

static void enter(struct inode *inode)
{
	struct super_block *sb = inode->sb;

	spin_lock(&sb->list_lock);
	if (list_empty(&inode->dirty_link) && !(READ_ONCE(inode->state) & I_FREEING)) {
		inode->dirtied_ns = clock_ns();
		list_add_tail(&inode->dirty_link, &sb->dirty);
	}
	spin_unlock(&sb->list_lock);
}

void inode_check_clean(struct inode *inode)
{
	spin_lock(&inode->sb->list_lock);
	if (!is_dirty(inode))
		list_del_init(&inode->dirty_link);
	spin_unlock(&inode->sb->list_lock);
}

int inode_write(struct inode *inode, bool wait)
{
	const struct super_ops *ops = inode->sb->ops;
	uint32_t dirty;
	int err, ret = 0;

	err = pagecache_sync(&inode->mapping, 0, INT64_MAX, wait);
	if (ops->write_inode) {
		spin_lock(&inode->spin);
		dirty = inode->state & (I_DIRTY_META | I_DIRTY_TIME);
		inode->state &= ~dirty;
		spin_unlock(&inode->spin);
		ret = dirty ? ops->write_inode(inode, wait) : 0;
	}
	return err ? err : ret;
}

/* Wait for some inodes' pages, give the references back. */
static int finish(struct inode **inodes, unsigned n, bool wait)
{
	int err = 0, ret;

	for (unsigned i = 0; i < n; i++) {
		ret = wait ? inode_write(inodes[i], true) : 0;
		err = err ? err : ret;
		inode_check_clean(inodes[i]);
		inode_put(inodes[i]);
	}
	return err;
}

int inodes_write(struct super_block *sb, uint64_t before_ns, bool wait)
{
	struct inode *batch[BATCH];
	struct blk_plug plug;
	unsigned n = 0;
	int err = 0, ret;

	mutex_lock(&sb->write_lock);
	blk_start_plug(&plug);		/* small files lie beside each other */
	before_ns = min(before_ns, clock_ns());		/* what is dirtied from here on is not ours to write */
	for (;;) {
		batch[n] = inode_next_dirty(sb, before_ns);
		if (!batch[n])
			break;
		ret = inode_write(batch[n], false);
		err = err ? err : ret;
		if (++n == BATCH) {
			ret = finish(batch, n, wait);
			err = err ? err : ret;
			n = 0;
		}
	}
	ret = finish(batch, n, wait);
	blk_finish_plug(&plug);
	mutex_unlock(&sb->write_lock);
	return err ? err : ret;
}

bool inode_is_sync(const struct inode *inode)
{
	return (inode->sb->flags & SB_SYNCHRONOUS) || (READ_ONCE(inode->flags) & FS_SYNC_FL);
}

bool inode_is_dirsync(const struct inode *inode)
{
	return (inode->sb->flags & SB_DIRSYNC) || (READ_ONCE(inode->flags) & FS_DIRSYNC_FL) || inode_is_sync(inode);
}

/* --- By the clock --- */

/* One round. */
struct round {
	uint64_t before_ns;
	bool left;
};

static void write_super(struct super_block *sb, void *arg)
{
	struct round *round = arg;

	if (!sb->bdev || (sb->flags & SB_RDONLY))
		return;
	ignore_result(inodes_write(sb, round->before_ns, /*wait=*/false));	/* fsync tells, by wb_err */
	round->left |= !list_empty(&sb->dirty);
}

/* Devices written by programs have one age: that of the round that saw them dirty first. */
static void write_device(struct bdev *bdev, void *arg)
{
	struct round *round = arg;
	uint64_t now = clock_ns();

	if (!xa_marked(&bdev->mapping.pages, PAGECACHE_DIRTY)) {
		bdev->dirty_seen_ns = 0;
		return;
	}
	if (!bdev->dirty_seen_ns)
		bdev->dirty_seen_ns = now;
	if (bdev->dirty_seen_ns <= round->before_ns)
		ignore_result(pagecache_sync(&bdev->mapping, 0, INT64_MAX, /*wait=*/false));	/* likewise */
	round->left |= xa_marked(&bdev->mapping.pages, PAGECACHE_DIRTY);
}

static bool write_old(uint64_t before_ns)
{
	struct round round = { .before_ns = before_ns };

	super_for_each(write_super, &round);
	bdev_for_each(write_device, &round);
	return round.left;
}

static int writeback_init(void)
{
	static struct writeback_client client = { .write_old = write_old, .dirtied = enter };

	writeback_register(&client);
	return 0;
}
INIT_HOOK(INIT_BUS, writeback_init);
