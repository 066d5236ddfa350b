/* SPDX-License-Identifier: MIT */
/*
 * mount_fd: the mount calls that work on descriptors: fsopen, fspick, fsconfig, fsmount, open_tree, move_mount,
 * mount_setattr.
 *
 * An fs context collects what fsconfig(2) says as the option text mount(2) would have been given, and makes the file
 * system on FSCONFIG_CMD_CREATE. A tree that fsmount or open_tree(OPEN_TREE_CLONE) makes lies in a nameless namespace
 * of its own until move_mount() takes it out; closing the descriptor takes apart what is still there.
 *
 * Source: the man pages' drafts in linux/Documentation/filesystems/mount_api.rst; mount_setattr(2).
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mount.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/mutex.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount_internal.h"
#include "vfs/super.h"
#include "vfs/super_internal.h"

#define OPTIONS_MAX	PAGE_SIZE

/* What a context is good for next. */
enum fs_context_phase { CTX_CREATE, CTX_CREATED, CTX_MOUNTED, CTX_RECONFIGURE, CTX_FAILED };

/* Field legend: [I] immutable, [l] lock */
struct fs_context {
	struct mutex lock;
	struct fs_type *type;		/* [I] */
	enum fs_context_phase phase;	/* [l] */
	uint32_t flags;			/* [l] SB_SETTABLE */
	char *source;			/* [l] */
	struct strbuf options;		/* [l] "a,b=c" */
	struct super_block *sb;		/* [l] a reference of it */
};

static void context_release(struct inode *inode, struct file *file)
{
	struct fs_context *c = file->private;

	(void)inode;
	if (c->sb)
		super_put(c->sb);
	strbuf_fini(&c->options);
	kfree(c->source);
	kfree(c);
}

/* Messages for the reader: errors are told by errno alone. */
static ssize_t context_read(struct kiocb *iocb, struct iov_iter *to)
{
	(void)iocb, (void)to;
	return -ENODATA;
}

static const struct file_ops context_ops = { .release = context_release, .read_iter = context_read };

static int context_open(struct fs_type *type, enum fs_context_phase phase, struct super_block *sb, struct file **out)
{
	struct fs_context *c = kzalloc(sizeof(*c), GFP_KERNEL);
	int err;

	if (!c)
		return -ENOMEM;
	mutex_init(&c->lock, "fs_context");
	strbuf_init(&c->options, OPTIONS_MAX);
	c->type = type;
	c->phase = phase;
	err = file_anon("[fscontext]", &context_ops, c, O_RDWR, out);
	if (err) {
		kfree(c);
		return err;
	}
	c->sb = sb;
	if (sb)
		c->flags = sb->flags & SB_SETTABLE;
	return 0;
}

int vfs_fsopen(struct vfs_ctx *ctx, const char *fstype, struct file **out)
{
	struct fs_type *type;

	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		return -EPERM;
	type = fs_find(fstype);
	return type ? context_open(type, CTX_CREATE, NULL, out) : -ENODEV;
}

int vfs_fspick(struct vfs_ctx *ctx, const struct path *path, struct file **out)
{
	struct super_block *sb = path->mnt->sb;
	int err;

	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (path->dentry != path->mnt->root)
		return -EINVAL;
	refcount_inc(&sb->refs);
	err = context_open((struct fs_type *)sb->type, CTX_RECONFIGURE, sb, out);
	if (err)
		super_put(sb);
	return err;
}

static struct fs_context *context_of(struct file *file)
{
	return file->ops == &context_ops ? file->private : NULL;
}

/* Flags that are the VFS's, not the file system's. True: it was one. */
static bool set_sb_flag(struct fs_context *c, const char *key)
{
	static const struct { const char *name; uint32_t set, clear; } flags[] = {
		{ "ro", SB_RDONLY, 0 }, { "rw", 0, SB_RDONLY }, { "sync", SB_SYNCHRONOUS, 0 },
		{ "async", 0, SB_SYNCHRONOUS }, { "dirsync", SB_DIRSYNC, 0 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(flags); i++) {
		if (strcmp(key, flags[i].name))
			continue;
		c->flags = (c->flags & ~flags[i].clear) | flags[i].set;
		return true;
	}
	return false;
}

static int set_locked(struct fs_context *c, const char *key, const char *value)
{
	assert_held(&c->lock);
	if (c->phase != CTX_CREATE && c->phase != CTX_RECONFIGURE)
		return -EBUSY;
	if (!value && set_sb_flag(c, key))
		return 0;
	if (!strcmp(key, "source")) {
		if (!value || c->source)
			return -EINVAL;
		c->source = kstrdup(value, GFP_KERNEL);
		return c->source ? 0 : -ENOMEM;
	}
	if (strchr(key, ',') || (value && strchr(value, ',')))
		return -EINVAL;
	strbuf_printf(&c->options, "%s%s%s%s", c->options.len ? "," : "", key, value ? "=" : "", value ? value : "");
	return strbuf_error(&c->options);
}

int vfs_fsconfig_set(struct file *file, const char *key, const char *value)
{
	struct fs_context *c = context_of(file);
	int err;

	if (!c)
		return -EINVAL;
	mutex_lock(&c->lock);
	err = set_locked(c, key, value);
	mutex_unlock(&c->lock);
	return err;
}

static int create_locked(struct vfs_ctx *ctx, struct fs_context *c)
{
	char *device = NULL;
	int err = 0;

	assert_held(&c->lock);
	if (c->phase != CTX_CREATE)
		return -EBUSY;
	if (c->type->flags & FS_REQUIRES_DEV)
		err = mount_device_name(ctx, c->source, &device);
	if (!err)
		err = super_get(c->type, device ? device : c->source, c->flags,
				c->options.len ? c->options.data : NULL, &c->sb);
	kfree(device);
	c->phase = err ? CTX_FAILED : CTX_CREATED;
	return err;
}

int vfs_fsconfig_command(struct vfs_ctx *ctx, struct file *file, unsigned command)
{
	struct fs_context *c = context_of(file);
	int err = -EOPNOTSUPP;

	if (!c)
		return -EINVAL;
	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		return -EPERM;
	mutex_lock(&c->lock);
	if (command == FSCONFIG_CMD_CREATE) {
		err = create_locked(ctx, c);
	} else if (command == FSCONFIG_CMD_RECONFIGURE) {
		err = c->phase != CTX_RECONFIGURE ? -EBUSY :
			super_reconfigure(c->sb, c->flags, c->options.len ? c->options.data : NULL);
		strbuf_reset(&c->options);
	}
	mutex_unlock(&c->lock);
	return err;
}

/* --- Trees on descriptors ------------------------------------------------------------------------- */

/* An O_PATH descriptor of a tree that hangs nowhere; takes over the tree's reference in any case. */
static int open_loose(struct vfs_ctx *ctx, struct mount *mnt, struct file **out)
{
	struct mount_ns *ns = mount_ns_anon(mnt);
	struct path path = { mnt, mnt->root };
	int err;

	if (!ns) {
		mount_discard(mnt);
		return -ENOMEM;
	}
	err = file_open_path(&path, O_PATH, ctx->cred, out);
	if (err) {
		mount_ns_put(ns);
		return err;
	}
	(*out)->private = ns;
	(*out)->mode |= FMODE_NEED_UNMOUNT;
	return 0;
}

void mount_file_released(struct file *file)
{
	mount_ns_put(file->private);
}

int vfs_fsmount(struct vfs_ctx *ctx, struct file *file, uint32_t flags, struct file **out)
{
	struct fs_context *c = context_of(file);
	struct mount *mnt = NULL;
	int err = 0;

	if (!c)
		return -EINVAL;
	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		return -EPERM;
	mutex_lock(&c->lock);
	if (c->phase != CTX_CREATED)
		err = c->phase == CTX_CREATE ? -EINVAL : -EBUSY;
	if (!err) {
		mnt = mount_alloc(c->sb, c->sb->root, c->source, flags);
		err = mnt ? 0 : -ENOMEM;
	}
	if (!err) {
		c->sb = NULL;		/* the mount has it */
		c->phase = CTX_MOUNTED;
	}
	mutex_unlock(&c->lock);
	return err ? err : open_loose(ctx, mnt, out);
}

int vfs_open_tree(struct vfs_ctx *ctx, const struct path *path, bool clone, bool recursive, struct file **out)
{
	struct mount *mnt = NULL;
	int err = 0;

	if (!clone)
		return file_open_path(path, O_PATH, ctx->cred, out);
	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		return -EPERM;
	down_write(&mount_tree);
	if ((path->mnt->propagation & MOUNT_UNBINDABLE) || path->mnt->ns != ctx->ns)
		err = -EINVAL;
	else if (recursive)
		mnt = mount_copy_tree(path->mnt, path->dentry, COPY_AS_IS, /*skip_unbindable=*/true);
	else
		mnt = mount_copy(path->mnt, path->dentry, COPY_AS_IS);
	up_write(&mount_tree);
	if (err || !mnt)
		return err ? err : -ENOMEM;
	return open_loose(ctx, mnt, out);
}

int vfs_move_mount(struct vfs_ctx *ctx, const struct path *from, const struct path *to)
{
	struct path at = *to;
	int err;

	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		return -EPERM;
	path_get(&at);
	err = mount_move(ctx, from, &at);
	path_put(&at);
	return err;
}

/* --- mount_setattr(2) ----------------------------------------------------------------------------- */

static int setattr_locked(const struct path *path, const struct mount_change *c)
{
	struct mount *m, *failed = NULL;
	int err = 0;

	assert_held(&mount_tree);
	for (m = path->mnt; m && !err; m = c->recursive ? mount_next(m, path->mnt) : NULL) {
		m->old_flags = m->flags;
		err = mount_set_flags(m, (m->flags & ~c->clear) | c->set);
		failed = err ? m : NULL;
	}
	for (m = path->mnt; failed && m != failed; m = mount_next(m, path->mnt))
		WRITE_ONCE(m->flags, m->old_flags);
	for (m = path->mnt; !err && c->propagation && m; m = c->recursive ? mount_next(m, path->mnt) : NULL)
		mount_set_propagation(m, c->propagation);
	return err;
}

int vfs_mount_setattr(struct vfs_ctx *ctx, const struct path *path, const struct mount_change *change)
{
	struct mount_ns *ns;
	int err;

	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (path->dentry != path->mnt->root)
		return -EINVAL;
	down_write(&mount_tree);
	ns = path->mnt->ns;
	err = ns && (ns == ctx->ns || ns->anon) ? setattr_locked(path, change) : -EINVAL;
	up_write(&mount_tree);
	return err;
}
