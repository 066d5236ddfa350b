/* SPDX-License-Identifier: MIT */
/*
 * propagate: how a mount made or removed below one mount comes to be, or goes, below others.
 *
 * Model (mount_namespaces(7)). Shared mounts of one group are peers: a ring through `peers`, one group_id. A slave
 * has a master (some member of the group it follows) and hangs in the master's `slaves`; it may be shared with peers
 * of its own, all of which are slaves of that group. Whatever happens below a mount happens below all that
 * followers() reaches: its peers, the slaves of each, the slaves of those, and so on.
 *
 *	peer of the origin:			the copy joins the original's group
 *	slave, first of its group:		the copy is a slave of the copy its master got; shared if the slave is
 *	slave, later member of the group:	the copy joins the first's
 *
 * Locking: mount_tree for writing.
 */
#include "abi/errno.h"
#include "abi/mount.h"
#include "mm/slab.h"
#include "vfs/dentry.h"
#include "vfs/mount_internal.h"
#include "vfs/super.h"

static struct {
	int next_group;			/* [n] */
} propagation;

/* --- Groups --------------------------------------------------------------------------------------- */

void mount_make_shared(struct mount *mnt)
{
	mnt->propagation = MOUNT_SHARED;
	if (!mnt->group_id)
		mnt->group_id = ++propagation.next_group;
}

static struct mount *next_peer(const struct mount *mnt)
{
	return list_entry(mnt->peers.next, struct mount, peers);
}

/* mnt's slaves follow `master` from now on; NULL: nobody. */
static void hand_over_slaves(struct mount *mnt, struct mount *master)
{
	struct mount *slave, *next;

	list_for_each_entry_safe(slave, next, &mnt->slaves, slave_link) {
		slave->master = master;
		list_del_init(&slave->slave_link);
		if (master)
			list_add_tail(&slave->slave_link, &master->slaves);
	}
}

void mount_leave_groups(struct mount *mnt)
{
	struct mount *heir = list_empty(&mnt->peers) ? mnt->master : next_peer(mnt);

	hand_over_slaves(mnt, heir);
	list_del_init(&mnt->peers);
	list_del_init(&mnt->slave_link);
	mnt->master = NULL;
	mnt->group_id = 0;
	mnt->propagation = 0;
}

/* mnt gets what its peers get, but gives nothing back. One without peers keeps its master, if any. */
static void make_slave(struct mount *mnt)
{
	struct mount *master = list_empty(&mnt->peers) ? mnt->master : next_peer(mnt);

	mount_leave_groups(mnt);
	mnt->master = master;
	if (master)
		list_add(&mnt->slave_link, &master->slaves);
}

void mount_set_propagation(struct mount *mnt, unsigned long type)
{
	switch (type) {
	case MS_SHARED:
		mount_make_shared(mnt);
		break;
	case MS_SLAVE:
		if (mount_is_shared(mnt))
			make_slave(mnt);
		break;
	case MS_PRIVATE:
		mount_leave_groups(mnt);
		break;
	case MS_UNBINDABLE:
		mount_leave_groups(mnt);
		mnt->propagation = MOUNT_UNBINDABLE;
		break;
	}
}

/* --- Followers ------------------------------------------------------------------------------------ */

/* Everything that follows mnt, mnt itself first, on `list` through `work`; masters before their slaves. */
static void followers(struct mount *mnt, struct list_head *list)
{
	struct mount *m, *slave;

	list_add_tail(&mnt->work, list);
	if (mount_is_shared(mnt)) {
		for (m = next_peer(mnt); m != mnt; m = next_peer(m))
			list_add_tail(&m->work, list);
	} else {
		return;		/* only a shared mount gives anything */
	}
	list_for_each_entry(m, list, work) {
		list_for_each_entry(slave, &m->slaves, slave_link)
			list_add_tail(&slave->work, list);
	}
}

static void release(struct list_head *list)
{
	struct mount *m, *next;

	list_for_each_entry_safe(m, next, list, work) {
		list_del_init(&m->work);
		m->copy = NULL;
	}
}

/* A copy some member of m's group has already got. */
static struct mount *peer_copy(struct mount *m)
{
	struct mount *peer = m;

	do {
		if (peer->copy)
			return peer->copy;
		peer = next_peer(peer);
	} while (peer != m && !list_empty(&m->peers));
	return NULL;
}

/* Can what hangs at dentry in one mount hang in m, another view of the same file system? */
static bool shows(const struct mount *m, const struct mount *origin, const struct dentry *dentry)
{
	return m->sb == origin->sb && m->ns && d_is_ancestor(m->root, dentry);
}

static struct mount *copy_for(struct mount *m)
{
	struct mount *have = peer_copy(m), *master;

	if (have)
		return mount_copy_tree(have, have->root, COPY_AS_IS, /*skip_unbindable=*/false);
	for (master = m->master; master; master = master->master) {
		have = peer_copy(master);
		if (have)
			return mount_copy_tree(have, have->root, mount_is_shared(m) ? COPY_SHARED_SLAVE : COPY_SLAVE,
					       /*skip_unbindable=*/false);
	}
	return NULL;
}

/* --- Mounting ------------------------------------------------------------------------------------- */

/* A prepared copy and where it goes. */
struct placement {
	struct list_head link;
	struct mount *copy;
	struct path at;
};

static void drop_placements(struct list_head *copies)
{
	struct placement *p, *next;
	LIST_HEAD(dead);

	list_for_each_entry_safe(p, next, copies, link) {
		mount_detach_tree(p->copy, &dead);
		kfree(p);
	}
	INIT_LIST_HEAD(copies);
	mount_put_dead(&dead);
}

int mount_propagate(struct mount *tree, const struct path *at, struct list_head *copies)
{
	struct placement *p;
	struct mount *m;
	LIST_HEAD(list);
	int err = 0;

	if (!mount_is_shared(at->mnt))
		return 0;
	for (m = tree; m; m = mount_next(m, tree))
		mount_make_shared(m);
	followers(at->mnt, &list);
	at->mnt->copy = tree;
	list_for_each_entry(m, &list, work) {
		if (m == at->mnt || !shows(m, at->mnt, at->dentry))
			continue;
		p = kzalloc(sizeof(*p), GFP_KERNEL);
		m->copy = p ? copy_for(m) : NULL;
		if (!m->copy) {
			kfree(p);
			err = -ENOMEM;
			break;
		}
		p->copy = m->copy;
		p->at = (struct path){ m, at->dentry };
		list_add_tail(&p->link, copies);
	}
	release(&list);
	if (err)
		drop_placements(copies);
	return err;
}

void mount_propagate_attach(struct list_head *copies)
{
	struct placement *p, *next;

	list_for_each_entry_safe(p, next, copies, link) {
		struct mount *covered = mount_lookup_rcu(p->at.mnt, p->at.dentry);

		write_seqlock(&mount_seq);
		mount_attach_locked(p->copy, &p->at, p->at.mnt->ns);
		if (covered) {		/* what was there stays on top */
			struct path top = { p->copy, p->copy->root };

			mount_unhang_locked(covered);
			mount_attach_locked(covered, &top, p->at.mnt->ns);
			mount_drop_place(covered);
		}
		write_sequnlock(&mount_seq);
		list_del(&p->link);
		kfree(p);
	}
}

/* --- Unmounting ----------------------------------------------------------------------------------- */

/* What hangs in follower m where mnt hangs in its parent; NULL: nothing, or something else. */
static struct mount *counterpart(const struct mount *m, const struct mount *mnt)
{
	struct mount *child = m == mnt->parent ? NULL : mount_lookup_rcu(m, mnt->mountpoint);

	return child && child->sb == mnt->sb && child->root == mnt->root ? child : NULL;
}

bool mount_propagate_busy(struct mount *mnt)
{
	struct mount *m, *child;
	LIST_HEAD(list);
	bool busy = false;

	if (mnt->parent == mnt)
		return false;
	followers(mnt->parent, &list);
	list_for_each_entry(m, &list, work) {
		child = counterpart(m, mnt);
		if (child && list_empty(&child->children) && __atomic_load_n(&child->refs, __ATOMIC_ACQUIRE) > 1)
			busy = true;
	}
	release(&list);
	return busy;
}

/* The only child, if it covers the root of m: it stays when m goes. */
static struct mount *covering(const struct mount *m)
{
	struct mount *child = list_first_entry_or_null(&m->children, struct mount, sibling);

	return child && child->mountpoint == m->root && list_is_singular(&m->children) ? child : NULL;
}

void mount_propagate_umount_locked(struct mount *mnt, struct list_head *dead)
{
	struct mount *m, *child, *top;
	LIST_HEAD(list);

	assert_held(&mount_seq.lock);
	if (mnt->parent == mnt)
		return;
	followers(mnt->parent, &list);
	list_for_each_entry(m, &list, work) {
		child = counterpart(m, mnt);
		if (!child)
			continue;
		top = covering(child);
		if (!list_empty(&child->children) && !top)
			continue;		/* something else was mounted below: it stays */
		if (top) {
			struct path at = { m, child->mountpoint };

			mount_unhang_locked(top);
			mount_detach_locked(child);
			mount_attach_locked(top, &at, m->ns);
			mount_drop_place(top);		/* in child, which lives until mount_put_dead() */
		} else {
			mount_detach_locked(child);
		}
		list_add_tail(&child->ns_link, dead);
	}
	release(&list);
}
