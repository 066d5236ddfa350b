/* SPDX-License-Identifier: MIT */
/*
 * inode: the cache of file-system objects, their references, permission and time rules.
 *
 * One hash of all super blocks' inodes by (super block, number). A look-up that finds an inode being freed waits for it
 * to be gone and starts again, so that there are never two of one number.
 *
 * Locking. icache.lock (class "icache") for the hash and for the step from "last reference" to I_FREEING.
 */
#include "vfs/inode.h"

#include "abi/errno.h"
#include "core/assert.h"
#include "core/init.h"
#include "lib/align.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/writeback.h"
#include "sched/sched.h"
#include "sync/rcu.h"
#include "sync/waitq.h"
#include "vfs/acl.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/flock.h"
#include "vfs/stat.h"
#include "vfs/super.h"
#include "vfs/super_internal.h"

#define ICACHE_BITS	9
#define RETRY_NS	1000000ULL	/* what an unmount waits for others that hold an inode for a moment */

static struct {
	struct spinlock lock;
	struct hlist_head bucket[1 << ICACHE_BITS];	/* [lock] */
	struct waitq wait;			/* I_NEW or I_FREEING ended */
	struct kmem_cache *cache;		/* [I] plain inodes */
} icache = { .lock = SPINLOCK_NAMED("icache") };

static struct hlist_head *bucket_of(const struct super_block *sb, uint64_t ino)
{
	return &icache.bucket[hash_64((uintptr_t)sb / 64 + ino, ICACHE_BITS)];
}

static loff_t inode_size(struct address_space *as)
{
	return READ_ONCE(as->host->size);
}

static const struct address_space_ops no_pages = { .fill = NULL };

static void inode_setup(struct inode *inode, struct super_block *sb)
{
	inode->sb = sb;
	inode->nlink = 1;
	inode->state = I_NEW;
	refcount_set(&inode->refs, 1);
	address_space_init(&inode->mapping, inode, &no_pages, inode_size);
	inode->mapping.volume_err = &sb->wb_err;
	rwsem_init(&inode->lock, "inode");
	seqlock_init(&inode->meta, "inode_meta");
	spin_lock_init(&inode->spin, "inode_spin");
	INIT_HLIST_NODE(&inode->hash);
	INIT_LIST_HEAD(&inode->lru);
	INIT_LIST_HEAD(&inode->dirty_link);
	INIT_LIST_HEAD(&inode->aliases);
	INIT_LIST_HEAD(&inode->watches);
	spin_lock(&sb->list_lock);
	list_add_tail(&inode->sb_link, &sb->inodes);
	sb->nr_inodes++;
	spin_unlock(&sb->list_lock);
}

struct inode *inode_alloc(struct super_block *sb)
{
	struct inode *inode = sb->ops->alloc_inode ? sb->ops->alloc_inode(sb) :
						     kmem_cache_alloc(icache.cache, GFP_KERNEL | GFP_ZERO);

	if (inode)
		inode_setup(inode, sb);
	return inode;
}

static void inode_free_rcu(struct rcu_head *head)
{
	struct inode *inode = container_of(head, struct inode, rcu);

	if (inode->sb_ops_free)
		inode->sb_ops_free(inode);
	else
		kmem_cache_free(icache.cache, inode);
}

static void inode_evict(struct inode *inode)
{
	struct super_block *sb = inode->sb;

	if (inode->nlink && xa_marked(&inode->mapping.pages, PAGECACHE_DIRTY))
		ignore_result(inode_write(inode, /*wait=*/true));	/* nobody is left to tell; it is logged */
	if (!inode->nlink && sb->ops->evict_pages)
		sb->ops->evict_pages(inode);
	pagecache_truncate(&inode->mapping, 0);
	if (sb->ops->evict_inode)
		sb->ops->evict_inode(inode);
	address_space_fini(&inode->mapping);
	file_locks_free(inode);
	posix_acl_forget(inode);
	inode->sb_ops_free = sb->ops->free_inode;
	spin_lock(&icache.lock);
	if (!hlist_unhashed(&inode->hash))
		hlist_del_init(&inode->hash);
	spin_unlock(&icache.lock);
	spin_lock(&sb->list_lock);
	list_del(&inode->sb_link);
	list_del_init(&inode->dirty_link);
	sb->nr_inodes--;
	spin_unlock(&sb->list_lock);		/* an unmount may free it from here on */
	wake_up_all(&icache.wait);
	call_rcu(&inode->rcu, inode_free_rcu);
}

struct inode *inode_get(struct inode *inode)
{
	refcount_inc(&inode->refs);
	return inode;
}

/*
 * Unused inodes of a disk stay cached until memory is short or the super block goes: their pages are what is worth
 * keeping.
 */
static bool keep_cached(const struct inode *inode)
{
	return inode->nlink && !hlist_unhashed(&inode->hash) && inode->sb->bdev && !(inode->state & I_NEW);
}

void inode_put(struct inode *inode)
{
	if (!inode)
		return;
	if (refcount_dec_not_one(&inode->refs))
		return;
	spin_lock(&icache.lock);
	if (!refcount_dec_and_test(&inode->refs)) {
		spin_unlock(&icache.lock);
		return;
	}
	if (keep_cached(inode)) {
		spin_lock(&inode->sb->list_lock);
		list_move_tail(&inode->lru, &inode->sb->lru);
		spin_unlock(&inode->sb->list_lock);
		spin_unlock(&icache.lock);
		return;
	}
	inode->state |= I_FREEING;
	spin_unlock(&icache.lock);
	inode_evict(inode);
}

/* A reference, also if it had none: then back from the LRU. icache.lock and list_lock held. */
static void grab_locked(struct inode *inode)
{
	assert_held(&icache.lock);
	if (!refcount_inc_not_zero(&inode->refs)) {
		refcount_set(&inode->refs, 1);
		list_del_init(&inode->lru);
	}
}

/* Found in the hash: take a reference, bring it back from the LRU. NULL: it is being freed. icache.lock held. */
static struct inode *revive_locked(struct inode *inode)
{
	assert_held(&icache.lock);
	if (inode->state & I_FREEING)
		return NULL;
	if (!refcount_inc_not_zero(&inode->refs)) {
		spin_lock(&inode->sb->list_lock);
		grab_locked(inode);
		spin_unlock(&inode->sb->list_lock);
	}
	return inode;
}

static struct inode *search_locked(struct super_block *sb, uint64_t ino)
{
	struct inode *inode;

	assert_held(&icache.lock);
	hlist_for_each_entry(inode, bucket_of(sb, ino), hash) {
		if (inode->ino == ino && inode->sb == sb)
			return inode;
	}
	return NULL;
}

static bool still_freeing(struct super_block *sb, uint64_t ino)
{
	struct inode *inode;
	bool freeing;

	spin_lock(&icache.lock);
	inode = search_locked(sb, ino);
	freeing = inode && (inode->state & I_FREEING);
	spin_unlock(&icache.lock);
	return freeing;
}

struct inode *inode_find(struct super_block *sb, uint64_t ino)
{
	struct inode *inode;

	for (;;) {
		spin_lock(&icache.lock);
		inode = search_locked(sb, ino);
		if (!inode || revive_locked(inode)) {
			spin_unlock(&icache.lock);
			break;
		}
		spin_unlock(&icache.lock);
		wait_event(&icache.wait, !still_freeing(sb, ino));
	}
	if (inode)
		wait_event(&icache.wait, !(READ_ONCE(inode->state) & I_NEW));
	return inode;
}

struct inode *inode_get_locked(struct super_block *sb, uint64_t ino)
{
	struct inode *inode, *fresh;

	for (;;) {
		inode = inode_find(sb, ino);
		if (inode) {
			if (!hlist_unhashed(&inode->hash))
				return inode;
			inode_put(inode);	/* its filling failed: try for ourselves */
			continue;
		}
		fresh = inode_alloc(sb);
		if (!fresh)
			return NULL;
		fresh->ino = ino;
		spin_lock(&icache.lock);
		inode = search_locked(sb, ino);
		if (!inode)
			hlist_add_head(&fresh->hash, bucket_of(sb, ino));
		spin_unlock(&icache.lock);
		if (!inode)
			return fresh;
		inode_fail_new(fresh);
	}
}

void inode_hash_insert(struct inode *inode)
{
	spin_lock(&icache.lock);
	hlist_add_head(&inode->hash, bucket_of(inode->sb, inode->ino));
	spin_unlock(&icache.lock);
}

void inode_unlock_new(struct inode *inode)
{
	spin_lock(&inode->spin);
	inode->state &= ~(uint32_t)I_NEW;
	spin_unlock(&inode->spin);
	wake_up_all(&icache.wait);
}

void inode_fail_new(struct inode *inode)
{
	spin_lock(&icache.lock);
	if (!hlist_unhashed(&inode->hash))
		hlist_del_init(&inode->hash);
	spin_unlock(&icache.lock);
	inode->nlink = inode->nlink ? inode->nlink : 1;	/* nothing of it is to be freed on disk */
	inode_unlock_new(inode);
	inode_put(inode);
}

void inode_evict_sb(struct super_block *sb)
{
	struct inode *inode;

	for (;;) {
		spin_lock(&icache.lock);
		spin_lock(&sb->list_lock);
		inode = list_first_entry_or_null(&sb->lru, struct inode, lru);
		if (inode) {
			list_del_init(&inode->lru);
			inode->state |= I_FREEING;
		}
		spin_unlock(&sb->list_lock);
		spin_unlock(&icache.lock);
		if (!inode)
			return;
		inode_evict(inode);
	}
}

/*
 * Would only memory be lost? Not with pages, which reclaim looks at, nor with an error that nobody was told of yet.
 */
static bool may_drop_locked(const struct inode *inode)
{
	const struct super_ops *ops = inode->sb->ops;

	assert_held(&inode->sb->list_lock);
	return !READ_ONCE(inode->mapping.nr_pages) && !READ_ONCE(inode->mapping.wb_err) &&
	       list_empty(&inode->dirty_link) && (!ops->may_drop || ops->may_drop(inode));
}

/* The oldest unused inode, made ready for its end; NULL: it stays for now, as the youngest, or there is none. */
static struct inode *take_unused(struct super_block *sb)
{
	struct inode *inode;

	spin_lock(&icache.lock);
	spin_lock(&sb->list_lock);
	inode = list_first_entry_or_null(&sb->lru, struct inode, lru);
	if (inode && may_drop_locked(inode)) {
		list_del_init(&inode->lru);
		inode->state |= I_FREEING;
	} else if (inode) {
		list_move_tail(&inode->lru, &sb->lru);
		inode = NULL;
	}
	spin_unlock(&sb->list_lock);
	spin_unlock(&icache.lock);
	return inode;
}

struct dropping {
	unsigned long left, freed;
};

static void drop_of_sb(struct super_block *sb, void *arg)
{
	struct dropping *d = arg;
	struct inode *inode;

	for (unsigned long scan = READ_ONCE(sb->nr_inodes); scan && d->left; scan--) {
		inode = take_unused(sb);
		if (inode) {
			inode_evict(inode);
			d->left--;
			d->freed++;
		}
		if (!(scan % 256))
			cond_resched();
	}
}

unsigned long inode_drop_unused(unsigned long nr)
{
	struct dropping d = { .left = nr };

	super_try_each(drop_of_sb, &d);
	if (d.freed)
		rcu_barrier();		/* their memory is free then */
	return d.freed;
}

static unsigned long icache_shrink(unsigned long nr_pages)
{
	return DIV_ROUND_UP(inode_drop_unused(nr_pages * 16), 16);
}

static bool only_own_left(struct super_block *sb)
{
	bool only;

	spin_lock(&sb->list_lock);
	only = sb->nr_inodes <= sb->own_inodes;
	spin_unlock(&sb->list_lock);
	return only;
}

void inode_evict_sb_wait(struct super_block *sb)
{
	/* Who lets one go late leaves it on the LRU: it is looked at again. */
	for (inode_evict_sb(sb); !only_own_left(sb); inode_evict_sb(sb))
		ignore_result(wait_event_timeout(&icache.wait, only_own_left(sb), clock_ns() + RETRY_NS));
}

/* --- dirty inodes: see writeback.c --- */

struct inode *inode_next_dirty(struct super_block *sb, uint64_t before_ns)
{
	struct inode *inode, *found = NULL;

	spin_lock(&icache.lock);
	spin_lock(&sb->list_lock);
	list_for_each_entry(inode, &sb->dirty, dirty_link) {
		if (inode->dirtied_ns > before_ns)
			break;
		if (inode->state & (I_FREEING | I_NEW))
			continue;
		grab_locked(inode);
		list_move_tail(&inode->dirty_link, &sb->dirty);
		inode->dirtied_ns = max(clock_ns(), before_ns + 1);	/* not again in this round */
		found = inode;
		break;
	}
	spin_unlock(&sb->list_lock);
	spin_unlock(&icache.lock);
	return found;
}

/* --- attributes --- */

static struct timespec64 as_stored(const struct inode *inode, struct timespec64 ts)
{
	if (inode->sb->time_gran_ns > 1)
		ts.tv_nsec -= ts.tv_nsec % (long)inode->sb->time_gran_ns;
	return ts;
}

/* Who compares a file's times before and after a change is to see the difference, however soon it came. */
struct timespec64 inode_now(struct inode *inode)
{
	struct timespec64 ts;

	if (READ_ONCE(inode->times_seen)) {
		WRITE_ONCE(inode->times_seen, false);
		clock_realtime_fine(&ts);
	} else {
		clock_realtime_coarse(&ts);
	}
	return as_stored(inode, ts);
}

void inode_init_owner(struct inode *inode, const struct inode *dir, uint32_t mode, const struct cred *cred)
{
	inode->uid = cred->fsuid;
	inode->gid = cred->fsgid;
	inode->mode = mode;
	inode->state |= I_NOSEC;	/* it is new: nobody else sees it */
	if (dir && (dir->mode & S_ISGID)) {
		inode->gid = dir->gid;
		if (S_ISDIR(mode))
			inode->mode |= S_ISGID;
		else if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && !cred_in_group(cred, dir->gid) &&
			 !cred_capable(cred, CAP_FSETID))
			inode->mode &= ~(uint32_t)S_ISGID;
	}
	inode->atime = inode->mtime = inode->ctime = inode->btime = inode_now(inode);
}

void inode_mark_dirty(struct inode *inode, unsigned what)
{
	spin_lock(&inode->spin);
	inode->state |= what;
	spin_unlock(&inode->spin);
	if (inode->sb->ops->dirty_inode)
		inode->sb->ops->dirty_inode(inode, what);
	if (inode->sb->ops->write_inode)
		writeback_dirtied(inode);
}

void inode_set_nlink(struct inode *inode, uint32_t nlink)
{
	WRITE_ONCE(inode->nlink, nlink);
}

void inode_inc_nlink(struct inode *inode)
{
	WRITE_ONCE(inode->nlink, inode->nlink + 1);
}

void inode_drop_nlink(struct inode *inode)
{
	VERIFY(inode->nlink > 0);
	WRITE_ONCE(inode->nlink, inode->nlink - 1);
}

static bool time_before(const struct timespec64 *a, const struct timespec64 *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

void inode_set_dead_locked(struct inode *inode)
{
	assert_held(&inode->lock);
	spin_lock(&inode->spin);
	inode->state |= I_DEAD_DIR;
	spin_unlock(&inode->spin);
}

/* relatime: when it would show an access before the last change, or is a day old. */
void inode_touch_atime(struct inode *inode, bool relatime)
{
	struct timespec64 now;

	if (inode->sb->flags & (SB_RDONLY | SB_NOATIME))
		return;
	clock_realtime_coarse(&now);
	if (relatime && time_before(&inode->mtime, &inode->atime) && time_before(&inode->ctime, &inode->atime) &&
	    now.tv_sec - inode->atime.tv_sec < 24 * 3600)
		return;
	now = as_stored(inode, now);
	if (now.tv_sec == inode->atime.tv_sec && now.tv_nsec == inode->atime.tv_nsec)
		return;
	write_seqlock(&inode->meta);
	inode->atime = now;
	write_sequnlock(&inode->meta);
	inode_mark_dirty(inode, I_DIRTY_TIME);
}

void inode_touch_mtime(struct inode *inode)
{
	struct timespec64 now = inode_now(inode);

	__atomic_fetch_add(&inode->version, 1, __ATOMIC_RELAXED);
	if (now.tv_sec == inode->mtime.tv_sec && now.tv_nsec == inode->mtime.tv_nsec &&
	    now.tv_nsec == inode->ctime.tv_nsec && now.tv_sec == inode->ctime.tv_sec)
		return;
	write_seqlock(&inode->meta);
	inode->mtime = now;
	inode->ctime = now;
	write_sequnlock(&inode->meta);
	inode_mark_dirty(inode, I_DIRTY_TIME);
}

void inode_touch_ctime(struct inode *inode)
{
	write_seqlock(&inode->meta);
	inode->ctime = inode_now(inode);
	write_sequnlock(&inode->meta);
	inode_mark_dirty(inode, I_DIRTY_TIME);
}

void generic_fillattr(struct inode *inode, struct kstat *out)
{
	uint32_t seq;

	do {
		seq = read_seqbegin(&inode->meta);
		out->mode = inode->mode;
		out->uid = inode->uid;
		out->gid = inode->gid;
		out->atime = inode->atime;
		out->mtime = inode->mtime;
		out->ctime = inode->ctime;
	} while (read_seqretry(&inode->meta, seq));
	if (!READ_ONCE(inode->times_seen))
		WRITE_ONCE(inode->times_seen, true);
	out->btime = inode->btime;
	out->ino = inode->ino;
	out->dev = inode->sb->dev;
	out->rdev = inode->rdev;
	out->nlink = READ_ONCE(inode->nlink);
	out->size = READ_ONCE(inode->size);
	out->blocks = READ_ONCE(inode->blocks);
	out->blksize = inode->sb->block_size;
	out->attributes = 0;
	out->attributes_mask = 0;
	out->result_mask = 0;
	out->mnt_id = 0;
}

/* --- permission --- */

int generic_permission(struct inode *inode, const struct cred *cred, int mask)
{
	uint32_t mode = READ_ONCE(inode->mode), bits;
	int err;

	if (cred->fsuid == inode->uid) {
		bits = mode >> 6;
	} else {
		err = -EAGAIN;
		if (unlikely(READ_ONCE(inode->acl[POSIX_ACL_ACCESS])) && (mode & S_IRWXG))
			err = posix_acl_permission(inode, cred, mask);
		if (err && err != -EAGAIN && err != -EACCES)
			return err;
		if (err != -EAGAIN)
			bits = err ? 0 : 7;
		else
			bits = cred_in_group(cred, inode->gid) ? mode >> 3 : mode;
	}
	mask &= MAY_READ | MAY_WRITE | MAY_EXEC;
	if (likely(!((unsigned)mask & ~bits & 7)))
		return 0;
	if (S_ISDIR(mode)) {
		if (!(mask & MAY_WRITE) && cred_capable(cred, CAP_DAC_READ_SEARCH))
			return 0;
		return cred_capable(cred, CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	}
	if (mask == MAY_READ && cred_capable(cred, CAP_DAC_READ_SEARCH))
		return 0;
	if ((!(mask & MAY_EXEC) || (mode & 0111)) && cred_capable(cred, CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

int inode_permission(struct inode *inode, const struct cred *cred, int mask)
{
	if (unlikely(mask & MAY_WRITE)) {
		uint32_t mode = inode->mode;

		if ((inode->sb->flags & SB_RDONLY) && (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode)))
			return -EROFS;
		if (inode->flags & FS_IMMUTABLE_FL)
			return -EPERM;
	}
	if (inode->ops->permission)
		return inode->ops->permission(inode, cred, mask);
	return generic_permission(inode, cred, mask);
}

int inode_get_write(struct inode *inode)
{
	int n = __atomic_load_n(&inode->writers, __ATOMIC_RELAXED);

	do {
		if (n < 0)
			return -ETXTBSY;
	} while (!__atomic_compare_exchange_n(&inode->writers, &n, n + 1, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return 0;
}

void inode_put_write(struct inode *inode)
{
	__atomic_sub_fetch(&inode->writers, 1, __ATOMIC_RELEASE);
}

int inode_deny_write(struct inode *inode)
{
	int n = __atomic_load_n(&inode->writers, __ATOMIC_RELAXED);

	do {
		if (n > 0)
			return -ETXTBSY;
	} while (!__atomic_compare_exchange_n(&inode->writers, &n, n - 1, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return 0;
}

void inode_allow_write(struct inode *inode)
{
	__atomic_add_fetch(&inode->writers, 1, __ATOMIC_RELEASE);
}

static int icache_init(void)
{
	static struct shrinker shrinker = { .name = "icache", .shrink = icache_shrink };

	waitq_init(&icache.wait, "icache");
	icache.cache = kmem_cache_create("inode", sizeof(struct inode), 0);
	VERIFY(icache.cache);
	shrinker_register(&shrinker);
	return 0;
}
INIT_HOOK(INIT_THREADS, icache_init);
