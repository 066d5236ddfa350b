/* SPDX-License-Identifier: MIT */
/*
 * dentry: the cache of names.
 *
 * Invariants
 *  (1) A dentry with refs >= 0 is alive; refs goes from 0 to DEAD exactly once, by whoever frees it, and never back.
 *  (2) A child holds a reference on its parent: a directory in use keeps its path.
 *  (3) name, parent, inode change only inside `seq`, with the dentry's lock held; a move also inside rename_seq.
 *  (4) A hashed dentry is on the chain of (parent, name); removal from the chain precedes freeing by a grace period.
 *
 * Locking. Chain locks (class "dcache_chain") are leaves inside dentry->lock (class "dentry"); a parent's lock is taken
 * before a child's. rename_seq's writer lock serialises moves. inode->spin is a leaf for the alias list.
 */
#include "vfs/dentry.h"

#include "core/assert.h"
#include "core/init.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "vfs/inode.h"
#include "vfs/internal.h"
#include "vfs/notify.h"
#include "vfs/super.h"

#define DCACHE_BITS	10
#define RETRY_NS	1000000ULL	/* what an unmount waits for others that hold what it cannot find */
#define DEAD		(-0x10000)	/* far below what stray gets could bring back to 0 */

/* Field legend: [l] lock, read under RCU */
struct chain {
	struct spinlock lock;
	struct hlist_head head;		/* [l] */
};

static struct {
	struct chain *chain;		/* [I] 1 << DCACHE_BITS */
	struct kmem_cache *cache;	/* [I] */
	struct spinlock lru_lock;
	struct list_head lru;		/* [lru_lock] those that were let go, oldest first; some are in use again */
	unsigned long nr_lru;		/* [lru_lock] */
	struct waitq none_left;		/* a super block has no dentries any more */
} dcache = { .lru_lock = SPINLOCK_NAMED("dcache_lru"), .lru = LIST_HEAD_INIT(dcache.lru) };

struct seqlock rename_seq;

static struct chain *chain_of(const struct dentry *parent, uint32_t hash)
{
	uint64_t mix = (uintptr_t)parent / sizeof(void *) + hash;

	return &dcache.chain[hash_64(mix, DCACHE_BITS)];
}

uint32_t d_name_hash(const struct dentry *parent, const char *name, size_t len)
{
	(void)parent;
	return vfs_hash_name(name, len);
}

/* --- references --- */

bool dentry_try_get(struct dentry *dentry)
{
	int refs = __atomic_load_n(&dentry->refs, __ATOMIC_RELAXED);

	while (refs >= 0) {
		if (__atomic_compare_exchange_n(&dentry->refs, &refs, refs + 1, true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

struct dentry *dget(struct dentry *dentry)
{
	int refs = __atomic_fetch_add(&dentry->refs, 1, __ATOMIC_RELAXED);

	ASSERT(refs >= 0);
	return dentry;
}

static bool dentry_try_kill(struct dentry *dentry)
{
	int zero = 0;

	return __atomic_compare_exchange_n(&dentry->refs, &zero, DEAD, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/*
 * Walks take references without the lock. The caller's reference becomes the only one there is, and the only one there
 * can be until dentry_thaw(): until then a walk finds it dead, and asks again with the directory's lock, which the
 * caller holds. False: it has others.
 */
static bool dentry_freeze(struct dentry *dentry)
{
	int one = 1;

	return __atomic_compare_exchange_n(&dentry->refs, &one, DEAD, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static void dentry_thaw(struct dentry *dentry)
{
	__atomic_store_n(&dentry->refs, 1, __ATOMIC_RELEASE);
}

static void dentry_free_rcu(struct rcu_head *head)
{
	struct dentry *dentry = container_of(head, struct dentry, rcu);

	if (dentry->name.name != dentry->inline_name)
		kfree(dentry->name.name);
	kmem_cache_free(dcache.cache, dentry);
}

static void unhash_locked(struct dentry *dentry)
{
	struct chain *c;

	assert_held(&dentry->lock);
	if (dentry->flags & D_UNHASHED)
		return;
	if (dentry->parent != dentry) {		/* a root is in no chain */
		c = chain_of(dentry->parent, dentry->name.hash);
		spin_lock(&c->lock);
		hlist_del_rcu(&dentry->hash);
		spin_unlock(&c->lock);
	}
	write_seqcount_begin(&dentry->seq);
	dentry->flags |= D_UNHASHED;
	write_seqcount_end(&dentry->seq);
}

static void hash_locked(struct dentry *dentry)
{
	struct chain *c = chain_of(dentry->parent, dentry->name.hash);

	assert_held(&dentry->lock);
	dentry->flags &= ~(uint32_t)D_UNHASHED;
	spin_lock(&c->lock);
	hlist_add_head_rcu(&dentry->hash, &c->head);
	spin_unlock(&c->lock);
}

/* Take the inode off one that is dead or frozen; returns it, with the reference the dentry held. */
static struct inode *detach_inode_locked(struct dentry *dentry)
{
	struct inode *inode = dentry->inode;

	assert_held(&dentry->lock);
	ASSERT(dentry->refs < 0);
	if (!inode)
		return NULL;
	spin_lock(&inode->spin);
	list_del_init(&dentry->alias);
	spin_unlock(&inode->spin);
	write_seqcount_begin(&dentry->seq);
	WRITE_ONCE(dentry->inode, NULL);
	write_seqcount_end(&dentry->seq);
	return inode;
}

/* A name has lost its inode. */
static void let_inode_go(struct inode *inode)
{
	if (inode && !inode->nlink)
		notify_gone(inode);
	inode_put(inode);
}

static void lru_remove(struct dentry *dentry)
{
	spin_lock(&dcache.lru_lock);
	if (dentry->on_lru) {
		list_del(&dentry->lru);
		dentry->on_lru = false;
		dcache.nr_lru--;
	}
	spin_unlock(&dcache.lru_lock);
}

/* Free a dentry that dentry_try_kill() made dead. Returns its parent, whose reference is now the caller's. */
static struct dentry *dentry_free(struct dentry *dentry)
{
	struct dentry *parent = dentry->parent == dentry ? NULL : dentry->parent;
	struct inode *inode;

	lru_remove(dentry);
	spin_lock(&dentry->lock);
	unhash_locked(dentry);
	inode = detach_inode_locked(dentry);
	spin_unlock(&dentry->lock);
	if (parent) {
		spin_lock(&parent->lock);
		list_del(&dentry->sibling);
		spin_unlock(&parent->lock);
	}
	let_inode_go(inode);
	if (!__atomic_sub_fetch(&dentry->sb->nr_dentries, 1, __ATOMIC_RELEASE))
		wake_up_all(&dcache.none_left);
	call_rcu(&dentry->rcu, dentry_free_rcu);
	return parent;
}

static bool keep_unused(const struct dentry *dentry)
{
	if (READ_ONCE(dentry->flags) & D_UNHASHED)
		return false;
	if (dentry->ops && dentry->ops->drop)
		return !dentry->ops->drop(dentry);
	return true;
}

/* Under RCU: without a reference. Whoever kills it takes it off the list afterwards. */
static void lru_add(struct dentry *dentry)
{
	if (READ_ONCE(dentry->on_lru))
		return;
	spin_lock(&dcache.lru_lock);
	if (!dentry->on_lru && __atomic_load_n(&dentry->refs, __ATOMIC_RELAXED) >= 0) {
		dentry->on_lru = true;
		list_add_tail(&dentry->lru, &dcache.lru);
		dcache.nr_lru++;
	}
	spin_unlock(&dcache.lru_lock);
}

/*
 *   dput: refs 1 -> 0                     walk: finds it hashed, dentry_try_get 0 -> 1
 *   unhashed? try_kill 0 -> DEAD          or sees DEAD and looks again
 */
void dput(struct dentry *dentry)
{
	int refs;

	while (dentry) {
		rcu_read_lock();
		refs = __atomic_sub_fetch(&dentry->refs, 1, __ATOMIC_ACQ_REL);
		ASSERT(refs >= 0);
		if (!refs && keep_unused(dentry))
			lru_add(dentry);
		else if (!refs && dentry_try_kill(dentry))
			refs = DEAD;
		rcu_read_unlock();
		if (refs != DEAD)
			return;
		dentry = dentry_free(dentry);
	}
}

/* --- making --- */

static struct dentry *dentry_new(struct super_block *sb, const struct qstr *name)
{
	struct dentry *dentry = kmem_cache_alloc(dcache.cache, GFP_KERNEL | GFP_ZERO);
	char *text;

	if (!dentry)
		return NULL;
	text = dentry->inline_name;
	if (name->len >= DNAME_INLINE) {
		text = kmalloc(name->len + 1, GFP_KERNEL);
		if (!text) {
			kmem_cache_free(dcache.cache, dentry);
			return NULL;
		}
	}
	memcpy(text, name->name, name->len);
	text[name->len] = '\0';
	dentry->name = (struct qstr){ text, name->len, name->hash };
	dentry->sb = sb;
	dentry->refs = 1;
	dentry->flags = D_UNHASHED;
	seqcount_init(&dentry->seq);
	spin_lock_init(&dentry->lock, "dentry");
	INIT_LIST_HEAD(&dentry->sibling);
	INIT_LIST_HEAD(&dentry->children);
	INIT_LIST_HEAD(&dentry->alias);
	INIT_LIST_HEAD(&dentry->lru);
	dentry->parent = dentry;
	__atomic_fetch_add(&sb->nr_dentries, 1, __ATOMIC_RELAXED);
	return dentry;
}

struct dentry *d_alloc(struct dentry *parent, const struct qstr *name)
{
	struct dentry *dentry = dentry_new(parent->sb, name);

	if (!dentry)
		return NULL;
	dentry->parent = dget(parent);
	dentry->ops = parent->ops;
	if (dentry->ops && dentry->ops->revalidate)
		dentry->flags |= D_REVALIDATE;
	spin_lock(&parent->lock);
	list_add(&dentry->sibling, &parent->children);
	spin_unlock(&parent->lock);
	return dentry;
}

static void attach_inode(struct dentry *dentry, struct inode *inode)
{
	spin_lock(&dentry->lock);
	if (inode) {
		spin_lock(&inode->spin);
		list_add(&dentry->alias, &inode->aliases);
		spin_unlock(&inode->spin);
		write_seqcount_begin(&dentry->seq);
		smp_store_release(&dentry->inode, inode);	/* partner: walks read it under RCU */
		write_seqcount_end(&dentry->seq);
	}
	if ((dentry->flags & D_UNHASHED) && dentry->parent != dentry)
		hash_locked(dentry);
	spin_unlock(&dentry->lock);
}

struct dentry *d_make_root(struct inode *inode)
{
	static const struct qstr name = { "/", 1, 0 };
	struct dentry *dentry = inode ? dentry_new(inode->sb, &name) : NULL;

	if (!dentry) {
		inode_put(inode);
		return NULL;
	}
	attach_inode(dentry, inode);	/* a root is in no directory: never hashed */
	return dentry;
}

struct dentry *d_alloc_pseudo(struct super_block *sb, const char *name, const struct dentry_ops *ops)
{
	struct qstr q = { name, (uint32_t)strlen(name), 0 };
	struct dentry *dentry = dentry_new(sb, &q);

	if (dentry)
		dentry->ops = ops;
	return dentry;
}

void d_add(struct dentry *dentry, struct inode *inode)
{
	attach_inode(dentry, inode);
}

void d_attach_unhashed(struct dentry *dentry, struct inode *inode)
{
	spin_lock(&dentry->lock);
	spin_lock(&inode->spin);
	list_add(&dentry->alias, &inode->aliases);
	spin_unlock(&inode->spin);
	dentry->inode = inode;
	spin_unlock(&dentry->lock);
}

void d_instantiate(struct dentry *dentry, struct inode *inode)
{
	attach_inode(dentry, inode);
}

/* --- removing and moving --- */

void d_drop(struct dentry *dentry)
{
	spin_lock(&dentry->lock);
	unhash_locked(dentry);
	spin_unlock(&dentry->lock);
}

/* Take an unused child for freeing; NULL: there is none. */
static struct dentry *kill_unused_child(struct dentry *parent)
{
	struct dentry *child, *victim = NULL;

	spin_lock(&parent->lock);
	list_for_each_entry(child, &parent->children, sibling) {
		if (dentry_try_kill(child)) {
			victim = child;
			break;
		}
	}
	spin_unlock(&parent->lock);
	return victim;
}

/* A directory that is gone needs no names that do not exist in it: they would keep it, and its inode. */
static void prune_children(struct dentry *dir)
{
	struct dentry *child;

	while ((child = kill_unused_child(dir)) != NULL)
		dput(dentry_free(child));
}

void d_delete(struct dentry *dentry)
{
	struct inode *inode = NULL;

	prune_children(dentry);
	spin_lock(&dentry->lock);
	if (dentry_freeze(dentry)) {
		inode = detach_inode_locked(dentry);	/* only the caller: it becomes a negative entry */
		dentry_thaw(dentry);
	} else {
		unhash_locked(dentry);
	}
	spin_unlock(&dentry->lock);
	let_inode_go(inode);
}

/* Exchange or copy the names of two dentries; both inside their seq. */
static void swap_names(struct dentry *a, struct dentry *b)
{
	bool a_inline = a->name.name == a->inline_name, b_inline = b->name.name == b->inline_name;
	char text[DNAME_INLINE];
	struct qstr name = a->name;

	memcpy(text, a->inline_name, DNAME_INLINE);
	memcpy(a->inline_name, b->inline_name, DNAME_INLINE);
	memcpy(b->inline_name, text, DNAME_INLINE);
	a->name = b->name;
	b->name = name;
	if (b_inline)
		a->name.name = a->inline_name;
	if (a_inline)
		b->name.name = b->inline_name;
}

static void move_sibling(struct dentry *dentry, struct dentry *from, struct dentry *to)
{
	spin_lock(&from->lock);
	list_del(&dentry->sibling);
	spin_unlock(&from->lock);
	spin_lock(&to->lock);
	list_add(&dentry->sibling, &to->children);
	spin_unlock(&to->lock);
}

/* dentry takes target's place; target ends unhashed under dentry's old name (or hashed there: exchange). */
static void move_or_exchange(struct dentry *dentry, struct dentry *target, bool exchange)
{
	struct dentry *old_parent = dentry->parent, *new_parent = target->parent;

	write_seqlock(&rename_seq);
	spin_lock(&dentry->lock);
	spin_lock_nested(&target->lock, 1);
	unhash_locked(dentry);
	unhash_locked(target);
	write_seqcount_begin(&dentry->seq);
	write_seqcount_begin(&target->seq);
	swap_names(dentry, target);
	dentry->parent = new_parent;
	target->parent = old_parent;
	write_seqcount_end(&target->seq);
	write_seqcount_end(&dentry->seq);
	hash_locked(dentry);
	if (exchange)
		hash_locked(target);
	spin_unlock(&target->lock);
	spin_unlock(&dentry->lock);
	if (old_parent != new_parent) {
		/* Each now hangs below the other's parent and inherits the reference that went with it. */
		move_sibling(dentry, old_parent, new_parent);
		move_sibling(target, new_parent, old_parent);
	}
	write_sequnlock(&rename_seq);
}

void d_move(struct dentry *dentry, struct dentry *target)
{
	struct inode *inode = NULL;

	move_or_exchange(dentry, target, /*exchange=*/false);
	prune_children(target);
	spin_lock(&target->lock);
	if (dentry_freeze(target)) {
		inode = detach_inode_locked(target);
		dentry_thaw(target);
	}
	spin_unlock(&target->lock);
	let_inode_go(inode);
}

void d_exchange(struct dentry *a, struct dentry *b)
{
	move_or_exchange(a, b, /*exchange=*/true);
}

/* --- finding --- */

static bool name_equal(const struct dentry *dentry, const struct qstr *name)
{
	return dentry->name.len == name->len && !memcmp(dentry->name.name, name->name, name->len);
}

struct dentry *d_lookup_rcu(const struct dentry *parent, const struct qstr *name, uint32_t *seq)
{
	struct chain *c = chain_of(parent, name->hash);
	struct dentry *dentry;

	hlist_for_each_entry_rcu(dentry, &c->head, hash) {
		if (dentry->name.hash != name->hash)
			continue;
		*seq = raw_seqcount_begin(&dentry->seq);
		if (READ_ONCE(dentry->parent) != parent || (dentry->flags & D_UNHASHED))
			continue;
		if (!name_equal(dentry, name))
			continue;
		if (read_seqcount_retry(&dentry->seq, *seq))
			continue;
		return dentry;
	}
	return NULL;
}

struct dentry *d_lookup(struct dentry *parent, const struct qstr *name)
{
	struct dentry *dentry;
	uint32_t seq, rename;

	do {
		rename = read_seqbegin(&rename_seq);
		rcu_read_lock();
		dentry = d_lookup_rcu(parent, name, &seq);
		if (dentry && !dentry_try_get(dentry))
			dentry = NULL;
		rcu_read_unlock();
		if (dentry && !read_seqcount_retry(&dentry->seq, seq))
			return dentry;
		/* Without a reference it may have lost its name; a move may have hidden it from the chain. */
		dput(dentry);
	} while (dentry || read_seqretry(&rename_seq, rename));
	return NULL;
}

/* Is one of start and what lies above it this dentry or this inode's? One of the two is NULL. */
static bool on_way_up(const struct dentry *start, const struct dentry *dentry, const struct inode *inode)
{
	const struct dentry *d;
	uint32_t seq;
	bool found;

	do {
		seq = read_seqbegin(&rename_seq);
		rcu_read_lock();
		d = start;
		while (!(found = inode ? d->inode == inode : d == dentry) && d->parent != d)
			d = d->parent;
		rcu_read_unlock();
	} while (read_seqretry(&rename_seq, seq));
	return found;
}

bool d_inode_is_above(const struct dentry *dentry, const struct inode *inode)
{
	return on_way_up(dentry->parent, NULL, inode);
}

bool d_is_ancestor(const struct dentry *ancestor, const struct dentry *dentry)
{
	return on_way_up(dentry, ancestor, NULL);
}

/* --- shrinking --- */

/* Free up to nr unused dentries; sb NULL: of any super block. May sleep, as the inodes that go with them may. */
static unsigned long shrink(struct super_block *sb, unsigned long nr)
{
	unsigned long freed = 0, scan;
	struct dentry *dentry, *victim;

	for (scan = READ_ONCE(dcache.nr_lru); scan && freed < nr; scan--) {
		victim = NULL;
		rcu_read_lock();
		spin_lock(&dcache.lru_lock);
		if (!list_empty(&dcache.lru)) {
			dentry = list_first_entry(&dcache.lru, struct dentry, lru);
			list_move_tail(&dentry->lru, &dcache.lru);
			if ((!sb || dentry->sb == sb) && dentry_try_kill(dentry))
				victim = dentry;
		}
		spin_unlock(&dcache.lru_lock);
		rcu_read_unlock();
		if (victim) {
			dput(dentry_free(victim));
			freed++;
		}
		if (!(scan % 256))
			cond_resched();
	}
	return freed;
}

void d_shrink_sb(struct super_block *sb)
{
	while (shrink(sb, ULONG_MAX))
		;
}

static bool none_left(const struct super_block *sb)
{
	return !__atomic_load_n(&sb->nr_dentries, __ATOMIC_ACQUIRE);
}

void d_end_sb(struct super_block *sb)
{
	/* Others' scans hide some from ours, and free some of them themselves: it ends when all are gone. */
	for (d_shrink_sb(sb); !none_left(sb); d_shrink_sb(sb))
		ignore_result(wait_event_timeout(&dcache.none_left, none_left(sb), clock_ns() + RETRY_NS));
}

unsigned long d_drop_unused(void)
{
	return shrink(NULL, ULONG_MAX);
}

static unsigned long dcache_shrink(unsigned long nr_pages)
{
	return shrink(NULL, nr_pages * 16) / 16;
}

static int dcache_init(void)
{
	static struct shrinker shrinker = { .name = "dcache", .shrink = dcache_shrink };

	dcache.chain = kvzalloc(sizeof(struct chain) << DCACHE_BITS, GFP_KERNEL);
	dcache.cache = kmem_cache_create("dentry", sizeof(struct dentry), 0);
	VERIFY(dcache.chain && dcache.cache);
	for (unsigned i = 0; i < 1U << DCACHE_BITS; i++)
		spin_lock_init(&dcache.chain[i].lock, "dcache_chain");
	seqlock_init(&rename_seq, "rename");
	waitq_init(&dcache.none_left, "dcache_none_left");
	shrinker_register(&shrinker);
	return 0;
}
INIT_HOOK(INIT_THREADS, dcache_init);
