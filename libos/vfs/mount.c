/* SPDX-License-Identifier: MIT */
/*
 * mount: the tree of mounts: references, the hash, hanging mounts up and taking them off, copies.
 *
 * "What is mounted here" is a hash by (parent mount, dentry), read under RCU with mount_seq for consistency. Changes
 * hold the rwsem mount_tree (class "mount_tree", one for all namespaces, as propagation joins them) and, while
 * the hash or a parent changes, mount_seq's lock. What walks must not see halfway is one section of it: a move, and
 * umount's last look for users together with the taking off.
 *
 * References. A mount is referenced by its place in the tree, by paths (working directories, open files) and by
 * its children. One that is taken off drops its place only after a grace period: walks may be reading it.
 */
#include "vfs/mount.h"

#include "abi/errno.h"
#include "abi/mount.h"
#include "core/assert.h"
#include "core/init.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/inode.h"
#include "vfs/mount_internal.h"
#include "vfs/super.h"
#include "vfs/super_internal.h"

#define MOUNT_HASH_BITS	6

static struct {
	struct hlist_head bucket[1 << MOUNT_HASH_BITS];	/* mount_seq, read under RCU */
	int next_id;			/* [a] */
	uint64_t next_unique_id;	/* [a] */
} mounts = { .next_id = 20, .next_unique_id = 1ULL << 31 };

struct seqlock mount_seq;
struct rwsem mount_tree;

static int mount_init(void)
{
	seqlock_init(&mount_seq, "mount_hash");
	rwsem_init(&mount_tree, "mount_tree");
	return 0;
}
INIT_HOOK(INIT_THREADS, mount_init);

void mount_tree_lock_read(void)
{
	down_read(&mount_tree);
}

void mount_tree_unlock_read(void)
{
	up_read(&mount_tree);
}

static struct hlist_head *bucket_of(const struct mount *mnt, const struct dentry *dentry)
{
	return &mounts.bucket[hash_64((uintptr_t)mnt / 64 + (uintptr_t)dentry / 64, MOUNT_HASH_BITS)];
}

/* --- References ----------------------------------------------------------------------------------- */

struct mount *mount_get(struct mount *mnt)
{
	__atomic_fetch_add(&mnt->refs, 1, __ATOMIC_RELAXED);
	return mnt;
}

bool mount_try_get(struct mount *mnt)
{
	int refs = __atomic_load_n(&mnt->refs, __ATOMIC_RELAXED);

	while (refs > 0) {
		/* A full barrier: the walk looks at mount_seq afterwards, umount_locked() the other way round. */
		if (__atomic_compare_exchange_n(&mnt->refs, &refs, refs + 1, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

void mount_put(struct mount *mnt)
{
	if (!mnt || __atomic_sub_fetch(&mnt->refs, 1, __ATOMIC_ACQ_REL))
		return;
	/* One with a place is referenced by it; a dead one is in no group. */
	VERIFY(mnt->parent == mnt && list_empty(&mnt->peers) && !mnt->master);
	dput(mnt->root);
	super_put(mnt->sb);
	kfree(mnt->source);
	kfree_rcu(mnt, rcu);
}

void path_get(const struct path *path)
{
	mount_get(path->mnt);
	dget(path->dentry);
}

void path_put(const struct path *path)
{
	if (unlikely(READ_ONCE(path->mnt->expiring)))
		WRITE_ONCE(path->mnt->expiring, false);
	dput(path->dentry);
	mount_put(path->mnt);
}

int mount_want_write(const struct mount *mnt)
{
	uint32_t flags = __atomic_load_n(&mnt->flags, __ATOMIC_SEQ_CST);

	if ((flags & MS_RDONLY) || (mnt->sb->flags & SB_RDONLY) || READ_ONCE(mnt->sb->to_readonly))
		return -EROFS;
	return 0;
}

void path_touch_atime(const struct path *path)
{
	struct inode *inode = path->dentry->inode;
	uint32_t flags = READ_ONCE(path->mnt->flags);

	if ((flags & (MS_NOATIME | MS_RDONLY)) || ((flags & MS_NODIRATIME) && S_ISDIR(inode->mode)) ||
	    (READ_ONCE(inode->flags) & FS_NOATIME_FL))
		return;
	inode_touch_atime(inode, flags & MS_RELATIME);
}

/* --- Looking up ----------------------------------------------------------------------------------- */

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

	for (;;) {
		rcu_read_lock();
		seq = read_seqbegin(&mount_seq);
		m = mount_lookup_rcu(path->mnt, path->dentry);
		if (m && !mount_try_get(m))
			m = NULL;
		rcu_read_unlock();
		/* Found or not: one that was taken off meanwhile counted as unused. */
		if (!read_seqretry(&mount_seq, seq))
			return m;
		mount_put(m);
	}
}

bool mount_place(const struct mount *mnt, struct path *out)
{
	bool have_mount, have_dentry, same;
	uint32_t seq;

	for (;;) {
		rcu_read_lock();
		seq = read_seqbegin(&mount_seq);
		*out = (struct path){ READ_ONCE(mnt->parent), READ_ONCE(mnt->mountpoint) };
		have_mount = out->mnt != mnt && mount_try_get(out->mnt);
		have_dentry = have_mount && dentry_try_get(out->dentry);
		rcu_read_unlock();
		same = !read_seqretry(&mount_seq, seq);
		if (same && (have_dentry || out->mnt == mnt))
			return have_dentry;
		if (have_dentry)
			dput(out->dentry);
		if (have_mount)
			mount_put(out->mnt);
	}
}

/* Something mounted on dentry, in ns (NULL: in any). Under RCU, or mount_tree. */
static struct mount *mounted_on(const struct dentry *dentry, const struct mount_ns *ns)
{
	struct mount *m;

	for (unsigned i = 0; i < ARRAY_SIZE(mounts.bucket); i++) {
		hlist_for_each_entry_rcu(m, &mounts.bucket[i], hash) {
			if (m->mountpoint == dentry && (!ns || READ_ONCE(m->ns) == ns))
				return m;
		}
	}
	return NULL;
}

struct mount *mount_on_dentry(const struct dentry *dentry)
{
	return mounted_on(dentry, NULL);
}

bool dentry_is_mountpoint(const struct dentry *dentry, const struct mount_ns *ns)
{
	bool found;

	if (likely(!(READ_ONCE(dentry->flags) & D_MOUNTED)))
		return false;
	rcu_read_lock();
	found = mounted_on(dentry, ns);
	rcu_read_unlock();
	return found;
}

void path_to_top(struct path *path)
{
	struct mount *m;

	while ((m = mount_lookup(path)) != NULL) {
		struct path up = { m, dget(m->root) };

		path_put(path);
		*path = up;
	}
}

struct mount *mount_next(const struct mount *mnt, const struct mount *top)
{
	if (!list_empty(&mnt->children))
		return list_first_entry(&mnt->children, struct mount, sibling);
	while (mnt != top) {
		if (mnt->sibling.next != &mnt->parent->children)
			return list_entry(mnt->sibling.next, struct mount, sibling);
		mnt = mnt->parent;
	}
	return NULL;
}

/* --- Making --------------------------------------------------------------------------------------- */

struct mount *mount_alloc(struct super_block *sb, struct dentry *root, const char *source, uint32_t flags)
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
	mnt->mountpoint = root;
	mnt->parent = mnt;
	mnt->flags = flags & MNT_FLAGS;
	mnt->id = __atomic_fetch_add(&mounts.next_id, 1, __ATOMIC_RELAXED);
	mnt->unique_id = __atomic_fetch_add(&mounts.next_unique_id, 1, __ATOMIC_RELAXED);
	mnt->refs = 1;
	INIT_LIST_HEAD(&mnt->children);
	INIT_LIST_HEAD(&mnt->sibling);
	INIT_LIST_HEAD(&mnt->ns_link);
	INIT_LIST_HEAD(&mnt->peers);
	INIT_LIST_HEAD(&mnt->slaves);
	INIT_LIST_HEAD(&mnt->slave_link);
	INIT_LIST_HEAD(&mnt->work);
	return mnt;
}

struct mount *mount_copy(struct mount *from, struct dentry *root, enum mount_copy how)
{
	struct mount *mnt;

	refcount_inc(&from->sb->refs);
	mnt = mount_alloc(from->sb, root, from->source, from->flags);
	if (!mnt) {
		super_put(from->sb);
		return NULL;
	}
	if (how == COPY_SLAVE || how == COPY_SHARED_SLAVE) {
		mnt->master = from;
		list_add(&mnt->slave_link, &from->slaves);
	} else if (how == COPY_AS_IS) {
		mnt->group_id = from->group_id;
		mnt->propagation = from->propagation;
		if (mount_is_shared(from))
			list_add(&mnt->peers, &from->peers);
		mnt->master = from->master;
		if (from->master)
			list_add(&mnt->slave_link, &from->slave_link);
	}
	if (how == COPY_SHARED_SLAVE)
		mount_make_shared(mnt);
	return mnt;
}

struct mount *mount_copy_tree(struct mount *from, struct dentry *root, enum mount_copy how, bool skip_unbindable)
{
	struct mount *old, *top = NULL;	/* `twin` of an original is its copy, meanwhile */
	bool failed = false;
	LIST_HEAD(dead);

	for (old = from; old && !failed; old = mount_next(old, from)) {
		struct path at = { old == from ? NULL : old->parent->twin, old->mountpoint };

		old->twin = NULL;
		if (old != from && (!at.mnt || (skip_unbindable && (old->propagation & MOUNT_UNBINDABLE)) ||
				    (old->parent == from && !d_is_ancestor(root, old->mountpoint))))
			continue;
		old->twin = mount_copy(old, old == from ? root : old->root, how);
		failed = !old->twin;
		if (failed)
			break;
		if (old == from)
			top = old->twin;
		else
			mount_attach(old->twin, &at, NULL);
	}
	if (!failed)
		return top;
	if (top) {
		mount_detach_tree(top, &dead);
		mount_put_dead(&dead);
	}
	return NULL;
}

/* --- Hanging up and taking off -------------------------------------------------------------------- */

/* The tree at mnt belongs to ns from now on. */
static void join_ns(struct mount *mnt, struct mount_ns *ns)
{
	struct mount *m;

	for (m = mnt; m; m = mount_next(m, mnt)) {
		if (m->ns == ns)
			continue;
		list_del_init(&m->ns_link);
		if (m->ns && m->ns->root == m)
			m->ns->root = NULL;	/* a loose tree found a place: the reference went with it */
		WRITE_ONCE(m->ns, ns);
		if (ns)
			list_add_tail(&m->ns_link, &ns->mounts);
	}
	if (ns)
		mount_ns_changed(ns);
}

void mount_attach_locked(struct mount *mnt, const struct path *at, struct mount_ns *ns)
{
	assert_held(&mount_seq.lock);
	path_get(at);
	mnt->mountpoint = at->dentry;
	mnt->parent = at->mnt;
	spin_lock(&at->dentry->lock);
	at->dentry->flags |= D_MOUNTED;
	spin_unlock(&at->dentry->lock);
	hlist_add_head_rcu(&mnt->hash, bucket_of(at->mnt, at->dentry));
	list_add_tail(&mnt->sibling, &at->mnt->children);
	join_ns(mnt, ns);
}

void mount_attach(struct mount *mnt, const struct path *at, struct mount_ns *ns)
{
	write_seqlock(&mount_seq);
	mount_attach_locked(mnt, at, ns);
	write_sequnlock(&mount_seq);
}

void mount_unhang_locked(struct mount *mnt)
{
	struct dentry *dentry = mnt->mountpoint;

	assert_held(&mount_seq.lock);
	VERIFY(!mnt->old_parent);
	if (mnt->parent == mnt)
		return;
	hlist_del_init_rcu(&mnt->hash);
	mnt->old_parent = mnt->parent;
	mnt->old_mountpoint = dentry;
	mnt->parent = mnt;
	mnt->mountpoint = mnt->root;
	if (!mounted_on(dentry, NULL)) {
		spin_lock(&dentry->lock);
		dentry->flags &= ~(uint32_t)D_MOUNTED;
		spin_unlock(&dentry->lock);
	}
	list_del_init(&mnt->sibling);
}

void mount_drop_place(struct mount *mnt)
{
	if (!mnt->old_parent)
		return;
	dput(mnt->old_mountpoint);
	mount_put(mnt->old_parent);
	mnt->old_parent = NULL;
	mnt->old_mountpoint = NULL;
}

void mount_detach_locked(struct mount *mnt)
{
	assert_held(&mount_seq.lock);
	mount_unhang_locked(mnt);
	mount_leave_groups(mnt);
	list_del_init(&mnt->ns_link);
	if (mnt->ns) {
		mount_ns_changed(mnt->ns);
		if (mnt->ns->root == mnt)
			mnt->ns->root = NULL;
	}
	WRITE_ONCE(mnt->ns, NULL);
}

void mount_detach_tree(struct mount *mnt, struct list_head *dead)
{
	struct mount *m = mnt, *parent;

	/* Deepest first: whatever has no children goes, then its parent is looked at again. */
	write_seqlock(&mount_seq);
	while (m) {
		if (!list_empty(&m->children)) {
			m = list_first_entry(&m->children, struct mount, sibling);
			continue;
		}
		parent = m == mnt ? NULL : m->parent;
		mount_detach_locked(m);
		list_add_tail(&m->ns_link, dead);
		m = parent;
	}
	write_sequnlock(&mount_seq);
}

void mount_put_dead(struct list_head *dead)
{
	struct mount *m, *next;

	if (list_empty(dead))
		return;
	synchronize_rcu();
	list_for_each_entry_safe(m, next, dead, ns_link) {
		list_del_init(&m->ns_link);
		mount_drop_place(m);
		mount_put(m);
	}
}

void mount_discard(struct mount *mnt)
{
	LIST_HEAD(dead);

	down_write(&mount_tree);
	mount_detach_tree(mnt, &dead);
	up_write(&mount_tree);
	mount_put_dead(&dead);
}
