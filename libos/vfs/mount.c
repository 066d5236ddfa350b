/* SPDX-License-Identifier: MIT */
/*
 * mount: the tree of mounts.
 *
 * "What is mounted here" is a hash by (parent mount, dentry), read under RCU with mount_seq for consistency. Changes
 * hold the namespace's rwsem (class "mount_ns") and, while the hash changes, mount_seq's lock.
 *
 * Propagation (shared and slave mounts) is recorded as asked and shown in mountinfo; events do not travel between
 * peers yet: mount --make-shared works, a mount made below a shared mount appears in its own namespace only.
 *
 * References. A mount is referenced by its place in the tree, by paths (working directories, open files) and by
 * its children.
 */
#include "vfs/mount.h"

#include "abi/errno.h"
#include "abi/mount.h"
#include "core/assert.h"
#include "core/init.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/inode.h"
#include "vfs/internal.h"
#include "vfs/super.h"
#include "vfs/super_internal.h"

#define MOUNT_HASH_BITS	6
#define MNT_FLAGS	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME)

static struct {
	struct hlist_head bucket[1 << MOUNT_HASH_BITS];	/* mount_seq, read under RCU */
	int next_id;			/* [a] */
	int next_group;			/* [a] */
} mounts = { .next_id = 20, .next_group = 0 };

struct seqlock mount_seq;

static int mount_init(void)
{
	seqlock_init(&mount_seq, "mount_hash");
	return 0;
}
INIT_HOOK(INIT_THREADS, mount_init);

static struct hlist_head *bucket_of(const struct mount *mnt, const struct dentry *dentry)
{
	return &mounts.bucket[hash_64((uintptr_t)mnt / 64 + (uintptr_t)dentry / 64, MOUNT_HASH_BITS)];
}

struct mount *mount_get(struct mount *mnt)
{
	__atomic_fetch_add(&mnt->refs, 1, __ATOMIC_RELAXED);
	return mnt;
}

bool mount_try_get(struct mount *mnt)
{
	int refs = __atomic_load_n(&mnt->refs, __ATOMIC_RELAXED);

	while (refs > 0) {
		if (__atomic_compare_exchange_n(&mnt->refs, &refs, refs + 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

void mount_put(struct mount *mnt)
{
	struct mount *parent;

	while (mnt && __atomic_sub_fetch(&mnt->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		parent = mnt->parent == mnt ? NULL : mnt->parent;
		dput(mnt->mountpoint);
		dput(mnt->root);
		super_put(mnt->sb);
		kfree(mnt->source);
		kfree_rcu(mnt, rcu);
		mnt = parent;
	}
}

void path_get(const struct path *path)
{
	mount_get(path->mnt);
	dget(path->dentry);
}

void path_put(const struct path *path)
{
	dput(path->dentry);
	mount_put(path->mnt);
}

int mount_want_write(const struct mount *mnt)
{
	return (mnt->flags & MS_RDONLY) || (mnt->sb->flags & SB_RDONLY) ? -EROFS : 0;
}

struct mount *mount_lookup_rcu(const struct mount *mnt, const struct dentry *dentry)
{
	struct mount *m;

	hlist_for_each_entry_rcu(m, bucket_of(mnt, dentry), hash) {
		if (m->parent == mnt && m->mountpoint == dentry)
			return m;
	}
	return NULL;
}

struct mount *mount_lookup(const struct path *path)
{
	struct mount *m;
	uint32_t seq;

	rcu_read_lock();
	do {
		seq = read_seqbegin(&mount_seq);
		m = mount_lookup_rcu(path->mnt, path->dentry);
		if (m && !mount_try_get(m))
			m = NULL;
	} while (!m && read_seqretry(&mount_seq, seq));
	rcu_read_unlock();
	return m;
}

/* A mount of sb showing `root`, not attached. Takes over the super block reference; gets its own on root. */
static struct mount *mount_alloc(struct super_block *sb, struct dentry *root, const char *source, uint32_t flags)
{
	struct mount *mnt = kzalloc(sizeof(*mnt), GFP_KERNEL);

	if (!mnt)
		return NULL;
	mnt->source = kstrdup(source ? source : "none", GFP_KERNEL);
	if (!mnt->source) {
		kfree(mnt);
		return NULL;
	}
	mnt->sb = sb;
	mnt->root = dget(root);
	mnt->parent = mnt;
	mnt->flags = flags & MNT_FLAGS;
	mnt->id = __atomic_fetch_add(&mounts.next_id, 1, __ATOMIC_RELAXED);
	mnt->refs = 1;
	INIT_LIST_HEAD(&mnt->children);
	INIT_LIST_HEAD(&mnt->sibling);
	INIT_LIST_HEAD(&mnt->ns_link);
	INIT_LIST_HEAD(&mnt->peers);
	INIT_LIST_HEAD(&mnt->slaves);
	INIT_LIST_HEAD(&mnt->slave_link);
	return mnt;
}

/* Hang mnt (its reference goes to the tree) on path, whose references are taken anew. ns->lock held for writing. */
static void attach(struct mount *mnt, const struct path *at, struct mount_ns *ns)
{
	mnt->mountpoint = dget(at->dentry);
	mnt->parent = mount_get(at->mnt);
	mnt->ns = ns;
	write_seqlock(&mount_seq);
	spin_lock(&at->dentry->lock);
	at->dentry->flags |= D_MOUNTED;
	spin_unlock(&at->dentry->lock);
	hlist_add_head_rcu(&mnt->hash, bucket_of(at->mnt, at->dentry));
	write_sequnlock(&mount_seq);
	list_add_tail(&mnt->sibling, &at->mnt->children);
	list_add_tail(&mnt->ns_link, &ns->mounts);
	ns->event++;
}

/* Take mnt out of the tree; its reference goes to the caller, parent and mountpoint stay until the last put. */
static void detach(struct mount *mnt)
{
	write_seqlock(&mount_seq);
	hlist_del_init_rcu(&mnt->hash);
	write_sequnlock(&mount_seq);
	list_del_init(&mnt->sibling);
	list_del_init(&mnt->ns_link);
	mnt->ns->event++;
	mnt->ns = NULL;
	mnt->detached = true;
}

static int new_mount(struct vfs_ctx *ctx, const char *source, const char *fstype, unsigned long flags,
		     const char *options, struct mount **out)
{
	struct fs_type *type = fs_find(fstype);
	struct super_block *sb;
	int err;

	(void)ctx;
	if (!type)
		return -ENODEV;
	err = super_get(type, source, flags & (MS_RDONLY | MS_SYNCHRONOUS), options, &sb);
	if (err)
		return err;
	*out = mount_alloc(sb, sb->root, source, (uint32_t)flags);
	if (*out)
		return 0;
	super_put(sb);
	return -ENOMEM;
}

/* The mount on top of everything at path: path moves up to its root. References kept. */
static void follow_up_mounts(struct path *path)
{
	struct mount *m;

	while ((m = mount_lookup(path)) != NULL) {
		struct path up = { m, dget(m->root) };

		path_put(path);
		*path = up;
	}
}

static int lookup_target(struct vfs_ctx *ctx, const char *name, struct path *out)
{
	int err = path_lookup(ctx, AT_FDCWD, name, LOOKUP_FOLLOW, out);

	if (!err)
		follow_up_mounts(out);
	return err;
}

static int attach_checked(struct vfs_ctx *ctx, struct mount *mnt, struct path *at)
{
	struct mount_ns *ns = ctx->ns;
	int err = 0;

	down_write(&ns->lock);
	follow_up_mounts(at);
	if (S_ISDIR(mnt->root->inode->mode) != S_ISDIR(at->dentry->inode->mode))
		err = -ENOTDIR;
	else if (at->mnt->ns != ns)
		err = -EINVAL;
	else if ((at->dentry->flags & D_UNHASHED) && at->dentry->parent != at->dentry)
		err = -ENOENT;
	else
		attach(mnt, at, ns);
	up_write(&ns->lock);
	return err;
}

/* A copy of one mount, showing `root`. */
static struct mount *clone_mount(const struct mount *from, struct dentry *root)
{
	struct mount *mnt;

	refcount_inc(&from->sb->refs);
	mnt = mount_alloc(from->sb, root, from->source, from->flags);
	if (!mnt)
		super_put(from->sb);
	return mnt;
}

/* Copies of all mounts below `from` that lie under dentry `root`, attached below `to`. ns->lock held for writing. */
static int clone_children(struct mount *from, struct dentry *root, struct mount *to, struct mount_ns *ns)
{
	struct mount *child, *copy;
	int err = 0;

	list_for_each_entry(child, &from->children, sibling) {
		struct path at = { to, child->mountpoint };

		if (!d_is_ancestor(root, child->mountpoint))
			continue;
		copy = clone_mount(child, child->root);
		if (!copy)
			return -ENOMEM;
		attach(copy, &at, ns);
		err = clone_children(child, child->root, copy, ns);
		if (err)
			break;
	}
	return err;
}

static int bind_mount(struct vfs_ctx *ctx, const char *source, struct path *at, unsigned long flags)
{
	struct path from;
	struct mount *mnt;
	int err = lookup_target(ctx, source, &from);

	if (err)
		return err;
	mnt = clone_mount(from.mnt, from.dentry);
	err = mnt ? attach_checked(ctx, mnt, at) : -ENOMEM;
	if (err && mnt)
		mount_put(mnt);
	if (!err && (flags & MS_REC)) {
		down_write(&ctx->ns->lock);
		err = clone_children(from.mnt, from.dentry, mnt, ctx->ns);
		up_write(&ctx->ns->lock);
	}
	path_put(&from);
	return err;
}

static int move_mount(struct vfs_ctx *ctx, const char *source, struct path *at)
{
	struct mount_ns *ns = ctx->ns;
	struct mount *m, *up;
	struct path from;
	int err = lookup_target(ctx, source, &from);

	if (err)
		return err;
	down_write(&ns->lock);
	m = from.mnt;
	err = -EINVAL;
	if (from.dentry != m->root || m->ns != ns || m->parent == m)
		goto out;
	err = -ELOOP;
	for (up = at->mnt; ; up = up->parent) {
		if (up == m)
			goto out;
		if (up->parent == up)
			break;
	}
	err = 0;
	detach(m);
	dput(m->mountpoint);
	mount_put(m->parent);
	m->detached = false;
	attach(m, at, ns);
out:
	up_write(&ns->lock);
	path_put(&from);
	return err;
}

static int remount(struct vfs_ctx *ctx, struct path *at, unsigned long flags, const char *options)
{
	struct super_block *sb = at->mnt->sb;
	int err = 0;

	if (at->dentry != at->mnt->root)
		return -EINVAL;
	down_write(&ctx->ns->lock);
	if (!(flags & MS_BIND)) {
		down_write(&sb->umount);
		if ((flags & MS_RDONLY) && !(sb->flags & SB_RDONLY))
			err = super_sync(sb, true);
		if (!err && sb->ops->remount)
			err = sb->ops->remount(sb, flags & MS_RDONLY ? SB_RDONLY : 0, options);
		if (!err)
			sb->flags = (sb->flags & ~(uint32_t)SB_RDONLY) | (flags & MS_RDONLY ? SB_RDONLY : 0);
		up_write(&sb->umount);
	}
	if (!err) {
		at->mnt->flags = (uint32_t)flags & MNT_FLAGS;
		ctx->ns->event++;
	}
	up_write(&ctx->ns->lock);
	return err;
}

static int change_propagation(struct vfs_ctx *ctx, struct path *at, unsigned long flags)
{
	struct mount *m = at->mnt;

	if (at->dentry != m->root)
		return -EINVAL;
	down_write(&ctx->ns->lock);
	m->group_id = flags & MS_SHARED ? __atomic_add_fetch(&mounts.next_group, 1, __ATOMIC_RELAXED) : 0;
	ctx->ns->event++;
	up_write(&ctx->ns->lock);
	return 0;
}

static int plain_mount(struct vfs_ctx *ctx, const char *source, struct path *at, const char *fstype,
		       unsigned long flags, const char *options)
{
	struct mount *mnt;
	int err;

	if (!fstype)
		return -EINVAL;
	err = new_mount(ctx, source, fstype, flags, options, &mnt);
	if (err)
		return err;
	err = attach_checked(ctx, mnt, at);
	if (err)
		mount_put(mnt);
	return err;
}

int vfs_mount(struct vfs_ctx *ctx, const char *source, const char *target, const char *fstype,
	      unsigned long flags, const char *options)
{
	const unsigned long propagation = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;
	struct path at;
	int err;

	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		return -EPERM;
	err = lookup_target(ctx, target, &at);
	if (err)
		return err;
	if (flags & MS_REMOUNT)
		err = remount(ctx, &at, flags, options);
	else if (flags & MS_BIND)
		err = source ? bind_mount(ctx, source, &at, flags) : -EINVAL;
	else if (flags & propagation)
		err = change_propagation(ctx, &at, flags);
	else if (flags & MS_MOVE)
		err = source ? move_mount(ctx, source, &at) : -EINVAL;
	else
		err = plain_mount(ctx, source, &at, fstype, flags, options);
	path_put(&at);
	return err;
}

/* Detach m and everything below it; references are collected on `dead` through ns_link. */
static void detach_tree(struct mount *m, struct list_head *dead)
{
	struct mount *child, *next;

	list_for_each_entry_safe(child, next, &m->children, sibling)
		detach_tree(child, dead);
	detach(m);
	list_add_tail(&m->ns_link, dead);
}

static void put_dead(struct list_head *dead)
{
	struct mount *m, *next;

	list_for_each_entry_safe(m, next, dead, ns_link) {
		list_del_init(&m->ns_link);
		mount_put(m);
	}
}

int vfs_umount(struct vfs_ctx *ctx, const char *target, int flags)
{
	struct mount_ns *ns = ctx->ns;
	LIST_HEAD(dead);
	struct path at;
	int err;

	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	err = path_lookup(ctx, AT_FDCWD, target, flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &at);
	if (err)
		return err;
	follow_up_mounts(&at);
	down_write(&ns->lock);
	err = -EINVAL;
	if (at.dentry != at.mnt->root || at.mnt->ns != ns || at.mnt->parent == at.mnt)
		goto out;
	/* In use beyond the tree, this walk and its children: somebody's directory or open file. */
	err = -EBUSY;
	if (!(flags & MNT_DETACH) &&
	    (!list_empty(&at.mnt->children) || __atomic_load_n(&at.mnt->refs, __ATOMIC_ACQUIRE) > 2))
		goto out;
	detach_tree(at.mnt, &dead);
	err = 0;
out:
	up_write(&ns->lock);
	path_put(&at);
	put_dead(&dead);
	return err;
}

struct mount *vfs_kern_mount(const char *fstype)
{
	struct mount *mnt;

	return new_mount(NULL, NULL, fstype, 0, NULL, &mnt) ? NULL : mnt;
}

static struct mount_ns *ns_alloc(void)
{
	static struct { uint32_t last; } inum = { 0xf0000000u - 1 };
	struct mount_ns *ns = kzalloc(sizeof(*ns), GFP_KERNEL);

	if (!ns)
		return NULL;
	refcount_set(&ns->refs, 1);
	rwsem_init(&ns->lock, "mount_ns");
	INIT_LIST_HEAD(&ns->mounts);
	ns->inum = __atomic_add_fetch(&inum.last, 1, __ATOMIC_RELAXED);
	return ns;
}

int vfs_mount_root(struct vfs_ctx *ctx, const char *source, const char *fstype, unsigned long flags,
		   const char *options)
{
	struct mount_ns *ns = ns_alloc();
	struct mount *mnt;
	struct path root;
	int err;

	if (!ns)
		return -ENOMEM;
	err = new_mount(ctx, source, fstype, flags, options, &mnt);
	if (err) {
		kfree(ns);
		return err;
	}
	mnt->ns = ns;
	mnt->mountpoint = dget(mnt->root);
	list_add_tail(&mnt->ns_link, &ns->mounts);
	ns->root = mnt;
	ctx->ns = ns;
	root = (struct path){ mnt, mnt->root };
	fs_state_set_root(ctx->fs, &root);
	fs_state_set_pwd(ctx->fs, &root);
	return 0;
}

struct mount_ns *mount_ns_get(struct mount_ns *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}

void mount_ns_put(struct mount_ns *ns)
{
	LIST_HEAD(dead);

	if (!ns || !refcount_dec_and_test(&ns->refs))
		return;
	down_write(&ns->lock);
	if (ns->root)
		detach_tree(ns->root, &dead);
	up_write(&ns->lock);
	put_dead(&dead);
	kfree(ns);
}

/* Point a path of the new namespace's owner at the copy of the mount it was on. */
static void translate(struct path *path, const struct mount *from, struct mount *to)
{
	if (path->mnt != from)
		return;
	mount_get(to);
	mount_put(path->mnt);
	path->mnt = to;
}

static int copy_tree(struct mount *from, struct mount *to, struct mount_ns *ns, struct fs_state *fs)
{
	struct mount *child, *copy;
	int err;

	spin_lock(&fs->lock);
	write_seqcount_begin(&fs->seq);
	translate(&fs->root, from, to);
	translate(&fs->pwd, from, to);
	write_seqcount_end(&fs->seq);
	spin_unlock(&fs->lock);
	list_for_each_entry(child, &from->children, sibling) {
		struct path at = { to, child->mountpoint };

		copy = clone_mount(child, child->root);
		if (!copy)
			return -ENOMEM;
		attach(copy, &at, ns);
		err = copy_tree(child, copy, ns, fs);
		if (err)
			return err;
	}
	return 0;
}

struct mount_ns *mount_ns_copy(struct mount_ns *old, struct vfs_ctx *ctx)
{
	struct mount_ns *ns = ns_alloc();
	int err = -ENOMEM;

	if (!ns)
		return NULL;
	down_write(&old->lock);
	down_write_nested(&ns->lock, 1);
	ns->root = clone_mount(old->root, old->root->root);
	if (ns->root) {
		ns->root->ns = ns;
		ns->root->mountpoint = dget(ns->root->root);
		list_add_tail(&ns->root->ns_link, &ns->mounts);
		err = copy_tree(old->root, ns->root, ns, ctx->fs);
	}
	up_write(&ns->lock);
	up_write(&old->lock);
	if (!err)
		return ns;
	mount_ns_put(ns);
	return NULL;
}

int vfs_pivot_root(struct vfs_ctx *ctx, const char *new_root, const char *put_old)
{
	struct path new, old, root;
	struct mount_ns *ns = ctx->ns;
	struct mount *root_mnt;
	int err;

	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		return -EPERM;
	err = lookup_target(ctx, new_root, &new);
	if (err)
		return err;
	err = lookup_target(ctx, put_old, &old);
	if (err)
		goto out_new;
	fs_state_get_root(ctx->fs, &root);
	down_write(&ns->lock);
	root_mnt = root.mnt;
	err = -EINVAL;
	if (new.dentry != new.mnt->root || new.mnt->ns != ns || root_mnt->ns != ns || new.mnt->parent == new.mnt ||
	    root.dentry != root_mnt->root || root_mnt->parent != root_mnt || !d_is_ancestor(new.dentry, old.dentry))
		goto out;
	err = -EBUSY;
	if (new.mnt == root_mnt || old.mnt == root_mnt)
		goto out;
	detach(new.mnt);
	dput(new.mnt->mountpoint);
	mount_put(new.mnt->parent);
	new.mnt->parent = new.mnt;
	new.mnt->mountpoint = dget(new.mnt->root);
	new.mnt->ns = ns;
	new.mnt->detached = false;
	list_add(&new.mnt->ns_link, &ns->mounts);
	ns->root = new.mnt;
	dput(root_mnt->mountpoint);
	list_del_init(&root_mnt->ns_link);
	attach(root_mnt, &old, ns);
	err = 0;
out:
	up_write(&ns->lock);
	if (!err) {
		struct path pwd;

		fs_state_get_pwd(ctx->fs, &pwd);
		fs_state_set_root(ctx->fs, &new);
		if (path_equal(&pwd, &root))
			fs_state_set_pwd(ctx->fs, &new);
		path_put(&pwd);
	}
	path_put(&root);
	path_put(&old);
out_new:
	path_put(&new);
	return err;
}
