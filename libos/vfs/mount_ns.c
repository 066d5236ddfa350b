/* SPDX-License-Identifier: MIT */
/*
 * mount_ns: mount namespaces: the first one and its root, copies (CLONE_NEWNS), entering (setns), pivot_root; and the
 * nameless ones that hold a tree of open_tree(2) or fsmount(2).
 *
 * Locking: mount_tree for writing. The namespaces' members are listed in mount order.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mount.h"
#include "abi/poll.h"
#include "block/bdev.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/waitq.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/inode.h"
#include "vfs/mount_internal.h"
#include "vfs/super.h"

static struct {
	uint32_t last_inum;		/* [a] */
	void (*visit_all)(void (*fn)(struct fs_state *fs, void *arg), void *arg);	/* [I] after start-up */
} namespaces = { .last_inum = 0xf0000000u - 1 };

static DEFINE_WAITQ(changes);

struct waitq *mount_changes(void)
{
	return &changes;
}

void mount_ns_changed(struct mount_ns *ns)
{
	WRITE_ONCE(ns->event, ns->event + 1);
	wake_up_all_key(&changes, EPOLLERR | EPOLLPRI);
}

void mount_set_visitor(void (*visit_all)(void (*fn)(struct fs_state *fs, void *arg), void *arg))
{
	namespaces.visit_all = visit_all;
}

struct mount_ns *mount_ns_alloc(void)
{
	struct mount_ns *ns = kzalloc(sizeof(*ns), GFP_KERNEL);

	if (!ns)
		return NULL;
	refcount_set(&ns->refs, 1);
	INIT_LIST_HEAD(&ns->mounts);
	ns->inum = __atomic_add_fetch(&namespaces.last_inum, 1, __ATOMIC_RELAXED);
	return ns;
}

/* mnt, with all below it, is the whole of ns. Its reference is taken over. */
static void set_tree(struct mount_ns *ns, struct mount *mnt)
{
	struct mount *m;

	for (m = mnt; m; m = mount_next(m, mnt)) {
		list_del_init(&m->ns_link);
		WRITE_ONCE(m->ns, ns);
		list_add_tail(&m->ns_link, &ns->mounts);
	}
	ns->root = mnt;
}

struct mount_ns *mount_ns_anon(struct mount *root)
{
	struct mount_ns *ns = mount_ns_alloc();

	if (!ns)
		return NULL;
	ns->anon = true;
	down_write(&mount_tree);
	set_tree(ns, root);
	up_write(&mount_tree);
	return ns;
}

/* Whatever form root= was given in, the mount and its file system are known by the device's own name. */
static void name_by_device(struct mount *mnt)
{
	char name[BDEV_NAME_MAX + 8], *one, *other;

	if (!mnt->sb->bdev)
		return;
	ksnprintf(name, sizeof(name), "/dev/%s", mnt->sb->bdev->name);
	one = kstrdup(name, GFP_KERNEL);
	other = kstrdup(name, GFP_KERNEL);
	if (!one || !other) {
		kfree(one);
		kfree(other);
		return;
	}
	kfree(mnt->source);
	kfree(mnt->sb->source);
	mnt->source = one;
	mnt->sb->source = other;
}

int vfs_mount_root(struct vfs_ctx *ctx, const char *source, const char *fstype, unsigned long flags,
		   const char *options)
{
	struct mount_ns *ns = mount_ns_alloc();
	struct mount *mnt;
	struct path root;
	int err = -ENOMEM;

	if (ns)
		err = mount_new(NULL, source, fstype, flags | MS_RELATIME, options, &mnt);
	if (err) {
		kfree(ns);
		return err;
	}
	name_by_device(mnt);
	set_tree(ns, mnt);
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
	down_write(&mount_tree);
	if (ns->root)
		mount_detach_tree(ns->root, &dead);
	up_write(&mount_tree);
	mount_put_dead(&dead);
	kfree_rcu(ns, rcu);
}

/* Point a path of the new namespace's owner at the copy of the mount it was on. The old reference goes to *old. */
static void translate(struct path *path, struct mount **old)
{
	if (!path->mnt || !path->mnt->twin)
		return;
	*old = path->mnt;
	path->mnt = mount_get(path->mnt->twin);
}

/* Root and working directory of the copy's owner, while each original knows its copy. */
static void translate_all(struct mount_ns *from, struct fs_state *fs)
{
	struct mount *old_root = NULL, *old_pwd = NULL, *m;

	spin_lock(&fs->lock);
	write_seqcount_begin(&fs->seq);
	/* A twin may be left over from an earlier copy on mounts of other namespaces: those are not ours. */
	if (fs->root.mnt && fs->root.mnt->ns == from)
		translate(&fs->root, &old_root);
	if (fs->pwd.mnt && fs->pwd.mnt->ns == from)
		translate(&fs->pwd, &old_pwd);
	write_seqcount_end(&fs->seq);
	spin_unlock(&fs->lock);
	mount_put(old_root);
	mount_put(old_pwd);
	list_for_each_entry(m, &from->mounts, ns_link)
		m->twin = NULL;
}

struct mount_ns *mount_ns_copy(struct mount_ns *old, struct vfs_ctx *ctx)
{
	struct mount_ns *ns = mount_ns_alloc();
	struct mount *root = NULL;

	if (!ns)
		return NULL;
	down_write(&mount_tree);
	if (old->root)
		root = mount_copy_tree(old->root, old->root->root, COPY_AS_IS, /*skip_unbindable=*/false);
	if (root) {
		set_tree(ns, root);
		translate_all(old, ctx->fs);
	}
	up_write(&mount_tree);
	if (root)
		return ns;
	kfree(ns);
	return NULL;
}

int mount_ns_enter(struct mount_ns *ns, struct vfs_ctx *ctx)
{
	struct mount_ns *old = ctx->ns;
	struct path root;

	down_read(&mount_tree);
	if (!ns->root) {
		up_read(&mount_tree);
		return -EINVAL;
	}
	root = (struct path){ mount_get(ns->root), dget(ns->root->root) };
	up_read(&mount_tree);
	path_to_top(&root);
	fs_state_set_root(ctx->fs, &root);
	fs_state_set_pwd(ctx->fs, &root);
	path_put(&root);
	ctx->ns = ns;
	mount_ns_put(old);
	return 0;
}

/* --- pivot_root(2) -------------------------------------------------------------------------------- */

struct pivot {
	struct path new, old, root;
	struct path root_place;		/* where root is mounted; mnt NULL: it is the namespace's root */
};

/* Is path reachable from `top` (the root of a mount) by going down? */
static bool reachable(const struct path *path, const struct path *top)
{
	const struct mount *m = path->mnt;
	const struct dentry *d = path->dentry;

	while (m != top->mnt && m->parent != m) {
		d = m->mountpoint;
		m = m->parent;
	}
	return m == top->mnt && d_is_ancestor(top->dentry, d);
}

static int pivot_check(const struct vfs_ctx *ctx, const struct pivot *p)
{
	const struct mount *new = p->new.mnt, *root = p->root.mnt;

	if (mount_is_shared(p->old.mnt) || mount_is_shared(new->parent) || mount_is_shared(root->parent))
		return -EINVAL;
	if (new->ns != ctx->ns || root->ns != ctx->ns)
		return -EINVAL;
	if (p->new.dentry != new->root)
		return -EINVAL;
	if (new == root || p->old.mnt == root)
		return -EBUSY;
	if (p->root.dentry != root->root || p->new.dentry != new->root || new->parent == new)
		return -EINVAL;
	return reachable(&p->old, &p->new) && reachable(&p->new, &p->root) ? 0 : -EINVAL;
}

/* Everyone whose root or working directory was the old root goes along. */
static void follow_pivot(struct fs_state *fs, void *arg)
{
	const struct pivot *p = arg;

	fs_state_follow(fs, &p->root, &p->new);
}

static int pivot_locked(struct vfs_ctx *ctx, struct pivot *p)
{
	struct mount_ns *ns = ctx->ns;
	bool inner;
	int err;

	assert_held(&mount_tree);
	err = pivot_check(ctx, p);
	if (err)
		return err;
	inner = mount_place(p->root.mnt, &p->root_place);
	write_seqlock(&mount_seq);
	mount_unhang_locked(p->new.mnt);
	if (inner) {
		mount_unhang_locked(p->root.mnt);
		mount_attach_locked(p->new.mnt, &p->root_place, ns);
	} else {
		ns->root = p->new.mnt;
		list_move(&p->new.mnt->ns_link, &ns->mounts);
	}
	mount_attach_locked(p->root.mnt, &p->old, ns);
	write_sequnlock(&mount_seq);
	mount_drop_place(p->new.mnt);
	mount_drop_place(p->root.mnt);
	if (inner)
		path_put(&p->root_place);
	return 0;
}

int vfs_pivot_root(struct vfs_ctx *ctx, const char *new_root, const char *put_old)
{
	struct pivot p;
	int err;

	if (!cred_capable(ctx->cred, CAP_SYS_ADMIN))
		return -EPERM;
	err = path_lookup(ctx, AT_FDCWD, new_root, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &p.new);
	if (err)
		return err;
	path_to_top(&p.new);
	err = path_lookup(ctx, AT_FDCWD, put_old, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &p.old);
	if (err)
		goto out_new;
	path_to_top(&p.old);
	fs_state_get_root(ctx->fs, &p.root);
	down_write(&mount_tree);
	err = pivot_locked(ctx, &p);
	up_write(&mount_tree);
	if (!err && namespaces.visit_all)
		namespaces.visit_all(follow_pivot, &p);
	else if (!err)
		follow_pivot(ctx->fs, &p);
	path_put(&p.root);
	path_put(&p.old);
out_new:
	path_put(&p.new);
	return err;
}
