/* SPDX-License-Identifier: MIT */
/*
 * ialloc: inode numbers, taken and given back.
 *
 * Placement. A file goes to its folder's group, so that its inode and its blocks lie near. Folders below the root are
 * spread over the volume: each takes a group with more free inodes and blocks than the average and few folders.
 * Deeper folders stay near their parent while its group has room.
 *
 * A group's inode table is used from its start: what lies behind the last used inode (bg_itable_unused) was perhaps
 * never written, and is taken for free. A new inode is therefore written whole, and a block of the table in which
 * all inodes are free is not read for its first one.
 */
#include "fs/ext4/group.h"
#include "fs/ext4/log.h"

#include "core/random.h"
#include "lib/bitmap.h"
#include "lib/string.h"
#include "vfs/cred.h"

static uint32_t per_group(const struct ext4_fs *fs)
{
	return le32_to_cpu(fs->disk.s_inodes_per_group);
}

static uint32_t first_ino(const struct ext4_fs *fs)
{
	return le32_to_cpu(fs->disk.s_rev_level) ? le32_to_cpu(fs->disk.s_first_ino) : EXT4_FIRST_INO_OLD;
}

/* --- Which group ---------------------------------------------------------------------------------- */

static uint32_t spread(struct ext4_fs *fs)
{
	struct ext4_alloc *a = fs->alloc;
	uint32_t inodes = (uint32_t)(a->free_inodes / fs->nr_groups), best = UINT32_MAX, found = UINT32_MAX;
	uint32_t blocks = (uint32_t)(a->free_blocks / fs->nr_groups);
	uint32_t start = __atomic_fetch_add(&a->next_group, 1, __ATOMIC_RELAXED) % fs->nr_groups;

	for (uint32_t i = 0; i < fs->nr_groups && best; i++) {
		uint32_t number = (start + i) % fs->nr_groups;
		const struct ext4_group *group = &a->groups[number];

		if (!group->free_inodes || group->free_inodes < inodes || group->free_blocks < blocks ||
		    group->used_dirs >= best)
			continue;
		best = group->used_dirs;
		found = number;
	}
	return found == UINT32_MAX ? start : found;
}

static uint32_t find_group(struct ext4_fs *fs, const struct inode *dir, bool folder)
{
	uint32_t parent = (uint32_t)(dir->ino - 1) / per_group(fs);
	uint64_t need = folder ? per_group(fs) / 16 : 1;

	if (folder && dir->ino == EXT4_ROOT_INO)
		return spread(fs);
	for (uint32_t i = 0; i < fs->nr_groups; i++) {
		uint32_t number = (parent + i) % fs->nr_groups;
		const struct ext4_group *group = &fs->alloc->groups[number];

		if (group->free_inodes >= need && group->free_blocks)
			return number;
	}
	return parent;
}

/* --- Taking --------------------------------------------------------------------------------------- */

struct number {
	uint32_t ino;
	bool alone;			/* the first one in its block of the table */
};

/* Under the group's lock, before the bit is set. */
static bool is_alone(const struct ext4_fs *fs, const struct ext4_bitmap *b, uint32_t bit)
{
	uint32_t per_block = fs->block_size / fs->inode_size, from = bit - bit % per_block;

	return find_next_bit(b->map, from + per_block, from) == from + per_block;
}

static int take(struct ext4_handle *h, struct ext4_bitmap *b, uint32_t bit, bool folder)
{
	struct ext4_fs *fs = h->fs;
	struct ext4_group *group = &fs->alloc->groups[b->group];
	uint32_t unused, left = per_group(fs) - bit - 1;
	int err = ext4_bitmap_get_write(h, b);

	if (err)
		return err;
	bitmap_set(b->map, bit, 1);
	group->free_inodes--;
	group->used_dirs += folder;
	ext4_group_set_count(fs, b->desc, EXT4_GROUP_FREE_INODES, group->free_inodes);
	ext4_group_set_count(fs, b->desc, EXT4_GROUP_USED_DIRS, group->used_dirs);
	if (ext4_has_group_csum(fs)) {
		unused = ext4_group_count(fs, b->desc, EXT4_GROUP_ITABLE_UNUSED);
		ext4_group_set_count(fs, b->desc, EXT4_GROUP_ITABLE_UNUSED, min(unused, left));
	}
	return ext4_bitmap_flipped(h, b, bit, 1);
}

/* 1 with *out; 0: nothing here; -errno. */
static int try_group(struct ext4_handle *h, uint32_t number, bool folder, struct number *out)
{
	struct ext4_fs *fs = h->fs;
	uint32_t from = number ? 0 : first_ino(fs) - 1, bit;
	struct ext4_bitmap b;
	int err;

	if (!READ_ONCE(fs->alloc->groups[number].free_inodes))
		return 0;
	mutex_lock(ext4_group_lock(fs, number));
	err = ext4_bitmap_open(h, number, EXT4_GROUP_INODE_BITMAP, &b);
	if (err) {
		mutex_unlock(ext4_group_lock(fs, number));
		return err == -EFSCORRUPTED || err == -EFSBADCRC ? 0 : err;	/* there are other groups */
	}
	bit = (uint32_t)find_next_zero_bit(b.map, per_group(fs), from);
	if (bit < per_group(fs)) {
		*out = (struct number){ number * per_group(fs) + bit + 1, is_alone(fs, &b, bit) };
		err = take(h, &b, bit, folder);
		err = err ? err : 1;
	}
	ext4_bitmap_close(&b);
	mutex_unlock(ext4_group_lock(fs, number));
	return err;
}

static void count_inodes(struct ext4_fs *fs, int n)
{
	spin_lock(&fs->alloc->count_lock);
	fs->alloc->free_inodes += n;
	spin_unlock(&fs->alloc->count_lock);
}

static int take_ino(struct ext4_handle *h, const struct inode *dir, bool folder, struct number *out)
{
	struct ext4_fs *fs = h->fs;
	uint32_t start = find_group(fs, dir, folder);
	int err = 0;

	for (uint32_t i = 0; !err && i < fs->nr_groups; i++)
		err = try_group(h, (start + i) % fs->nr_groups, folder, out);
	if (err > 0)
		count_inodes(fs, -1);
	return err > 0 ? 0 : err ? err : -ENOSPC;
}

static int give_ino(struct ext4_handle *h, uint32_t ino, bool folder)
{
	struct ext4_fs *fs = h->fs;
	uint32_t number = (ino - 1) / per_group(fs), bit = (ino - 1) % per_group(fs);
	struct ext4_group *group = &fs->alloc->groups[number];
	struct ext4_bitmap b;
	int err;

	mutex_lock(ext4_group_lock(fs, number));
	err = ext4_bitmap_open(h, number, EXT4_GROUP_INODE_BITMAP, &b);
	if (err)
		goto out;
	if (ino < first_ino(fs) || !test_bit(bit, b.map))
		err = ext4_corrupt(fs, "inode %u is free already, or the volume's own", ino);
	else
		err = ext4_bitmap_get_write(h, &b);
	if (!err) {
		bitmap_clear(b.map, bit, 1);
		group->free_inodes++;
		group->used_dirs -= folder && group->used_dirs;
		ext4_group_set_count(fs, b.desc, EXT4_GROUP_FREE_INODES, group->free_inodes);
		ext4_group_set_count(fs, b.desc, EXT4_GROUP_USED_DIRS, group->used_dirs);
		count_inodes(fs, 1);
		err = ext4_bitmap_flipped(h, &b, bit, 1);
	}
	ext4_bitmap_close(&b);
out:
	mutex_unlock(ext4_group_lock(fs, number));
	return err;
}

/* --- The inode ------------------------------------------------------------------------------------ */

/* Nothing of the number's last owner stays on disk. */
static int clear_disk(struct ext4_handle *h, const struct number *number)
{
	struct ext4_disk_inode *disk;
	struct ext4_buf unread = { 0 }, buf;
	uint64_t block;
	int err = 0;

	/* Held until the inode is in the transaction: it finds this page, not the disk. */
	if (number->alone)
		err = ext4_inode_block(h->fs, number->ino, &block);
	if (number->alone && !err)
		err = ext4_buf_get_unread(h->fs, block, &unread);
	if (!err)
		err = ext4_inode_raw(h->fs, number->ino, &buf, &disk);
	ext4_buf_put(&unread);
	if (err)
		return err;
	err = ext4_journal_get_write(h, &buf);
	if (!err) {
		memset(disk, 0, h->fs->inode_size);
		err = ext4_journal_dirty(h, &buf);
	}
	ext4_buf_put(&buf);
	return err;
}

/* Flags that a folder hands on, as Linux: to folders, to files; nothing of them to anything else. */
static uint32_t inherit_flags(const struct inode *dir, uint32_t mode)
{
	uint32_t flags = ext4_i((struct inode *)dir)->flags & EXT4_INHERITED_FL;

	if (S_ISDIR(mode))
		return flags;
	if (S_ISREG(mode))
		return flags & ~(uint32_t)(EXT4_DIRSYNC_FL | EXT4_TOPDIR_FL | EXT4_PROJINHERIT_FL);
	return flags & (EXT4_NODUMP_FL | EXT4_NOATIME_FL);
}

static void setup(struct ext4_fs *fs, struct ext4_inode *inode, const struct inode *dir, uint32_t mode)
{
	struct inode *vfs = &inode->vfs;

	vfs->nlink = S_ISDIR(mode) ? 2 : 1;
	vfs->generation = random_u32();
	inode->flags = inherit_flags(dir, mode);
	inode->csum_seed = ext4_inode_csum_seed(fs, (uint32_t)vfs->ino, vfs->generation);
	inode->extra_isize = 0;
	if (fs->inode_size > EXT4_INODE_SIZE_OLD)
		inode->extra_isize = min_t(uint32_t, sizeof(struct ext4_disk_inode) - EXT4_INODE_SIZE_OLD,
					   fs->inode_size - EXT4_INODE_SIZE_OLD);
	if (ext4_i((struct inode *)dir)->flags & EXT4_PROJINHERIT_FL)
		inode->projid = ext4_i((struct inode *)dir)->projid;
	if (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode))
		ext4_map_init(inode);
	vfs->flags = inode->flags & (EXT4_SYNC_FL | EXT4_IMMUTABLE_FL | EXT4_APPEND_FL | EXT4_NOATIME_FL);
}

int ext4_inode_new(struct ext4_handle *h, struct inode *dir, uint32_t mode, const struct cred *cred, struct inode **out)
{
	struct ext4_fs *fs = h->fs;
	struct inode *vfs;
	struct number number = { 0 };
	int err = take_ino(h, dir, S_ISDIR(mode), &number);

	if (err)
		return err;
	err = clear_disk(h, &number);
	if (err)
		goto fail;
	vfs = inode_get_locked(dir->sb, number.ino);
	if (!vfs) {
		err = -ENOMEM;
		goto fail;
	}
	if (!(vfs->state & I_NEW)) {
		inode_put(vfs);
		ext4_error(fs, "inode %u is in use, but free in its bitmap", number.ino);
		return -EFSCORRUPTED;
	}
	inode_init_owner(vfs, dir, mode, cred);
	if (fs->opts.grpid && !(dir->mode & S_ISGID))
		vfs->gid = dir->gid;
	setup(fs, ext4_i(vfs), dir, mode);
	err = ext4_inode_dirty(h, vfs);
	if (err) {
		inode_fail_new(vfs);
		goto fail;
	}
	ext4_sync_with(h, ext4_i(vfs));		/* the name that leads to data counts with it */
	*out = vfs;
	return 0;
fail:
	ignore_result(give_ino(h, number.ino, S_ISDIR(mode)));	/* the first error counts */
	return err;
}

int ext4_inode_free(struct ext4_handle *h, struct ext4_inode *inode)
{
	struct timespec64 now = inode_now(&inode->vfs);
	bool folder = S_ISDIR(inode->vfs.mode);
	int err = ext4_inode_get_write(h, &inode->vfs);

	if (err)
		return err;
	inode->dtime = (uint32_t)now.tv_sec;
	inode->vfs.mode = 0;
	inode->vfs.size = inode->disksize = 0;
	err = ext4_inode_dirty(h, &inode->vfs);
	return err ? err : give_ino(h, (uint32_t)inode->vfs.ino, folder);
}
