/* SPDX-License-Identifier: MIT */
/*
 * inode: from an inode table to a struct inode.
 *
 * Everything an inode needs later is decoded and checked here, once: mode and type, size within what its map can
 * tell, flags that go together, times with their extra bits. What the kind of file does is chosen by its
 * operations.
 */
#include "fs/ext4/namei.h"

#include "lib/string.h"
#include "vfs/acl.h"
#include "vfs/file.h"

/* Where the inode lies in its group's table. */
static uint64_t table_offset(const struct ext4_fs *fs, uint64_t ino)
{
	return (uint64_t)((uint32_t)(ino - 1) % le32_to_cpu(fs->disk.s_inodes_per_group)) * fs->inode_size;
}

int ext4_inode_block(struct ext4_fs *fs, uint64_t ino, uint64_t *block)
{
	uint64_t table;
	int err;

	if (ino < EXT4_BAD_INO || ino > fs->inodes_count)
		return ext4_corrupt(fs, "inode %llu does not exist", (unsigned long long)ino);
	err = ext4_group_inode_table(fs, (uint32_t)(ino - 1) / le32_to_cpu(fs->disk.s_inodes_per_group), &table);
	if (!err)
		*block = table + (table_offset(fs, ino) >> fs->block_bits);
	return err;
}

int ext4_inode_raw(struct ext4_fs *fs, uint64_t ino, struct ext4_buf *buf, struct ext4_disk_inode **disk)
{
	uint64_t block;
	int err = ext4_inode_block(fs, ino, &block);

	if (!err)
		err = ext4_buf_get(fs, block, buf);
	if (err)
		return err;
	*disk = (void *)((char *)buf->data + (table_offset(fs, ino) & (fs->block_size - 1)));
	return 0;
}

int ext4_inode_read(struct ext4_fs *fs, uint64_t ino, struct ext4_buf *buf, struct ext4_disk_inode **disk)
{
	int err = ext4_inode_raw(fs, ino, buf, disk);

	if (err)
		return err;
	if (ext4_inode_csum_ok(fs, (uint32_t)ino, *disk))
		return 0;
	ext4_buf_put(buf);
	return ext4_bad_csum(fs, "inode", ino);
}

/* Seconds have two more bits in the extra field, nanoseconds the other 30. */
static struct timespec64 get_time(uint32_t seconds, uint32_t extra)
{
	struct timespec64 ts;

	extra = le32_to_cpu(extra);
	ts.tv_sec = (int32_t)le32_to_cpu(seconds) + ((int64_t)(extra & 3) << 32);
	ts.tv_nsec = extra >> 2 < 1000000000 ? extra >> 2 : 0;
	return ts;
}

/* Is this field within the part of the inode that is in use? */
#define HAS_EXTRA(inode, field) \
	((inode)->extra_isize + EXT4_INODE_SIZE_OLD >= offsetof(struct ext4_disk_inode, field) + sizeof(uint32_t))

static void get_times(struct ext4_inode *inode, const struct ext4_disk_inode *disk)
{
	struct inode *vfs = &inode->vfs;

	vfs->atime = get_time(disk->i_atime, HAS_EXTRA(inode, i_atime_extra) ? disk->i_atime_extra : 0);
	vfs->mtime = get_time(disk->i_mtime, HAS_EXTRA(inode, i_mtime_extra) ? disk->i_mtime_extra : 0);
	vfs->ctime = get_time(disk->i_ctime, HAS_EXTRA(inode, i_ctime_extra) ? disk->i_ctime_extra : 0);
	if (HAS_EXTRA(inode, i_crtime_extra))
		vfs->btime = get_time(disk->i_crtime, disk->i_crtime_extra);
}

static void get_attributes(struct ext4_fs *fs, struct ext4_inode *inode, const struct ext4_disk_inode *disk)
{
	struct inode *vfs = &inode->vfs;
	bool with_extra = fs->inode_size > EXT4_INODE_SIZE_OLD;

	vfs->mode = le16_to_cpu(disk->i_mode);
	vfs->uid = le16_to_cpu(disk->i_uid) | (uint32_t)le16_to_cpu(disk->i_uid_high) << 16;
	vfs->gid = le16_to_cpu(disk->i_gid) | (uint32_t)le16_to_cpu(disk->i_gid_high) << 16;
	vfs->nlink = le16_to_cpu(disk->i_links_count);
	vfs->generation = le32_to_cpu(disk->i_generation);
	vfs->blocks = le32_to_cpu(disk->i_blocks_lo);
	inode->flags = le32_to_cpu(disk->i_flags);
	inode->extra_isize = with_extra ? le16_to_cpu(disk->i_extra_isize) : 0;
	inode->csum_seed = ext4_inode_csum_seed(fs, (uint32_t)vfs->ino, vfs->generation);
	inode->xattr_block = le32_to_cpu(disk->i_file_acl_lo);
	if (fs->incompat & EXT4_INCOMPAT_64BIT)
		inode->xattr_block |= (uint64_t)le16_to_cpu(disk->i_file_acl_high) << 32;
	if (fs->ro_compat & EXT4_RO_HUGE_FILE) {
		vfs->blocks |= (uint64_t)le16_to_cpu(disk->i_blocks_high) << 32;
		if (inode->flags & EXT4_HUGE_FILE_FL)
			vfs->blocks <<= fs->block_bits - 9;
	}
	vfs->size = le32_to_cpu(disk->i_size_lo);
	if (S_ISREG(vfs->mode) || (S_ISDIR(vfs->mode) && (fs->incompat & EXT4_INCOMPAT_LARGEDIR)))
		vfs->size |= (loff_t)((uint64_t)le32_to_cpu(disk->i_size_high) << 32);
	vfs->flags = inode->flags & (EXT4_SYNC_FL | EXT4_IMMUTABLE_FL | EXT4_APPEND_FL | EXT4_NOATIME_FL |
				     EXT4_DIRSYNC_FL);
	memcpy(inode->data, disk->i_block, sizeof(inode->data));
	inode->disksize = vfs->size;
	inode->dtime = le32_to_cpu(disk->i_dtime);
	if (HAS_EXTRA(inode, i_projid))
		inode->projid = le32_to_cpu(disk->i_projid);
}

/* Any attribute may be an access list. */
static bool has_attributes(const struct ext4_fs *fs, const struct ext4_inode *inode,
			   const struct ext4_disk_inode *disk)
{
	size_t start = EXT4_INODE_SIZE_OLD + inode->extra_isize;

	if (inode->xattr_block || !inode->extra_isize || start + sizeof(uint32_t) > fs->inode_size)
		return inode->xattr_block;
	return get_unaligned_le32((const char *)disk + start) == EXT4_XATTR_MAGIC;
}

/* 0, or -EFSCORRUPTED with a message. */
static int check(struct ext4_fs *fs, const struct ext4_inode *inode)
{
	const struct inode *vfs = &inode->vfs;
	unsigned long long ino = vfs->ino;
	uint32_t extra = inode->extra_isize;

	if (extra && (extra % 4 || extra + EXT4_INODE_SIZE_OLD > fs->inode_size))
		return ext4_corrupt(fs, "inode %llu: extra size %u", ino, extra);
	if (vfs->size < 0 || (uint64_t)vfs->size > (uint64_t)UINT32_MAX << fs->block_bits)
		return ext4_corrupt(fs, "inode %llu: size %lld", ino, (long long)vfs->size);
	if (S_ISLNK(vfs->mode) && (vfs->size == 0 || vfs->size >= PAGE_SIZE))
		return ext4_corrupt(fs, "inode %llu: symbolic link of %lld bytes", ino, (long long)vfs->size);
	if ((inode->flags & EXT4_INLINE_DATA_FL) &&
	    (!(fs->incompat & EXT4_INCOMPAT_INLINE_DATA) || (inode->flags & EXT4_EXTENTS_FL)))
		return ext4_corrupt(fs, "inode %llu: inline data where there is none", ino);
	if ((inode->flags & EXT4_EXTENTS_FL) && !(fs->incompat & EXT4_INCOMPAT_EXTENTS))
		return ext4_corrupt(fs, "inode %llu: extents on a volume without them", ino);
	if (inode->xattr_block && !ext4_block_valid(fs, inode->xattr_block, 1))
		return ext4_corrupt(fs, "inode %llu: attribute block outside of the volume", ino);
	return 0;
}

/* Linux's two encodings of a device number, as makedev(3). */
static uint64_t get_device(const struct ext4_inode *inode)
{
	uint32_t old = le32_to_cpu(inode->data[0]), new = le32_to_cpu(inode->data[1]);
	uint32_t major, minor;

	if (old) {
		major = old >> 8 & 0xff;
		minor = old & 0xff;
	} else {
		major = new >> 8 & 0xfff;
		minor = (new & 0xff) | (new >> 12 & 0xfff00);
	}
	return (uint64_t)(major & 0xfffff000) << 32 | (uint64_t)(major & 0xfff) << 8 |
	       (uint64_t)(minor & 0xffffff00) << 12 | (minor & 0xff);
}

/* Operations by type. 0 or -EFSCORRUPTED. */
static int set_operations(struct ext4_fs *fs, struct ext4_inode *inode)
{
	struct inode *vfs = &inode->vfs;

	switch (vfs->mode & S_IFMT) {
	case S_IFREG:
		vfs->ops = &ext4_file_ops;
		vfs->fops = &ext4_file_fops;
		vfs->mapping.ops = &ext4_aops;
		return 0;
	case S_IFDIR:
		vfs->ops = &ext4_dir_ops;
		vfs->fops = &ext4_dir_fops;
		return 0;
	case S_IFLNK:
		vfs->ops = &ext4_symlink_ops;
		vfs->mapping.ops = &ext4_aops;
		return 0;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		inode_init_special(vfs, vfs->mode, get_device(inode));
		vfs->ops = &ext4_special_ops;
		return 0;
	default:
		return ext4_corrupt(fs, "inode %llu: mode %o", (unsigned long long)vfs->ino, vfs->mode);
	}
}

/* Fill a new inode. Objects without a name, which wait to be freed, are only for the orphan list. */
static int fill(struct ext4_fs *fs, struct ext4_inode *inode, bool orphan)
{
	struct ext4_disk_inode *disk;
	struct ext4_buf buf;
	int err = ext4_inode_read(fs, inode->vfs.ino, &buf, &disk);

	if (err)
		return err;
	get_attributes(fs, inode, disk);
	get_times(inode, disk);
	if (has_attributes(fs, inode, disk))
		posix_acl_unknown(&inode->vfs);
	ext4_buf_put(&buf);
	if (!inode->vfs.nlink && (!orphan || !inode->vfs.mode))
		return -ESTALE;
	if (!orphan)
		inode->dtime = 0;
	err = check(fs, inode);
	return err ? err : set_operations(fs, inode);
}

static int iget(struct super_block *sb, uint64_t ino, bool orphan, struct inode **out)
{
	struct inode *vfs = inode_get_locked(sb, ino);
	int err;

	if (!vfs)
		return -ENOMEM;
	if (vfs->state & I_NEW) {
		err = fill(ext4_fs(sb), ext4_i(vfs), orphan);
		if (err) {
			inode_fail_new(vfs);
			return err;
		}
		/* It may have been changed, forgotten and found again, all in one transaction. */
		ext4_i(vfs)->sync_tid = ext4_i(vfs)->datasync_tid = ext4_journal_newest(ext4_fs(sb));
		inode_unlock_new(vfs);
	}
	*out = vfs;
	return 0;
}

int ext4_iget(struct super_block *sb, uint64_t ino, struct inode **out)
{
	return iget(sb, ino, /*orphan=*/false, out);
}

int ext4_iget_orphan(struct super_block *sb, uint64_t ino, struct inode **out)
{
	return iget(sb, ino, /*orphan=*/true, out);
}
