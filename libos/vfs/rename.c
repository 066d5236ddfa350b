/* SPDX-License-Identifier: MIT */
/*
 * rename: the one call that locks two directories.
 *
 * Lock order: one rename across directories at a time per system (rename_mutex), so that ancestry cannot
 * change; then an ancestor before its descendant, else by address; then what is moved and what is replaced: directories
 * first, the moved one before the other; non-directories by address. A directory that stays in its parent is not
 * locked: of it only the name changes, and within one parent two directories would have no order.
 */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "lib/string.h"
#include "sync/mutex.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/inode.h"
#include "vfs/internal.h"
#include "vfs/notify.h"
#include "vfs/super.h"

static DEFINE_MUTEX(rename_mutex);

struct renaming {
	struct path from, to;		/* parents */
	struct qstr old_last, new_last;
	struct dentry *old, *new;
	unsigned flags;
	struct inode *locked[2];	/* besides the parents, in order, or NULL */
};

static void lock_parents(struct renaming *r)
{
	struct inode *a = r->from.dentry->inode, *b = r->to.dentry->inode;
	bool b_first;

	if (a == b) {
		down_write(&a->lock);
		return;
	}
	mutex_lock(&rename_mutex);
	b_first = d_is_ancestor(r->to.dentry, r->from.dentry) ||
		  (!d_is_ancestor(r->from.dentry, r->to.dentry) && b < a);
	down_write(b_first ? &b->lock : &a->lock);
	down_write_nested(b_first ? &a->lock : &b->lock, 1);
}

static void unlock_parents(struct renaming *r)
{
	struct inode *a = r->from.dentry->inode, *b = r->to.dentry->inode;

	up_write(&a->lock);
	if (a == b)
		return;
	up_write(&b->lock);
	mutex_unlock(&rename_mutex);
}

static void lock_objects(struct renaming *r)
{
	struct inode *old = r->old->inode, *new = r->new->inode;
	bool old_dir = S_ISDIR(old->mode), new_dir = new && S_ISDIR(new->mode);

	if (r->from.dentry == r->to.dentry) {
		old = old_dir ? NULL : old;
		new = new_dir && (r->flags & RENAME_EXCHANGE) ? NULL : new;
	}
	if (old_dir != new_dir ? new_dir : !old_dir && new < old)
		swap(old, new);
	r->locked[0] = old;
	r->locked[1] = new;
	for (unsigned i = 0; i < 2; i++) {
		if (r->locked[i])
			down_write_nested(&r->locked[i]->lock, 2 + i);
	}
}

static void unlock_objects(struct renaming *r)
{
	for (unsigned i = 0; i < 2; i++) {
		if (r->locked[i])
			up_write(&r->locked[i]->lock);
	}
}

static int check_rights(struct vfs_ctx *ctx, struct renaming *r)
{
	struct inode *old = r->old->inode, *new = r->new->inode;
	bool isdir = S_ISDIR(old->mode);
	int err = may_delete(ctx, r->from.dentry->inode, r->old, isdir);

	if (err)
		return err;
	if (!new)
		err = may_create(ctx, r->to.dentry->inode);
	else
		err = may_delete(ctx, r->to.dentry->inode, r->new,
				 r->flags & RENAME_EXCHANGE ? S_ISDIR(new->mode) : isdir);
	if (err)
		return err;
	/* A directory that moves gets another "..": it must be writable itself. */
	if (isdir && r->from.dentry != r->to.dentry)
		err = inode_permission(old, ctx->cred, MAY_WRITE);
	if (!err && (r->flags & RENAME_EXCHANGE) && S_ISDIR(new->mode) && r->from.dentry != r->to.dentry)
		err = inode_permission(new, ctx->cred, MAY_WRITE);
	return err;
}

static int check_names(struct renaming *r)
{
	if (!r->old->inode)
		return -ENOENT;
	if ((r->flags & RENAME_NOREPLACE) && r->new->inode)
		return -EEXIST;
	if ((r->flags & RENAME_EXCHANGE) && !r->new->inode)
		return -ENOENT;
	if (!S_ISDIR(r->old->inode->mode)) {
		if (r->old_last.name[r->old_last.len] == '/')
			return -ENOTDIR;
		if (r->new_last.name[r->new_last.len] == '/' && !(r->flags & RENAME_EXCHANGE))
			return -ENOTDIR;
	}
	if (d_is_ancestor(r->old, r->to.dentry))
		return -EINVAL;
	if (d_is_ancestor(r->new, r->from.dentry))
		return r->flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return 0;
}

/* After the move: r->old stands at its new name, and r->new under the old one. */
static void notify_move(struct dentry *now, struct dentry *was)
{
	uint32_t dir = S_ISDIR(now->inode->mode) ? IN_ISDIR : 0, cookie;

	if (!notify_wanted())
		return;
	cookie = notify_cookie();
	if (was->parent == now->parent)
		dnotify_renamed(was->parent->inode);
	notify_name(was, IN_MOVED_FROM | dir, cookie);
	notify_name(now, IN_MOVED_TO | dir, cookie);
	notify_inode(now->inode, IN_MOVE_SELF);
}

/* The file system's part. */
static int rename_objects(struct renaming *r)
{
	struct inode *from = r->from.dentry->inode, *target = r->new->inode;
	int err;

	lock_objects(r);
	err = from->ops->rename(from, r->old, r->to.dentry->inode, r->new, r->flags);
	if (!err && target && S_ISDIR(target->mode) && !(r->flags & RENAME_EXCHANGE))
		inode_set_dead_locked(target);
	unlock_objects(r);
	return err;
}

static int rename_locked(struct vfs_ctx *ctx, struct renaming *r)
{
	struct inode *from = r->from.dentry->inode, *target;
	int err = check_names(r);

	if (err)
		return err;
	if (r->old->inode == r->new->inode)
		return 0;		/* two links of one file: rename(2) does nothing */
	err = check_rights(ctx, r);
	if (err)
		return err;
	if (!from->ops->rename)
		return -EPERM;
	target = r->new->inode;
	err = rename_objects(r);
	if (err)
		return err;
	if (r->flags & RENAME_EXCHANGE) {
		d_exchange(r->old, r->new);
		notify_move(r->old, r->new);
		notify_move(r->new, r->old);
		return 0;
	}
	if (target && !S_ISDIR(target->mode))
		notify_inode(target, IN_ATTRIB);
	d_move(r->old, r->new);
	notify_move(r->old, r->new);
	return 0;
}

static int lookup_both(struct vfs_ctx *ctx, struct renaming *r)
{
	int err = dir_lookup(ctx, r->from.dentry, &r->old_last, &r->old);

	if (err)
		return err;
	err = dir_lookup(ctx, r->to.dentry, &r->new_last, &r->new);
	if (err)
		dput(r->old);
	return err;
}

static int rename_parents(struct vfs_ctx *ctx, struct renaming *r)
{
	struct dentry *replaced = NULL;
	struct inode *victim = NULL;
	int err = r->from.mnt != r->to.mnt ? -EXDEV : mount_want_write(r->from.mnt);

	if (err)
		return err;
	lock_parents(r);
	err = lookup_both(ctx, r);
	if (!err) {
		if (r->new->inode)
			victim = inode_get(r->new->inode);
		err = rename_locked(ctx, r);
		replaced = !err && victim && !(r->flags & RENAME_EXCHANGE) ? dget(r->new) : NULL;
		dput(r->new);
		dput(r->old);
	}
	unlock_parents(r);
	if (replaced)
		mount_detach_dentry(replaced);
	dput(replaced);
	inode_put(victim);
	return err;
}

int vfs_rename(struct vfs_ctx *ctx, int olddir, const char *oldname, int newdir, const char *name, unsigned flags)
{
	enum last_type old_type, new_type;
	struct renaming r = { .flags = flags };
	int err;

	if ((flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT)) ||
	    ((flags & RENAME_EXCHANGE) && (flags & (RENAME_NOREPLACE | RENAME_WHITEOUT))))
		return -EINVAL;
	err = path_parent(ctx, olddir, oldname, 0, &r.from, &r.old_last, &old_type);
	if (err)
		return err;
	err = path_parent(ctx, newdir, name, 0, &r.to, &r.new_last, &new_type);
	if (!err) {
		if (r.from.mnt != r.to.mnt)
			err = -EXDEV;
		else if (old_type != LAST_NORM || new_type != LAST_NORM)
			err = flags & RENAME_NOREPLACE && old_type == LAST_NORM ? -EEXIST : -EBUSY;
		else
			err = rename_parents(ctx, &r);
		path_put(&r.to);
	}
	path_put(&r.from);
	return err;
}
