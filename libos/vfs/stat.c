/* SPDX-License-Identifier: MIT */
/*
 * stat: reading and changing attributes. stat of a cached path runs wholly under RCU and writes no shared memory.
 */
#include "vfs/stat.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/acl.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/internal.h"
#include "vfs/notify.h"
#include "vfs/super.h"

static int getattr(const struct path *path, struct inode *inode, bool rcu, struct kstat *out)
{
	int err = 0;

	if (inode->ops->getattr)
		err = inode->ops->getattr(inode, out, rcu);
	else
		generic_fillattr(inode, out);
	if (err)
		return err;
	out->mnt_id = (uint64_t)path->mnt->id;
	if (path->dentry == path->mnt->root)
		out->attributes |= STATX_ATTR_MOUNT_ROOT;
	out->attributes_mask |= STATX_ATTR_MOUNT_ROOT;
	return 0;
}

static int stat_visit(const struct path *path, struct inode *inode, bool rcu, void *arg)
{
	return getattr(path, inode, rcu, arg);
}

int vfs_stat(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned lookup, struct kstat *out)
{
	return path_visit(ctx, dirfd, name, lookup, stat_visit, out);
}

int vfs_fstat(struct file *file, struct kstat *out)
{
	return getattr(&file->path, file->inode, /*rcu=*/false, out);
}

struct access_arg {
	const struct cred *cred;
	int mask;
};

static int access_visit(const struct path *path, struct inode *inode, bool rcu, void *arg)
{
	const struct access_arg *a = arg;

	if (rcu && inode->ops->permission)
		return -ECHILD;
	if ((a->mask & MAY_EXEC) && S_ISREG(inode->mode) && (path->mnt->flags & MS_NOEXEC))
		return -EACCES;
	if ((a->mask & MAY_WRITE) && (path->mnt->flags & MS_RDONLY) && !S_ISCHR(inode->mode) &&
	    !S_ISBLK(inode->mode) && !S_ISFIFO(inode->mode) && !S_ISSOCK(inode->mode))
		return -EROFS;
	return a->mask ? inode_permission(inode, a->cred, a->mask | (rcu ? MAY_NOT_BLOCK : 0)) : 0;
}

int vfs_access(struct vfs_ctx *ctx, int dirfd, const char *name, int mode, unsigned lookup)
{
	struct access_arg a = { ctx->cred, mode };

	return path_visit(ctx, dirfd, name, lookup, access_visit, &a);
}

ssize_t vfs_readlink(struct vfs_ctx *ctx, int dirfd, const char *name, char *buf, size_t size)
{
	struct link_text link = { NULL, NULL, NULL };
	struct inode *inode;
	struct path path;
	ssize_t n;
	int err = path_lookup(ctx, dirfd, name, LOOKUP_EMPTY, &path);

	if (err)
		return err;
	inode = path.dentry->inode;
	if (!S_ISLNK(inode->mode)) {
		path_put(&path);
		return *name ? -EINVAL : -ENOENT;
	}
	n = inode->ops->get_link(path.dentry, inode, &link);
	if (!n) {
		n = (ssize_t)min(strlen(link.text), size);
		memcpy(buf, link.text, (size_t)n);
		if (link.put)
			link.put(link.arg);
		path_touch_atime(&path);
	}
	path_put(&path);
	return n;
}

int vfs_statfs(const struct path *path, struct kstatfs *out)
{
	struct super_block *sb = path->mnt->sb;

	memset(out, 0, sizeof(*out));
	out->type = sb->magic;
	out->block_size = sb->block_size;
	out->fragment_size = sb->block_size;
	out->name_max = 255;
	out->fsid = sb->dev;
	out->flags = ST_VALID | (path->mnt->flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)) |
		     (sb->flags & SB_RDONLY) | (path->mnt->flags & MS_NOATIME ? ST_NOATIME : 0) |
		     (path->mnt->flags & MS_RELATIME ? ST_RELATIME : 0);
	return sb->ops->statfs ? sb->ops->statfs(sb, out) : 0;
}

static int chdir_common(struct vfs_ctx *ctx, const char *name, struct path *out)
{
	int err = path_lookup(ctx, AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, out);

	if (err)
		return err;
	err = inode_permission(out->dentry->inode, ctx->cred, MAY_EXEC);
	if (err)
		path_put(out);
	return err;
}

int vfs_chdir(struct vfs_ctx *ctx, const char *name)
{
	struct path path;
	int err = chdir_common(ctx, name, &path);

	if (err)
		return err;
	fs_state_set_pwd(ctx->fs, &path);
	path_put(&path);
	return 0;
}

int vfs_chroot(struct vfs_ctx *ctx, const char *name)
{
	struct path path;
	int err = chdir_common(ctx, name, &path);

	if (err)
		return err;
	if (cred_capable(ctx->cred, CAP_SYS_CHROOT))
		fs_state_set_root(ctx->fs, &path);
	else
		err = -EPERM;
	path_put(&path);
	return err;
}

/* --- changing --- */

/* What chattr(1)'s i and a forbid. */
#define NOT_IF_FLAGGED	(ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_SIZE | ATTR_ATIME_SET | ATTR_MTIME_SET | ATTR_TIMES_SET)

/* May this caller change what attr says; adds what must change along. */
static int setattr_prepare(const struct vfs_ctx *ctx, struct inode *inode, struct iattr *a)
{
	const struct cred *c = ctx->cred;
	bool owner = c->fsuid == inode->uid;

	if ((inode->flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) && (a->valid & NOT_IF_FLAGGED))
		return -EPERM;
	if ((inode->flags & FS_IMMUTABLE_FL) && (a->valid & ATTR_TOUCH))
		return -EPERM;
	if (a->valid & ATTR_FORCE)
		return 0;
	if ((a->valid & ATTR_UID) && (!owner || a->uid != inode->uid) && !cred_capable(c, CAP_CHOWN))
		return -EPERM;
	if ((a->valid & ATTR_GID) && (!owner || (!cred_in_group(c, a->gid) && a->gid != inode->gid)) &&
	    !cred_capable(c, CAP_CHOWN))
		return -EPERM;
	if ((a->valid & (ATTR_CHOWN | ATTR_UID | ATTR_GID)) == ATTR_CHOWN && !owner && !cred_capable(c, CAP_FOWNER)) {
		if (!S_ISDIR(inode->mode) && (inode->mode & (S_ISUID | S_ISGID)))
			return -EPERM;
		a->valid &= ~(unsigned)ATTR_CHOWN;
	}
	if (a->valid & ATTR_MODE) {
		if (!owner && !cred_capable(c, CAP_FOWNER))
			return -EPERM;
		if (!cred_in_group(c, a->valid & ATTR_GID ? a->gid : inode->gid) && !cred_capable(c, CAP_FSETID))
			a->mode &= ~(uint32_t)S_ISGID;
	}
	if ((a->valid & (ATTR_ATIME_SET | ATTR_MTIME_SET | ATTR_TIMES_SET)) && !owner && !cred_capable(c, CAP_FOWNER))
		return -EPERM;
	if ((a->valid & ATTR_TOUCH) && !owner && !cred_capable(c, CAP_FOWNER))
		return inode_permission(inode, c, MAY_WRITE);
	return 0;
}

/* chown and truncate of a program clear its set-id bits: chown(2) whoever it does, truncate(2) not for CAP_FSETID. */
static void kill_setid(const struct vfs_ctx *ctx, const struct inode *inode, struct iattr *a)
{
	uint32_t mode = a->valid & ATTR_MODE ? a->mode : inode->mode, lost = 0;

	if (S_ISDIR(inode->mode))
		return;
	if (a->valid & ATTR_CHOWN)
		lost = mode & (mode & S_IXGRP ? S_ISUID | S_ISGID : S_ISUID);
	else if (a->valid & ATTR_SIZE)
		lost = inode_setid_lost(inode, ctx->cred);
	if (!lost)
		return;
	a->mode = mode & ~lost;
	a->valid |= ATTR_MODE;
}

void setattr_copy(struct inode *inode, const struct iattr *a)
{
	write_seqlock(&inode->meta);
	if (a->valid & ATTR_UID)
		inode->uid = a->uid;
	if (a->valid & ATTR_GID)
		inode->gid = a->gid;
	if (a->valid & ATTR_MODE)
		inode->mode = (inode->mode & S_IFMT) | (a->mode & 07777);
	if (a->valid & ATTR_ATIME)
		inode->atime = a->atime;
	if (a->valid & ATTR_MTIME)
		inode->mtime = a->mtime;
	if (a->valid & ATTR_CTIME)
		inode->ctime = a->ctime;
	write_sequnlock(&inode->meta);
	inode_mark_dirty(inode, I_DIRTY_META);
}

/* What watchers are told of a change of attributes. */
static uint32_t event_of(unsigned valid)
{
	uint32_t mask = 0;

	if (valid & (ATTR_UID | ATTR_GID | ATTR_MODE))
		mask |= IN_ATTRIB;
	if (valid & ATTR_SIZE)
		mask |= IN_MODIFY;
	if ((valid & (ATTR_ATIME | ATTR_MTIME)) == (ATTR_ATIME | ATTR_MTIME))
		mask |= IN_ATTRIB;
	else if ((valid & ATTR_ATIME) && !(valid & ATTR_SIZE))
		mask |= IN_ACCESS;
	else if ((valid & ATTR_MTIME) && !(valid & ATTR_SIZE))
		mask |= IN_MODIFY;
	return mask;
}

/* The nearest time the file system can store: what stat says now, it says after the next mount, too. */
static struct timespec64 time_stored(const struct super_block *sb, struct timespec64 ts)
{
	ts.tv_sec = clamp(ts.tv_sec, sb->time_min, sb->time_max);
	if (ts.tv_sec == sb->time_min || ts.tv_sec == sb->time_max)
		ts.tv_nsec = 0;
	ts.tv_nsec -= ts.tv_nsec % (long)sb->time_gran_ns;
	return ts;
}

int vfs_setattr(struct vfs_ctx *ctx, const struct path *path, struct iattr *a)
{
	struct inode *inode = path->dentry->inode;
	struct timespec64 now = inode_now(inode);
	int err = mount_want_write(path->mnt);

	if (err)
		return err;
	if ((a->valid & ATTR_MODE) && S_ISLNK(inode->mode))
		return -EOPNOTSUPP;	/* a link has no mode of its own */
	a->atime = (a->valid & ATTR_ATIME_SET) ? time_stored(inode->sb, a->atime) : now;
	a->mtime = (a->valid & ATTR_MTIME_SET) ? time_stored(inode->sb, a->mtime) : now;
	a->ctime = now;
	a->valid |= ATTR_CTIME;
	down_write(&inode->lock);
	err = setattr_prepare(ctx, inode, a);
	if (!err && (a->valid & (ATTR_CHOWN | ATTR_SIZE)) && !S_ISDIR(inode->mode))
		err = inode_drop_caps(inode);
	if (!err) {
		kill_setid(ctx, inode, a);
		if (inode->ops->setattr)
			err = inode->ops->setattr(path->dentry, a);
		else if (a->valid & ATTR_SIZE)
			err = -EPERM;
		else
			setattr_copy(inode, a);
		if (!err && (a->valid & ATTR_MODE))
			err = posix_acl_chmod(inode);
	}
	up_write(&inode->lock);
	if (!err)
		notify_dentry(path->dentry, event_of(a->valid));
	return err;
}

/* The size alone: rights to write were checked by the caller (open for writing, or vfs_truncate). */
int vfs_set_size(struct vfs_ctx *ctx, const struct path *path, loff_t size)
{
	struct inode *inode = path->dentry->inode;
	struct iattr a = { .valid = ATTR_SIZE | ATTR_MTIME | ATTR_FORCE, .size = size };

	if (size > inode->sb->max_bytes)
		return -EFBIG;
	if (size > inode->size && (uint64_t)size > ctx->fsize_limit)
		return -EFBIG;		/* the caller sends SIGXFSZ */
	return vfs_setattr(ctx, path, &a);
}

int vfs_truncate(struct vfs_ctx *ctx, const struct path *path, loff_t size)
{
	struct inode *inode = path->dentry->inode;
	int err;

	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISREG(inode->mode))
		return -EINVAL;
	err = inode_permission(inode, ctx->cred, MAY_WRITE);
	if (!err && (inode->flags & FS_APPEND_FL))
		err = -EPERM;
	if (!err)
		err = inode_get_write(inode);
	if (err)
		return err;
	err = vfs_set_size(ctx, path, size);
	inode_put_write(inode);
	return err;
}
