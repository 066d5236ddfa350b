/* SPDX-License-Identifier: MIT */
/*
 * flock: advisory locks.
 *
 * Model. An inode that was ever locked has a context: one list of whole-file locks and one of record locks, both
 * short. The two do not see each other, as on Linux. Whoever has to wait sleeps until the context changes and
 * looks again.
 *
 * Record locks of one owner never overlap; neighbours of the same type are joined. They lie together in the list, by
 * their start.
 *
 * Deadlock. A POSIX owner that waits is entered in `waiting` with the owner it waits for. Before an owner goes to
 * sleep, the chain from the one in its way is followed; if it leads back, EDEADLK. Who takes a lock away ends the
 * waiting of those it was in the way of: they wait for nobody until they have run and looked again. Locks of open files
 * are not followed: an open file may be shared by processes that do not wait (fcntl(2)).
 *
 * Locking. ctx->lock (mutex "file_locks"), then waiting.lock (leaf). contexts.lock (leaf) is for the list of contexts:
 * memory is allocated under ctx->lock, and its reclaim may end inodes, so no mutex will do. The context is made under
 * inode->spin.
 */
#include "vfs/flock.h"

#include "abi/errno.h"
#include "mm/slab.h"
#include "sync/mutex.h"
#include "sync/waitq.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define CHAIN_MAX	64		/* owners followed in search of a ring */

/* A whole-file lock. Field legend: [l] ctx->lock */
struct whole_lock {
	struct list_head link;		/* [l] */
	const struct file *file;	/* [l] */
	enum file_lock_type type;	/* [l] */
	int pid;			/* [l] */
};

/* Field legend: [l] lock, [a] written under lock, read anywhere, [I] immutable, [x] contexts.lock */
struct file_lock_context {
	struct mutex lock;
	struct inode *inode;		/* [I] whose it is: without a reference, it goes with it */
	struct list_head link;		/* [x] */
	struct list_head whole;		/* [l] struct whole_lock */
	struct list_head records;	/* [l] struct file_lock */
	struct list_head waiters;	/* [l] struct lock_waiter */
	struct waitq changed;
	uint64_t changes;		/* [a] */
};

/* A POSIX owner that waits. Field legend: [w] waiting.lock */
struct waiter {
	struct list_head link;		/* [w] */
	const void *owner;		/* [w] */
	const void *blocked_by;		/* [w] NULL: it is about to look again */
};

/* A lock somebody waits for. Field legend: [l] ctx->lock */
struct lock_waiter {
	struct list_head link;		/* [l] */
	const struct file_lock *want;	/* [l] */
	struct waiter *waiter;		/* [l] in `waiting`; NULL: no POSIX lock waits for another */
};

/* All that there are, for /proc/locks. Field legend: [x] lock */
static struct {
	struct spinlock lock;
	struct list_head list;		/* [x] */
} contexts = { .lock = SPINLOCK_NAMED("file_lock_contexts"), .list = LIST_HEAD_INIT(contexts.list) };

static struct lock_class waiting_class = LOCK_CLASS_INIT("file_lock_waiters");

/* Field legend: [w] lock */
static struct {
	struct spinlock lock;
	struct list_head waiters;	/* [w] */
} waiting = {
	.lock = SPINLOCK_INIT(waiting_class),
	.waiters = LIST_HEAD_INIT(waiting.waiters),
};

/* The inode's context, made if need be; NULL: no memory. */
static struct file_lock_context *get_context(struct inode *inode)
{
	struct file_lock_context *ctx = smp_load_acquire(&inode->locks);	/* pairs with the release below */
	struct file_lock_context *fresh;

	if (ctx)
		return ctx;
	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	if (!fresh)
		return NULL;
	fresh->inode = inode;
	mutex_init(&fresh->lock, "file_locks");
	INIT_LIST_HEAD(&fresh->whole);
	INIT_LIST_HEAD(&fresh->records);
	INIT_LIST_HEAD(&fresh->waiters);
	waitq_init(&fresh->changed, "file_locks_wait");
	spin_lock(&inode->spin);
	ctx = inode->locks;
	if (!ctx)
		smp_store_release(&inode->locks, fresh);	/* pairs with get_context() of others */
	spin_unlock(&inode->spin);
	if (ctx) {
		kfree(fresh);
		return ctx;
	}
	spin_lock(&contexts.lock);
	list_add_tail(&fresh->link, &contexts.list);
	spin_unlock(&contexts.lock);
	return fresh;
}

static bool overlap(const struct file_lock *a, const struct file_lock *b)
{
	return a->start <= b->end && b->start <= a->end;
}

static bool same_owner(const struct file_lock *a, const struct file_lock *b)
{
	return a->kind == b->kind && a->owner == b->owner;
}

static struct file_lock *record_conflict_locked(struct file_lock_context *ctx, const struct file_lock *want)
{
	struct file_lock *lock;

	assert_held(&ctx->lock);
	list_for_each_entry(lock, &ctx->records, link) {
		if (!same_owner(lock, want) && overlap(lock, want) &&
		    (want->type == FILE_LOCK_WRITE || lock->type == FILE_LOCK_WRITE))
			return lock;
	}
	return NULL;
}

/* Those whose way is free, or whom another is in the way now, wait for nobody until they have looked again. */
static void unblock_locked(struct file_lock_context *ctx)
{
	const struct lock_waiter *w;
	const struct file_lock *by;

	assert_held(&ctx->lock);
	list_for_each_entry(w, &ctx->waiters, link) {
		if (!w->waiter)
			continue;
		by = record_conflict_locked(ctx, w->want);
		spin_lock(&waiting.lock);
		if (!by || by->owner != w->waiter->blocked_by)
			w->waiter->blocked_by = NULL;
		spin_unlock(&waiting.lock);
	}
}

static void changed_locked(struct file_lock_context *ctx)
{
	assert_held(&ctx->lock);
	unblock_locked(ctx);
	WRITE_ONCE(ctx->changes, ctx->changes + 1);
	wake_up_all(&ctx->changed);
}

/*
 * With the lock held, sleep until something changes. entered: struct lock_waiter's. 0 or -ERESTARTSYS; the lock is
 * held again.
 */
static int wait_locked(struct file_lock_context *ctx, const struct file_lock *want, struct waiter *entered)
{
	struct lock_waiter waiter = { .want = want, .waiter = entered };
	uint64_t seen = ctx->changes;
	int err;

	assert_held(&ctx->lock);
	list_add_tail(&waiter.link, &ctx->waiters);
	mutex_unlock(&ctx->lock);
	err = wait_event_interruptible(&ctx->changed, READ_ONCE(ctx->changes) != seen);
	mutex_lock(&ctx->lock);
	list_del(&waiter.link);
	return err;
}

/* --- flock(2) ------------------------------------------------------------------------------------- */

static struct whole_lock *find_whole_locked(struct file_lock_context *ctx, const struct file *file)
{
	struct whole_lock *lock;

	assert_held(&ctx->lock);
	list_for_each_entry(lock, &ctx->whole, link) {
		if (lock->file == file)
			return lock;
	}
	return NULL;
}

static struct whole_lock *whole_conflict_locked(struct file_lock_context *ctx, const struct file *file,
						enum file_lock_type type)
{
	struct whole_lock *lock;

	assert_held(&ctx->lock);
	list_for_each_entry(lock, &ctx->whole, link) {
		if (lock->file != file && (type == FILE_LOCK_WRITE || lock->type == FILE_LOCK_WRITE))
			return lock;
	}
	return NULL;
}

static void drop_whole_locked(struct file_lock_context *ctx, struct whole_lock *lock)
{
	assert_held(&ctx->lock);
	list_del(&lock->link);
	kfree(lock);
	changed_locked(ctx);
}

/* As others see it. */
static struct file_lock whole_value(const struct whole_lock *whole)
{
	return (struct file_lock){ .kind = FILE_LOCK_WHOLE, .type = whole->type, .end = FILE_LOCK_EOF,
				   .owner = whole->file, .pid = whole->pid };
}

/* Take the lock; a held one of another type is given up first, as flock(2) says. `fresh` is used up on success. */
static int take_whole_locked(struct file_lock_context *ctx, struct whole_lock *fresh, bool wait)
{
	struct whole_lock *old = find_whole_locked(ctx, fresh->file);
	struct file_lock want = whole_value(fresh);
	int err = 0;

	assert_held(&ctx->lock);
	if (old && old->type == fresh->type) {
		kfree(fresh);
		return 0;
	}
	if (old)
		drop_whole_locked(ctx, old);
	while (!err && whole_conflict_locked(ctx, fresh->file, fresh->type))
		err = wait ? wait_locked(ctx, &want, NULL) : -EAGAIN;
	/* Another thread may have locked by the same open file meanwhile. */
	old = err ? NULL : find_whole_locked(ctx, fresh->file);
	if (old)
		drop_whole_locked(ctx, old);
	if (!err)
		list_add_tail(&fresh->link, &ctx->whole);
	return err;
}

static void release_whole(struct file_lock_context *ctx, const struct file *file)
{
	struct whole_lock *lock;

	mutex_lock(&ctx->lock);
	lock = find_whole_locked(ctx, file);
	if (lock)
		drop_whole_locked(ctx, lock);
	mutex_unlock(&ctx->lock);
}

int file_flock(struct file *file, enum file_lock_type type, bool wait, int pid)
{
	struct file_lock_context *ctx = get_context(file->inode);
	struct whole_lock *fresh;
	int err;

	if (!ctx)
		return -ENOMEM;
	if (type == FILE_LOCK_NONE) {
		release_whole(ctx, file);
		return 0;
	}
	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;
	fresh->file = file;
	fresh->type = type;
	fresh->pid = pid;
	mutex_lock(&ctx->lock);
	err = take_whole_locked(ctx, fresh, wait);
	mutex_unlock(&ctx->lock);
	if (err)
		kfree(fresh);
	return err;
}

/* --- Record locks --------------------------------------------------------------------------------- */

/* Cut [want->start, want->end] out of a lock of the same owner; `spare` becomes the right part of a split. */
static void cut_locked(struct file_lock_context *ctx, struct file_lock *lock, const struct file_lock *want,
		       struct file_lock **spare)
{
	struct file_lock *right = *spare;

	assert_held(&ctx->lock);
	if (lock->start < want->start && lock->end > want->end) {
		*right = *lock;
		right->start = want->end + 1;
		lock->end = want->start - 1;
		list_add(&right->link, &lock->link);
		*spare = NULL;
	} else if (lock->start < want->start) {
		lock->end = want->start - 1;
	} else if (lock->end > want->end) {
		lock->start = want->end + 1;
	} else {
		list_del(&lock->link);
		kfree(lock);
	}
}

/* In among the records: an owner's lie together, by their start, so that F_GETLK finds the first in the file. */
static void insert_locked(struct file_lock_context *ctx, struct file_lock *lock)
{
	struct list_head *at = &ctx->records;
	struct file_lock *other;

	assert_held(&ctx->lock);
	list_for_each_entry(other, &ctx->records, link) {
		if (!same_owner(other, lock))
			continue;
		if (other->start > lock->start) {
			at = &other->link;
			break;
		}
		at = other->link.next;
	}
	list_add_tail(&lock->link, at);
}

/* Do they touch, so that two of one type become one? */
static bool touch(const struct file_lock *a, const struct file_lock *b)
{
	return (a->end == FILE_LOCK_EOF || a->end + 1 >= b->start) &&
	       (b->end == FILE_LOCK_EOF || b->end + 1 >= a->start);
}

/*
 * Nothing is in the way: bring the owner's locks to what is wanted. fresh[]: two locks to use; what is not used
 * stays there. At most one lock is split, as the owner's locks do not overlap.
 */
static void apply_locked(struct file_lock_context *ctx, const struct file_lock *want, struct file_lock *fresh[2])
{
	struct file_lock *lock, *next, *joined = fresh[0];

	assert_held(&ctx->lock);
	*joined = *want;
	list_for_each_entry_safe(lock, next, &ctx->records, link) {
		if (!same_owner(lock, want))
			continue;
		if (lock->type == want->type && touch(lock, joined)) {
			joined->start = min(joined->start, lock->start);
			joined->end = max(joined->end, lock->end);
			list_del(&lock->link);
			kfree(lock);
		} else if (overlap(lock, want)) {
			cut_locked(ctx, lock, want, &fresh[1]);
		}
	}
	if (want->type != FILE_LOCK_NONE) {
		insert_locked(ctx, joined);
		fresh[0] = NULL;
	}
	changed_locked(ctx);
}

/* Would waiting for `by` close a ring? Otherwise the waiter is entered. */
static bool enter_waiter(struct waiter *waiter, const void *owner, const void *by)
{
	const void *at = by;
	struct waiter *other;
	bool ring = false, moved = true;
	int steps = 0;

	spin_lock(&waiting.lock);
	while (moved && !ring && steps++ < CHAIN_MAX) {
		moved = false;
		ring = at == owner;
		list_for_each_entry(other, &waiting.waiters, link) {
			if (other->owner == at && other->blocked_by && other->blocked_by != at) {
				at = other->blocked_by;
				moved = true;
				break;
			}
		}
	}
	if (!ring) {
		*waiter = (struct waiter){ .owner = owner, .blocked_by = by };
		list_add(&waiter->link, &waiting.waiters);
	}
	spin_unlock(&waiting.lock);
	return ring;
}

static void leave_waiter(struct waiter *waiter)
{
	spin_lock(&waiting.lock);
	list_del(&waiter->link);
	spin_unlock(&waiting.lock);
}

static int wait_record_locked(struct file_lock_context *ctx, const struct file_lock *want, const struct file_lock *by)
{
	struct waiter waiter;
	int err;

	assert_held(&ctx->lock);
	if (want->kind != FILE_LOCK_POSIX || by->kind != FILE_LOCK_POSIX)
		return wait_locked(ctx, want, NULL);
	if (enter_waiter(&waiter, want->owner, by->owner))
		return -EDEADLK;
	err = wait_locked(ctx, want, &waiter);
	leave_waiter(&waiter);
	return err;
}

int record_lock_set(struct inode *inode, const struct file_lock *want, bool wait)
{
	struct file_lock_context *ctx = get_context(inode);
	struct file_lock *fresh[2], *by;
	int err = 0;

	fresh[0] = kzalloc(sizeof(**fresh), GFP_KERNEL);
	fresh[1] = kzalloc(sizeof(**fresh), GFP_KERNEL);
	if (!ctx || !fresh[0] || !fresh[1]) {
		kfree(fresh[0]);
		kfree(fresh[1]);
		return -ENOMEM;
	}
	mutex_lock(&ctx->lock);
	while (!err && want->type != FILE_LOCK_NONE && (by = record_conflict_locked(ctx, want)))
		err = wait ? wait_record_locked(ctx, want, by) : -EAGAIN;
	if (!err)
		apply_locked(ctx, want, fresh);
	mutex_unlock(&ctx->lock);
	kfree(fresh[0]);
	kfree(fresh[1]);
	return err;
}

bool record_lock_test(struct inode *inode, struct file_lock *lock)
{
	struct file_lock_context *ctx = smp_load_acquire(&inode->locks);	/* pairs with get_context() */
	struct file_lock *by;

	if (!ctx)
		return false;
	mutex_lock(&ctx->lock);
	by = record_conflict_locked(ctx, lock);
	if (by)
		*lock = *by;
	mutex_unlock(&ctx->lock);
	return by;
}

/* --- Ends ----------------------------------------------------------------------------------------- */

static void release_records(struct file_lock_context *ctx, enum file_lock_kind kind, const void *owner)
{
	struct file_lock *lock, *next;
	bool any = false;

	mutex_lock(&ctx->lock);
	list_for_each_entry_safe(lock, next, &ctx->records, link) {
		if (lock->kind != kind || lock->owner != owner)
			continue;
		list_del(&lock->link);
		kfree(lock);
		any = true;
	}
	if (any)
		changed_locked(ctx);
	mutex_unlock(&ctx->lock);
}

void file_locks_close(struct file *file, const void *owner)
{
	struct file_lock_context *ctx = smp_load_acquire(&file->inode->locks);	/* pairs with get_context() */

	if (ctx)
		release_records(ctx, FILE_LOCK_POSIX, owner);
}

void file_locks_release(struct file *file)
{
	struct file_lock_context *ctx = smp_load_acquire(&file->inode->locks);	/* pairs with get_context() */

	if (!ctx)
		return;
	release_whole(ctx, file);
	release_records(ctx, FILE_LOCK_OFD, file);
}

void file_locks_free(struct inode *inode)
{
	if (!inode->locks)
		return;
	spin_lock(&contexts.lock);
	list_del(&inode->locks->link);
	spin_unlock(&contexts.lock);
	/* Nobody has the inode open any more: no lock is left. */
	kfree(inode->locks);
	inode->locks = NULL;
}

/* --- For /proc ------------------------------------------------------------------------------------ */

/* Those who wait for the lock `held`: what is in their way now. */
static void each_waiter_locked(struct file_lock_context *ctx, const void *held, file_lock_fn fn, void *arg)
{
	const struct lock_waiter *waiter;

	assert_held(&ctx->lock);
	list_for_each_entry(waiter, &ctx->waiters, link) {
		const struct file_lock *want = waiter->want;
		const void *by;

		if (want->kind == FILE_LOCK_WHOLE)
			by = whole_conflict_locked(ctx, want->owner, want->type);
		else
			by = record_conflict_locked(ctx, want);

		if (by == held)
			fn(ctx->inode, want, /*waits=*/true, arg);
	}
}

static void each_lock(struct file_lock_context *ctx, file_lock_fn fn, void *arg)
{
	const struct file_lock *record;
	const struct whole_lock *whole;

	mutex_lock(&ctx->lock);
	list_for_each_entry(whole, &ctx->whole, link) {
		struct file_lock lock = whole_value(whole);

		fn(ctx->inode, &lock, /*waits=*/false, arg);
		each_waiter_locked(ctx, whole, fn, arg);
	}
	list_for_each_entry(record, &ctx->records, link) {
		fn(ctx->inode, record, /*waits=*/false, arg);
		each_waiter_locked(ctx, record, fn, arg);
	}
	mutex_unlock(&ctx->lock);
}

void file_locks_of(const struct inode *inode, file_lock_fn fn, void *arg)
{
	struct file_lock_context *ctx = smp_load_acquire(&inode->locks);	/* pairs with get_context() */

	if (ctx)
		each_lock(ctx, fn, arg);
}

/* Only an inode that somebody uses has locks: its reference keeps the context where it is on the list. */
void file_locks_all(file_lock_fn fn, void *arg)
{
	struct inode *last = NULL;
	struct file_lock_context *ctx;

	spin_lock(&contexts.lock);
	list_for_each_entry(ctx, &contexts.list, link) {
		if (!refcount_inc_not_zero(&ctx->inode->refs))
			continue;
		spin_unlock(&contexts.lock);
		inode_put(last);
		last = ctx->inode;
		each_lock(ctx, fn, arg);
		spin_lock(&contexts.lock);
	}
	spin_unlock(&contexts.lock);
	inode_put(last);
}
