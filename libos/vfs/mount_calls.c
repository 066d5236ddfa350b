/* SPDX-License-Identifier: MIT */
/*
 * mount_calls: mount(2) and umount(2): new mounts, bind, move, remount, propagation, unmounting.
 *
 * A file system on a device is told the device's own name ("/dev/vda1"), whatever path led to its node: two mounts of
 * one device share the super block. The mount keeps the text that was given, for /proc/mounts.
 *
 * umount of the root the caller stands in makes its file system read-only, as Linux does at shutdown.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mount.h"
#include "abi/stat.h"
#include "block/bdev.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/inode.h"
#include "vfs/mount_internal.h"
#include "vfs/super.h"
#include "vfs/super_internal.h"

#define PROPAGATION	(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

/* --- New instances -------------------------------------------------------------------------------- */

int mount_device_name(struct vfs_ctx *ctx, const char *source, char **out)
{
	struct bdev *bdev = NULL;
	struct path path;
	int err;

	*out = NULL;
	if (!source || !*source)
		return -EINVAL;
	err = path_lookup(ctx, AT_FDCWD, source, LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	if (!S_ISBLK(path.dentry->inode->mode))
		err = -ENOTBLK;
	else if (path.mnt->flags & MS_NODEV)
		err = -EACCES;
	else if (!(bdev = bdev_get_dev(path.dentry->inode->rdev)))
		err = -ENXIO;
	path_put(&path);
	if (err)
		return err;
	*out = kmalloc(sizeof(bdev->name) + 8, GFP_KERNEL);
	if (*out)
		ksnprintf(*out, sizeof(bdev->name) + 8, "/dev/%s", bdev->name);
	bdev_put(bdev);
	return *out ? 0 : -ENOMEM;
}

/* Flags of the file system instance among those of mount(2). */
static uint32_t sb_flags(unsigned long flags)
{
	return (uint32_t)flags & SB_SETTABLE;
}

int mount_new(struct vfs_ctx *ctx, const char *source, const char *fstype, unsigned long flags, const char *options,
	      struct mount **out)
{
	struct fs_type *type = fs_find(fstype);
	struct super_block *sb;
	char *device = NULL;
	int err = type ? 0 : -ENODEV;

	if (!err && (type->flags & FS_REQUIRES_DEV) && ctx)
		err = mount_device_name(ctx, source, &device);
	if (!err)
		err = super_get(type, device ? device : source, sb_flags(flags), options, &sb);
	kfree(device);
	if (err)
		return err;
	*out = mount_alloc(sb, sb->root, source, (uint32_t)flags);
	if (*out)
		return 0;
	super_put(sb);
	return -ENOMEM;
}

struct mount *vfs_kern_mount(const char *fstype)
{
	struct mount *mnt;

	return mount_new(NULL, NULL, fstype, 0, NULL, &mnt) ? NULL : mnt;
}

struct mount *vfs_kern_mount_of(struct super_block *sb)
{
	struct mount *mnt = mount_alloc(sb, sb->root, NULL, 0);

	if (mnt)
		refcount_inc(&sb->refs);
	return mnt;
}

int mount_lookup_target(struct vfs_ctx *ctx, const char *name, struct path *out)
{
	int err = path_lookup(ctx, AT_FDCWD, name, LOOKUP_FOLLOW, out);

	if (!err)
		path_to_top(out);
	return err;
}

/* --- Taking apart --------------------------------------------------------------------------------- */

/* Take the tree at m apart, everywhere it has gone to; deepest first. */
static void umount_tree_locked(struct mount *m, struct list_head *dead)
{
	struct mount *at = m, *parent;

	assert_held(&mount_seq.lock);
	while (at) {
		if (!list_empty(&at->children)) {
			at = list_first_entry(&at->children, struct mount, sibling);
			continue;
		}
		parent = at == m ? NULL : at->parent;
		mount_propagate_umount_locked(at, dead);
		mount_detach_locked(at);
		list_add_tail(&at->ns_link, dead);
		at = parent;
	}
}

static void detach_dentry_locked(const struct dentry *dentry, struct list_head *dead)
{
	struct mount *m;

	assert_held(&mount_tree);
	write_seqlock(&mount_seq);
	while ((m = mount_on_dentry(dentry)) != NULL)
		umount_tree_locked(m, dead);
	write_sequnlock(&mount_seq);
}

/* --- Attaching ------------------------------------------------------------------------------------ */

static bool has_unbindable(const struct mount *tree)
{
	const struct mount *m;

	for (m = tree; m; m = mount_next(m, tree)) {
		if (m->propagation & MOUNT_UNBINDABLE)
			return true;
	}
	return false;
}

static bool is_removed(const struct dentry *dentry)
{
	return (READ_ONCE(dentry->flags) & D_UNHASHED) && dentry->parent != dentry;
}

static int check_place(const struct vfs_ctx *ctx, const struct mount *mnt, const struct path *at)
{
	if (at->mnt->ns != ctx->ns)
		return -EINVAL;
	if (S_ISDIR(mnt->root->inode->mode) != S_ISDIR(at->dentry->inode->mode))
		return -ENOTDIR;
	return is_removed(at->dentry) ? -ENOENT : 0;
}

/*
 * The place may have lost its name since check_place(). Whoever took it away looks for mounts afterwards, and under the
 * dentry's lock one of the two is first: nothing stays mounted where nobody can reach it.
 */
static void detach_if_removed(const struct path *at, struct list_head *dead)
{
	if (is_removed(at->dentry))
		detach_dentry_locked(at->dentry, dead);
}

int mount_graft(struct vfs_ctx *ctx, struct mount *mnt, struct path *at)
{
	LIST_HEAD(copies);
	LIST_HEAD(dead);
	int err;

	down_write(&mount_tree);
	path_to_top(at);
	err = check_place(ctx, mnt, at);
	if (!err)
		err = mount_propagate(mnt, at, &copies);
	if (!err) {
		mount_attach(mnt, at, ctx->ns);
		mount_propagate_attach(&copies);
		detach_if_removed(at, &dead);
	}
	up_write(&mount_tree);
	mount_put_dead(&dead);
	return err;
}

static int bind_mount(struct vfs_ctx *ctx, const char *source, struct path *at, unsigned long flags)
{
	struct mount *mnt = NULL;
	struct path from;
	int err = mount_lookup_target(ctx, source, &from);

	if (err)
		return err;
	down_write(&mount_tree);
	err = -EINVAL;
	if (!(from.mnt->propagation & MOUNT_UNBINDABLE) && from.mnt->ns == ctx->ns) {
		mnt = flags & MS_REC ? mount_copy_tree(from.mnt, from.dentry, COPY_AS_IS, /*skip_unbindable=*/true) :
				       mount_copy(from.mnt, from.dentry, COPY_AS_IS);
		err = mnt ? 0 : -ENOMEM;
	}
	up_write(&mount_tree);
	if (!err)
		err = mount_graft(ctx, mnt, at);
	if (err && mnt)
		mount_discard(mnt);
	path_put(&from);
	return err;
}

/* Does `at` lie in the tree at m? */
static bool lies_below(const struct mount *at, const struct mount *m)
{
	for (; at != m; at = at->parent) {
		if (at->parent == at)
			return false;
	}
	return true;
}

/* A whole tree of open_tree(2) or fsmount(2): its namespace's reference becomes the new place's. */
static bool is_loose(const struct mount *m)
{
	return m->ns && m->ns->anon && m->ns->root == m;
}

static int check_move(const struct vfs_ctx *ctx, const struct path *from, const struct path *at)
{
	const struct mount *m = from->mnt;

	if (from->dentry != m->root || at->mnt->ns != ctx->ns)
		return -EINVAL;
	if (!is_loose(m) && (m->ns != ctx->ns || m->parent == m || mount_is_shared(m->parent)))
		return -EINVAL;
	if (S_ISDIR(m->root->inode->mode) != S_ISDIR(at->dentry->inode->mode))
		return -EINVAL;
	if (mount_is_shared(at->mnt) && has_unbindable(m))
		return -EINVAL;
	return lies_below(at->mnt, m) ? -ELOOP : 0;
}

int mount_move(struct vfs_ctx *ctx, const struct path *from, struct path *at)
{
	LIST_HEAD(copies);
	LIST_HEAD(dead);
	int err;

	down_write(&mount_tree);
	path_to_top(at);
	err = check_move(ctx, from, at);
	if (!err)
		err = check_place(ctx, from->mnt, at);
	if (!err)
		err = mount_propagate(from->mnt, at, &copies);
	if (!err) {
		write_seqlock(&mount_seq);
		mount_unhang_locked(from->mnt);
		mount_attach_locked(from->mnt, at, ctx->ns);
		write_sequnlock(&mount_seq);
		mount_drop_place(from->mnt);
		mount_propagate_attach(&copies);
		detach_if_removed(at, &dead);
	}
	up_write(&mount_tree);
	mount_put_dead(&dead);
	return err;
}

static int move_named(struct vfs_ctx *ctx, const char *source, struct path *at)
{
	struct path from;
	int err = mount_lookup_target(ctx, source, &from);

	if (err)
		return err;
	err = mount_move(ctx, &from, at);
	path_put(&from);
	return err;
}

static int plain_mount(struct vfs_ctx *ctx, const char *source, struct path *at, const char *fstype,
		       unsigned long flags, const char *options)
{
	struct mount *mnt;
	int err;

	if (!fstype)
		return -EINVAL;
	err = mount_new(ctx, source, fstype, flags, options, &mnt);
	if (err)
		return err;
	/* The same file system on top of itself is a mistake. */
	if (mnt->sb == at->mnt->sb && mnt->root == at->dentry)
		err = -EBUSY;
	if (!err)
		err = mount_graft(ctx, mnt, at);
	if (err)
		mount_discard(mnt);
	return err;
}

/* --- Changing ------------------------------------------------------------------------------------- */

int mount_set_flags(struct mount *mnt, uint32_t flags)
{
	uint32_t old = mnt->flags;

	/* Set first, then look: an open for writing counts itself first, then looks at the flag. */
	__atomic_store_n(&mnt->flags, flags & MNT_FLAGS, __ATOMIC_SEQ_CST);
	if ((flags & MS_RDONLY) && !(old & MS_RDONLY) && __atomic_load_n(&mnt->writers, __ATOMIC_SEQ_CST)) {
		WRITE_ONCE(mnt->flags, old);
		return -EBUSY;
	}
	if (mnt->ns)
		mount_ns_changed(mnt->ns);
	return 0;
}

static int remount(struct vfs_ctx *ctx, struct path *at, unsigned long flags, const char *options)
{
	const unsigned long atime = MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME;
	uint32_t keep = 0;
	int err = 0;

	if (at->dentry != at->mnt->root || at->mnt->ns != ctx->ns)
		return -EINVAL;
	down_write(&mount_tree);
	if (!(flags & MS_BIND))
		err = super_reconfigure(at->mnt->sb, sb_flags(flags), options);
	if (!(flags & atime))
		keep = at->mnt->flags & MNT_ATIME_FLAGS;
	else if (!(flags & (MS_NOATIME | MS_STRICTATIME)))
		keep = MS_RELATIME;
	if (!err)
		err = mount_set_flags(at->mnt, (uint32_t)(flags & ~(unsigned long)MS_STRICTATIME) | keep);
	up_write(&mount_tree);
	return err;
}

static int change_propagation(struct vfs_ctx *ctx, struct path *at, unsigned long flags)
{
	unsigned long type = flags & PROPAGATION;
	struct mount *m;

	if (at->dentry != at->mnt->root || at->mnt->ns != ctx->ns)
		return -EINVAL;
	if ((type & (type - 1)) || (flags & ~(PROPAGATION | MS_REC | MS_SILENT)))
		return -EINVAL;
	down_write(&mount_tree);
	for (m = at->mnt; m; m = flags & MS_REC ? mount_next(m, at->mnt) : NULL)
		mount_set_propagation(m, type);
	mount_ns_changed(ctx->ns);
	up_write(&mount_tree);
	return 0;
}

/* What a new mount is to do with access times when nothing is said: relatime. */
static unsigned long default_atime(unsigned long flags)
{
	if (!(flags & (MS_NOATIME | MS_STRICTATIME)))
		flags |= MS_RELATIME;
	return flags & ~(unsigned long)MS_STRICTATIME;
}

int vfs_mount(struct vfs_ctx *ctx, const char *source, const char *target, const char *fstype,
	      unsigned long flags, const char *options)
{
	struct path at;
	int err = mount_lookup_target(ctx, target, &at);

	if (err)
		return err;
	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		err = -EPERM;
	else if (flags & MS_REMOUNT)
		err = remount(ctx, &at, flags & ~(unsigned long)MS_REMOUNT, options);
	else if (flags & MS_BIND)
		err = source && *source ? bind_mount(ctx, source, &at, flags) : -EINVAL;
	else if (flags & PROPAGATION)
		err = change_propagation(ctx, &at, flags);
	else if (flags & MS_MOVE)
		err = source && *source ? move_named(ctx, source, &at) : -EINVAL;
	else
		err = plain_mount(ctx, source, &at, fstype, default_atime(flags), options);
	path_put(&at);
	return err;
}

/* --- Unmounting ----------------------------------------------------------------------------------- */

/* In use beyond the tree and this walk: somebody's directory, open file, or a mount below. */
static bool is_busy(struct mount *m)
{
	return !list_empty(&m->children) || __atomic_load_n(&m->refs, __ATOMIC_ACQUIRE) > 2 ||
	       mount_propagate_busy(m);
}

static int umount_locked(struct vfs_ctx *ctx, const struct path *at, int flags, struct list_head *dead)
{
	struct mount *m = at->mnt;
	int err = 0;

	assert_held(&mount_tree);
	if (at->dentry != m->root || m->ns != ctx->ns)
		return -EINVAL;
	if ((flags & MNT_EXPIRE) && !is_busy(m) && !m->expiring) {
		m->expiring = true;
		return -EAGAIN;
	}
	if (m->parent == m)
		return -EINVAL;
	write_seqlock(&mount_seq);
	smp_mb();	/* a walk takes its reference, then looks at mount_seq: pairs with mount_try_get() */
	if (!(flags & MNT_DETACH) && is_busy(m))
		err = -EBUSY;
	else
		umount_tree_locked(m, dead);
	write_sequnlock(&mount_seq);
	return err;
}

int vfs_umount(struct vfs_ctx *ctx, const char *target, int flags)
{
	struct path at, root;
	LIST_HEAD(dead);
	int err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	err = path_lookup(ctx, AT_FDCWD, target, flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &at);
	if (err)
		return err;
	path_to_top(&at);
	fs_state_get_root(ctx->fs, &root);
	path_put(&root);		/* only compared */
	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		err = -EPERM;
	else if ((flags & MNT_EXPIRE) && (flags & (MNT_FORCE | MNT_DETACH)))
		err = -EINVAL;
	else if (at.mnt == root.mnt && at.dentry == at.mnt->root && !(flags & (MNT_DETACH | MNT_EXPIRE)))
		err = super_reconfigure(at.mnt->sb, at.mnt->sb->flags | SB_RDONLY, NULL);
	else {
		down_write(&mount_tree);
		err = umount_locked(ctx, &at, flags, &dead);
		up_write(&mount_tree);
	}
	dput(at.dentry);		/* not path_put(): it is no use that would end an expiry */
	mount_put(at.mnt);
	mount_put_dead(&dead);
	return err;
}

void mount_detach_dentry(struct dentry *dentry)
{
	LIST_HEAD(dead);

	if (likely(!dentry_is_mountpoint(dentry, NULL)))
		return;
	down_write(&mount_tree);
	detach_dentry_locked(dentry, &dead);
	up_write(&mount_tree);
	mount_put_dead(&dead);
}
