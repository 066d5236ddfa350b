/* SPDX-License-Identifier: MIT */
/*
 * ioctl: what chattr(1) and lsattr(1) ask: flags of inodes (ioctl_iflags(2)), in two forms, and generation numbers.
 *
 * As on Linux, programs hand back what they read with some flags changed: those that cannot be changed are passed
 * over, and only those that nobody can see are refused. One is refused here that Linux changes: the form of the map
 * (extents). Who may change flags is who asks, whoever opened the file.
 */
#include "fs/ext4/namei.h"

#include "abi/capability.h"
#include "abi/fiemap.h"
#include "abi/ioctl.h"
#include "abi/mount.h"
#include "fs/ext4/alloc.h"
#include "fs/ext4/discard.h"
#include "fs/ext4/fiemap.h"
#include "fs/ext4/write.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/mount.h"

#define CHANGEABLE	(FS_SECRM_FL | FS_UNRM_FL | FS_COMPR_FL | FS_SYNC_FL | FS_IMMUTABLE_FL | FS_APPEND_FL | \
			 FS_NODUMP_FL | FS_NOATIME_FL | FS_DIRSYNC_FL | FS_TOPDIR_FL | FS_NOTAIL_FL | \
			 FS_JOURNAL_DATA_FL | FS_DAX_FL | FS_PROJINHERIT_FL)
#define FOLDERS_ONLY	(FS_DIRSYNC_FL | FS_TOPDIR_FL | FS_PROJINHERIT_FL)
#define IN_VFS		(FS_SYNC_FL | FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NOATIME_FL | FS_DIRSYNC_FL)
#define SHOWN		(CHANGEABLE | FS_DIRTY_FL | FS_COMPRBLK_FL | FS_NOCOMP_FL | FS_ENCRYPT_FL | FS_INDEX_FL | \
			 FS_EXTENT_FL | FS_VERITY_FL | FS_EOFBLOCKS_FL | FS_INLINE_DATA_FL)
/* Of struct fsxattr: known, and nothing that ext4 has. */
#define XFLAGS_IGNORED	(FS_XFLAG_REALTIME | FS_XFLAG_PREALLOC | FS_XFLAG_RTINHERIT | FS_XFLAG_NOSYMLINKS | \
			 FS_XFLAG_EXTSIZE | FS_XFLAG_NODEFRAG | FS_XFLAG_FILESTREAM | FS_XFLAG_COWEXTSIZE)

/* The same flags in the form of struct fsxattr. */
static const struct {
	uint32_t flag, xflag;
} pairs[] = {
	{ FS_SYNC_FL, FS_XFLAG_SYNC },	   { FS_IMMUTABLE_FL, FS_XFLAG_IMMUTABLE },
	{ FS_APPEND_FL, FS_XFLAG_APPEND }, { FS_NODUMP_FL, FS_XFLAG_NODUMP },
	{ FS_NOATIME_FL, FS_XFLAG_NOATIME }, { FS_DAX_FL, FS_XFLAG_DAX },
	{ FS_PROJINHERIT_FL, FS_XFLAG_PROJINHERIT },
};

static uint32_t to_xflags(uint32_t flags)
{
	uint32_t xflags = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++)
		xflags |= flags & pairs[i].flag ? pairs[i].xflag : 0;
	return xflags;
}

/* 0, -EPERM, -EOPNOTSUPP. inode->lock held. */
static int check_flags(const struct file *file, uint32_t flags)
{
	const struct inode *inode = file->inode;
	const struct cred *cred = cred_current();
	uint32_t changed = flags ^ ext4_i(file->inode)->flags;

	if (cred->fsuid != inode->uid && !cred_capable(cred, CAP_FOWNER))
		return -EPERM;
	if ((changed & (FS_IMMUTABLE_FL | FS_APPEND_FL)) && !cred_capable(cred, CAP_LINUX_IMMUTABLE))
		return -EPERM;
	if ((flags & ~(uint32_t)SHOWN) || (changed & FS_EXTENT_FL) ||
	    (!S_ISDIR(inode->mode) && (flags & FOLDERS_ONLY)))
		return -EOPNOTSUPP;
	if ((changed & FS_JOURNAL_DATA_FL) && !cred_capable(cred, CAP_SYS_RESOURCE))
		return -EPERM;
	return 0;
}

static int store_flags(struct inode *inode, uint32_t flags)
{
	struct ext4_inode *ext4 = ext4_i(inode);
	struct ext4_handle *h;
	int err = ext4_journal_start(ext4_fs(inode->sb), 1, &h), stop;

	if (err)
		return err;
	down_write(&ext4->map_sem);
	ext4->flags = (ext4->flags & ~(uint32_t)CHANGEABLE) | (flags & CHANGEABLE);
	up_write(&ext4->map_sem);
	spin_lock(&inode->spin);
	inode->flags = (inode->flags & ~(uint32_t)IN_VFS) | (flags & IN_VFS);
	spin_unlock(&inode->spin);
	ext4_inode_touch(inode, EXT4_TOUCH_CTIME);
	err = ext4_inode_dirty(h, inode);
	stop = ext4_journal_stop(h);
	return err ? err : stop;
}

/* The same; a file's contents may go another way from then on. inode->lock held. */
static int change_flags(struct inode *inode, uint32_t flags)
{
	struct ext4_fs *fs = ext4_fs(inode->sb);
	uint32_t changed = flags ^ ext4_i(inode)->flags;
	int err;

	if (!(changed & FS_JOURNAL_DATA_FL) || !S_ISREG(inode->mode))
		return store_flags(inode, flags);
	if (!ext4_has_journal(fs))
		return store_flags(inode, flags ^ FS_JOURNAL_DATA_FL);
	err = ext4_journal_switch_begin(inode);
	if (!err)
		err = store_flags(inode, flags);
	ext4_journal_switch_end(inode);
	return err;
}

/* mask: which of the flags are meant; the others stay. */
static int set_flags(struct file *file, uint32_t flags, uint32_t mask)
{
	struct inode *inode = file->inode;
	int err;

	if ((file->path.mnt->flags & MS_RDONLY) || (inode->sb->flags & SB_RDONLY))
		return -EROFS;
	down_write(&inode->lock);
	flags = (flags & mask) | (ext4_i(inode)->flags & SHOWN & ~mask);
	err = check_flags(file, flags);
	if (!err)
		err = change_flags(inode, flags);
	up_write(&inode->lock);
	return err;
}

static long get_fsxattr(struct inode *inode, struct fsxattr __user *uattr)
{
	struct fsxattr attr;

	memset(&attr, 0, sizeof(attr));
	attr.fsx_xflags = to_xflags(READ_ONCE(ext4_i(inode)->flags));
	return copy_to_user(uattr, &attr, sizeof(attr)) ? -EFAULT : 0;
}

static long set_fsxattr(struct file *file, const struct fsxattr __user *uattr)
{
	uint32_t flags = 0, mask = 0, known = 0;
	struct fsxattr attr;

	if (copy_from_user(&attr, uattr, sizeof(attr)))
		return -EFAULT;
	for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++) {
		mask |= pairs[i].flag;
		known |= pairs[i].xflag;
		flags |= attr.fsx_xflags & pairs[i].xflag ? pairs[i].flag : 0;
	}
	if (attr.fsx_xflags & ~(known | XFLAGS_IGNORED | FS_XFLAG_EXTSZINHERIT) || attr.fsx_projid)
		return -EOPNOTSUPP;
	if ((attr.fsx_xflags & FS_XFLAG_EXTSZINHERIT) && !S_ISDIR(file->inode->mode))
		return -EINVAL;
	return set_flags(file, flags, mask);
}

long ext4_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct inode *inode = file->inode;
	uint32_t flags;
	int err;

	switch (cmd) {
	case FS_IOC_GETFLAGS:
		flags = READ_ONCE(ext4_i(inode)->flags) & SHOWN;
		return put_user(flags, (uint32_t __user *)arg);
	case FS_IOC_SETFLAGS:
		err = get_user(flags, (const uint32_t __user *)arg);
		return err ? err : set_flags(file, flags, UINT32_MAX);
	case FS_IOC_GETVERSION:
		return put_user(inode->generation, (uint32_t __user *)arg);
	case FS_IOC_FSGETXATTR:
		return get_fsxattr(inode, (struct fsxattr __user *)arg);
	case FS_IOC_FSSETXATTR:
		return set_fsxattr(file, (const struct fsxattr __user *)arg);
	case FS_IOC_FIEMAP:
		return ext4_ioctl_fiemap(file, (struct fiemap __user *)arg);
	case FIBMAP:
		return ext4_ioctl_fibmap(file, (int __user *)arg);
	case FIGETBSZ:
		return put_user((int)inode->sb->block_size, (int __user *)arg);
	case FITRIM:
		return ext4_ioctl_trim(file, (struct fstrim_range __user *)arg);
	default:
		return -ENOTTY;
	}
}
