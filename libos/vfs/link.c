/* SPDX-License-Identifier: MIT */
/*
 * link: making and removing names: mkdir, mknod, symlink, link, unlink, rmdir. Renaming is rename.c.
 *
 * Each walks to the parent, locks it, looks the last name up, checks rights (sticky bit included), and lets the file
 * system act. "." and ".." as last names have the errors of the man pages.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "lib/string.h"
#include "vfs/acl.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/inode.h"
#include "vfs/internal.h"
#include "vfs/notify.h"
#include "vfs/super.h"

int may_create(struct vfs_ctx *ctx, struct inode *dir)
{
	if (dir->state & I_DEAD_DIR)
		return -ENOENT;
	return inode_permission(dir, ctx->cred, MAY_WRITE | MAY_EXEC);
}

/* In a sticky directory only the owner of the file or of the directory removes it. */
static bool sticky_forbids(const struct vfs_ctx *ctx, const struct inode *dir, const struct inode *victim)
{
	return (dir->mode & S_ISVTX) && ctx->cred->fsuid != victim->uid && ctx->cred->fsuid != dir->uid &&
	       !cred_capable(ctx->cred, CAP_FOWNER);
}

int may_delete(struct vfs_ctx *ctx, struct inode *dir, struct dentry *victim, bool isdir)
{
	struct inode *inode = victim->inode;
	int err;

	if (!inode)
		return -ENOENT;
	err = inode_permission(dir, ctx->cred, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if (dir->flags & FS_APPEND_FL)
		return -EPERM;
	if (sticky_forbids(ctx, dir, inode) || (inode->flags & (FS_APPEND_FL | FS_IMMUTABLE_FL)))
		return -EPERM;
	if (isdir) {
		if (!S_ISDIR(inode->mode))
			return -ENOTDIR;
		if (dentry_is_mountpoint(victim, ctx->ns))
			return -EBUSY;
	} else if (S_ISDIR(inode->mode)) {
		return -EISDIR;
	} else if (dentry_is_mountpoint(victim, ctx->ns)) {
		return -EBUSY;
	}
	return dir->state & I_DEAD_DIR ? -ENOENT : 0;
}

/* A name being made: parent locked, child negative. */
struct creation {
	struct path dir;
	struct dentry *child;
};

static int creation_begin(struct vfs_ctx *ctx, int dirfd, const char *name, bool isdir, struct creation *c)
{
	enum last_type type;
	struct qstr last;
	int err = path_parent(ctx, dirfd, name, 0, &c->dir, &last, &type);

	if (err)
		return err;
	if (type != LAST_NORM) {
		path_put(&c->dir);
		return -EEXIST;
	}
	down_write(&c->dir.dentry->inode->lock);
	err = dir_lookup(ctx, c->dir.dentry, &last, &c->child);
	if (!err) {
		if (c->child->inode)
			err = -EEXIST;
		else if (!isdir && last.name[last.len] == '/')
			err = -ENOENT;
		else
			err = mount_want_write(c->dir.mnt);
		if (!err)
			err = may_create(ctx, c->dir.dentry->inode);
		if (err)
			dput(c->child);
	}
	if (err) {
		up_write(&c->dir.dentry->inode->lock);
		path_put(&c->dir);
	}
	return err;
}

static void creation_end(struct creation *c)
{
	dput(c->child);
	up_write(&c->dir.dentry->inode->lock);
	path_put(&c->dir);
}

int vfs_mkdir(struct vfs_ctx *ctx, int dirfd, const char *name, uint32_t mode)
{
	struct creation c;
	struct inode *dir;
	int err = creation_begin(ctx, dirfd, name, /*isdir=*/true, &c);

	if (err)
		return err;
	dir = c.dir.dentry->inode;
	mode = posix_acl_umask(dir, mode & (S_IRWXUGO | S_ISVTX), ctx->fs->umask);
	err = dir->ops->mkdir ? dir->ops->mkdir(dir, c.child, S_IFDIR | mode, ctx->cred) : -EPERM;
	if (!err)
		notify_name(c.child, IN_CREATE, 0);
	creation_end(&c);
	return err;
}

int vfs_mknod(struct vfs_ctx *ctx, int dirfd, const char *name, uint32_t mode, uint64_t dev)
{
	struct creation c;
	struct inode *dir;
	int err;

	switch (mode & S_IFMT) {
	case 0: mode |= S_IFREG; break;
	case S_IFREG: case S_IFIFO: case S_IFSOCK: break;
	case S_IFCHR: case S_IFBLK:
		if (!(S_ISCHR(mode) && dev == 0) && !cred_capable(ctx->cred, CAP_MKNOD))	/* 0:0, a whiteout */
			return -EPERM;
		break;
	case S_IFDIR: return -EPERM;
	default: return -EINVAL;
	}
	err = creation_begin(ctx, dirfd, name, /*isdir=*/false, &c);
	if (err)
		return err;
	dir = c.dir.dentry->inode;
	mode = (mode & S_IFMT) | posix_acl_umask(dir, mode & 07777, ctx->fs->umask);
	if (S_ISREG(mode))
		err = dir->ops->create ? dir->ops->create(dir, c.child, mode, ctx->cred) : -EACCES;
	else
		err = dir->ops->mknod ? dir->ops->mknod(dir, c.child, mode, dev, ctx->cred) : -EPERM;
	if (!err)
		notify_name(c.child, IN_CREATE, 0);
	creation_end(&c);
	return err;
}

int vfs_symlink(struct vfs_ctx *ctx, const char *text, int dirfd, const char *name)
{
	struct creation c;
	struct inode *dir;
	int err;

	if (!*text)
		return -ENOENT;
	err = creation_begin(ctx, dirfd, name, /*isdir=*/false, &c);
	if (err)
		return err;
	dir = c.dir.dentry->inode;
	err = dir->ops->symlink ? dir->ops->symlink(dir, c.child, text, ctx->cred) : -EPERM;
	if (!err)
		notify_name(c.child, IN_CREATE, 0);
	creation_end(&c);
	return err;
}

/* protected_hardlinks=1 (proc(5)): only what one owns or may read and write, and no set-id programs. */
static bool link_forbidden(struct vfs_ctx *ctx, struct inode *inode)
{
	if (ctx->cred->fsuid == inode->uid || cred_capable(ctx->cred, CAP_FOWNER))
		return false;
	return !S_ISREG(inode->mode) || (inode->mode & S_ISUID) ||
	       (inode->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) ||
	       inode_permission(inode, ctx->cred, MAY_READ | MAY_WRITE);
}

static int link_checked(struct vfs_ctx *ctx, const struct path *old, struct creation *c)
{
	struct inode *inode = old->dentry->inode, *dir = c->dir.dentry->inode;
	int err;

	if (old->mnt != c->dir.mnt)
		return -EXDEV;
	if (link_forbidden(ctx, inode))
		return -EPERM;
	if (S_ISDIR(inode->mode) || (inode->flags & (FS_APPEND_FL | FS_IMMUTABLE_FL)) || !dir->ops->link)
		return -EPERM;
	down_write_nested(&inode->lock, 2);
	if (!inode->nlink && !(inode->state & I_TMPFILE))
		err = -ENOENT;
	else
		err = dir->ops->link(old->dentry, dir, c->child);
	if (!err && (inode->state & I_TMPFILE)) {
		spin_lock(&inode->spin);
		inode->state &= ~(uint32_t)I_TMPFILE;
		spin_unlock(&inode->spin);
	}
	up_write(&inode->lock);
	return err;
}

int vfs_link(struct vfs_ctx *ctx, int olddir, const char *oldname, int newdir, const char *name, unsigned lookup)
{
	struct creation c;
	struct path old;
	int err = path_lookup(ctx, olddir, oldname, lookup, &old);

	if (err)
		return err;
	err = creation_begin(ctx, newdir, name, /*isdir=*/false, &c);
	if (!err) {
		err = link_checked(ctx, &old, &c);
		if (!err) {
			notify_inode(old.dentry->inode, IN_ATTRIB);
			notify_name(c.child, IN_CREATE, 0);
		}
		creation_end(&c);
	}
	path_put(&old);
	return err;
}

/* Remove `victim` from locked dir. */
static int remove_locked(struct vfs_ctx *ctx, struct inode *dir, struct dentry *victim, bool isdir)
{
	struct inode *inode = victim->inode;
	int err = may_delete(ctx, dir, victim, isdir);

	assert_held(&dir->lock);
	if (err)
		return err;
	down_write_nested(&inode->lock, 1);
	if (isdir)
		err = dir->ops->rmdir ? dir->ops->rmdir(dir, victim) : -EPERM;
	else
		err = dir->ops->unlink ? dir->ops->unlink(dir, victim) : -EPERM;
	if (!err && isdir)
		inode_set_dead_locked(inode);
	up_write(&inode->lock);
	return err;
}

/* The name is gone from its folder. As Linux: the file's watchers hear first. */
static void name_removed(struct dentry *victim, struct inode *inode)
{
	uint32_t dir = S_ISDIR(inode->mode) ? IN_ISDIR : 0;

	if (!dir)
		notify_inode(inode, IN_ATTRIB);
	d_delete(victim);
	notify_name(victim, IN_DELETE | dir, 0);
}

static int remove_name(struct vfs_ctx *ctx, int dirfd, const char *name, bool isdir)
{
	struct dentry *victim;
	struct inode *dir, *inode = NULL;
	enum last_type type;
	struct qstr last;
	struct path parent;
	int err = path_parent(ctx, dirfd, name, 0, &parent, &last, &type);

	if (err)
		return err;
	if (type != LAST_NORM) {
		path_put(&parent);
		if (!isdir)
			return -EISDIR;
		return type == LAST_DOT ? -EINVAL : type == LAST_DOTDOT ? -ENOTEMPTY : -EBUSY;
	}
	err = mount_want_write(parent.mnt);
	if (err) {
		path_put(&parent);
		return err;
	}
	dir = parent.dentry->inode;
	down_write(&dir->lock);
	err = dir_lookup(ctx, parent.dentry, &last, &victim);
	if (!err) {
		if (!victim->inode)
			err = -ENOENT;
		else if (!isdir && last.name[last.len] == '/')
			err = S_ISDIR(victim->inode->mode) ? -EISDIR : -ENOTDIR;
		if (!err) {
			inode = inode_get(victim->inode);
			err = remove_locked(ctx, dir, victim, isdir);
		}
		if (!err)
			name_removed(victim, inode);
	} else {
		victim = NULL;
	}
	up_write(&dir->lock);
	if (!err)
		mount_detach_dentry(victim);
	dput(victim);
	inode_put(inode);		/* truncating a large file happens here, without the directory's lock */
	path_put(&parent);
	return err;
}

int vfs_unlink(struct vfs_ctx *ctx, int dirfd, const char *name)
{
	return remove_name(ctx, dirfd, name, /*isdir=*/false);
}

int vfs_rmdir(struct vfs_ctx *ctx, int dirfd, const char *name)
{
	return remove_name(ctx, dirfd, name, /*isdir=*/true);
}
