/* SPDX-License-Identifier: MIT */
/*
 * super: file-system types and their instances.
 *
 * Locking. supers.lock (class "supers") for both lists; never together with sb->umount. A super block's life:
 * super_get() by type and source -> one reference per mount -> super_put() of the last, under sb->umount: dentries,
 * inodes, then the file system's own state go. It stays listed until then, so that sync(2) and a new mount of the
 * device wait for the end.
 */
#include "vfs/super.h"

#include "abi/errno.h"
#include "block/bdev.h"
#include "core/assert.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/mutex.h"
#include "sync/waitq.h"
#include "vfs/dentry.h"
#include "vfs/inode.h"
#include "vfs/notify.h"
#include "vfs/super_internal.h"

static struct {
	struct mutex lock;
	struct list_head types;		/* [lock] */
	struct list_head supers;	/* [lock] */
	unsigned next_anon;		/* [lock] minor of the next device-less file system */
	struct waitq ended;		/* an instance has died */
	bool ready;
} supers;

static void supers_init(void)
{
	if (supers.ready)
		return;
	supers.ready = true;
	mutex_init(&supers.lock, "supers");
	waitq_init(&supers.ended, "supers_ended");
	INIT_LIST_HEAD(&supers.types);
	INIT_LIST_HEAD(&supers.supers);
	supers.next_anon = 1;
}

int fs_register(struct fs_type *type)
{
	int err = 0;

	supers_init();
	mutex_lock(&supers.lock);
	if (fs_find_locked(type->name))
		err = -EBUSY;
	else
		list_add_tail(&type->link, &supers.types);
	mutex_unlock(&supers.lock);
	return err;
}

struct fs_type *fs_find_locked(const char *name)
{
	struct fs_type *type;

	assert_held(&supers.lock);
	list_for_each_entry(type, &supers.types, link) {
		if (!strcmp(type->name, name))
			return type;
	}
	return NULL;
}

struct fs_type *fs_find(const char *name)
{
	struct fs_type *type;

	supers_init();
	mutex_lock(&supers.lock);
	type = fs_find_locked(name);
	mutex_unlock(&supers.lock);
	return type;
}

void fs_for_each(void (*fn)(const struct fs_type *type, void *arg), void *arg)
{
	struct fs_type *type;

	mutex_lock(&supers.lock);
	list_for_each_entry(type, &supers.types, link)
		fn(type, arg);
	mutex_unlock(&supers.lock);
}

static struct super_block *super_alloc(struct fs_type *type, uint32_t flags)
{
	static const struct super_ops default_ops = { .alloc_inode = NULL };
	struct super_block *sb = kzalloc(sizeof(*sb), GFP_KERNEL);

	if (!sb)
		return NULL;
	sb->type = type;
	sb->ops = &default_ops;
	sb->flags = flags;
	sb->block_size = 4096;
	sb->block_bits = 12;
	sb->max_bytes = INT64_MAX;
	sb->time_gran_ns = 1;
	sb->time_min = INT64_MIN;
	sb->time_max = INT64_MAX;
	refcount_set(&sb->refs, 1);
	sb->holders = 1;
	rwsem_init(&sb->umount, "umount");
	mutex_init(&sb->write_lock, "sb_write");
	spin_lock_init(&sb->list_lock, "sb_list");
	INIT_LIST_HEAD(&sb->inodes);
	INIT_LIST_HEAD(&sb->dirty);
	INIT_LIST_HEAD(&sb->lru);
	sb->dev = supers.next_anon++;
	strscpy(sb->id, type->name, sizeof(sb->id));
	return sb;
}

/* Does a living instance serve this mount: by its type's word, as the only one, or with the same source on a device? */
static bool super_serves(const struct super_block *sb, const char *source)
{
	const struct fs_type *type = sb->type;

	if (type->serves)
		return type->serves(sb);
	if (type->flags & FS_REQUIRES_DEV)
		return sb->source && source && !strcmp(sb->source, source);
	return type->flags & FS_SINGLE;
}

static struct super_block *find_existing(struct fs_type *type, const char *source)
{
	struct super_block *sb;

	list_for_each_entry(sb, &supers.supers, link) {
		if (sb->type == type && !READ_ONCE(sb->dead) && super_serves(sb, source))
			return sb;
	}
	return NULL;
}

static void let_go_locked(struct super_block *sb)
{
	assert_held(&supers.lock);
	if (--sb->holders)
		return;
	list_del(&sb->link);
	kfree(sb->source);
	kfree(sb);
}

static void let_go(struct super_block *sb)
{
	mutex_lock(&supers.lock);
	let_go_locked(sb);
	mutex_unlock(&supers.lock);
}

/* One more mount of a living instance. */
static int join(struct super_block *sb, uint32_t flags, const char *options)
{
	int err = options && sb->ops->check_options ? sb->ops->check_options(sb, options) : 0;

	if (err)
		return err;
	if (sb->type->flags & FS_REQUIRES_DEV)
		return (sb->flags ^ flags) & SB_RDONLY ? -EBUSY : 0;
	/* The one instance of its type: the options of each mount are a remount, as Linux has it. */
	return options && *options && sb->ops->remount ? sb->ops->remount(sb, flags, options) : 0;
}

static int create_locked(struct fs_type *type, const char *source, uint32_t flags, const char *options,
			 struct super_block **out)
{
	struct super_block *sb = super_alloc(type, flags);
	int err;

	assert_held(&supers.lock);
	if (!sb)
		return -ENOMEM;
	sb->source = source ? kstrdup(source, GFP_KERNEL) : NULL;
	err = type->fill_super(sb, source, options);
	if (err) {
		inode_evict_sb(sb);
		kfree(sb->source);
		kfree(sb);
		return err;
	}
	VERIFY(sb->root);
	list_add_tail(&sb->link, &supers.supers);
	*out = sb;
	return 0;
}

int super_get(struct fs_type *type, const char *source, uint32_t flags, const char *options,
	      struct super_block **out)
{
	struct super_block *sb;
	bool found;
	int err;

	for (;;) {
		mutex_lock(&supers.lock);
		sb = find_existing(type, source);
		if (!sb || refcount_inc_not_zero(&sb->refs))
			break;
		/* Its last mount is gone: a new instance reads what this one is about to write. */
		sb->holders++;
		mutex_unlock(&supers.lock);
		wait_event(&supers.ended, READ_ONCE(sb->dead));
		let_go(sb);
	}
	found = sb;
	err = found ? join(sb, flags, options) : create_locked(type, source, flags, options, &sb);
	mutex_unlock(&supers.lock);
	if (err && found)
		super_put(sb);
	*out = err ? NULL : sb;
	return err;
}

void super_put(struct super_block *sb)
{
	if (!refcount_dec_and_test(&sb->refs))
		return;
	down_write(&sb->umount);	/* whoever is writing it back is done */
	notify_unmount(sb);
	ignore_result(super_sync(sb, true));	/* nobody is left to tell */
	dput(sb->root);
	d_end_sb(sb);
	inode_evict_sb_wait(sb);
	if (sb->ops->put_super)
		sb->ops->put_super(sb);
	rcu_barrier();			/* inodes are freed by the file system's own code */
	WRITE_ONCE(sb->dead, true);
	up_write(&sb->umount);
	wake_up_all(&supers.ended);
	let_go(sb);
}

/* Would making it read-only break a promise: a file open for writing, or one to be freed at its last close? */
static bool has_writers(struct super_block *sb)
{
	struct inode *inode;
	bool found = false;

	spin_lock(&sb->list_lock);
	list_for_each_entry(inode, &sb->inodes, sb_link) {
		if (!inode->nlink ||
		    (S_ISREG(inode->mode) && __atomic_load_n(&inode->writers, __ATOMIC_ACQUIRE) > 0))
			found = true;
	}
	spin_unlock(&sb->list_lock);
	return found;
}

static int reconfigure_locked(struct super_block *sb, uint32_t flags, const char *options)
{
	int err = 0;

	assert_held(&sb->umount);
	if ((flags & SB_RDONLY) && !(sb->flags & SB_RDONLY)) {
		if (has_writers(sb))
			return -EBUSY;
		/* A writer counts itself and then looks at this; here it is the other way round. */
		__atomic_store_n(&sb->to_readonly, true, __ATOMIC_SEQ_CST);
		err = has_writers(sb) ? -EBUSY : super_sync(sb, true);
	}
	if (!err && sb->ops->remount)
		err = sb->ops->remount(sb, flags & SB_RDONLY, options);
	if (!err)
		sb->flags = (sb->flags & ~(uint32_t)SB_SETTABLE) | (flags & SB_SETTABLE);
	WRITE_ONCE(sb->to_readonly, false);
	return err;
}

int super_reconfigure(struct super_block *sb, uint32_t flags, const char *options)
{
	int err;

	down_write(&sb->umount);
	err = reconfigure_locked(sb, flags, options);
	up_write(&sb->umount);
	return err;
}

int super_sync(struct super_block *sb, bool wait)
{
	int err = 0, ret;

	if (sb->flags & SB_RDONLY)
		return 0;
	if (sb->bdev)
		err = inodes_write(sb, UINT64_MAX, wait);
	ret = sb->ops->sync_fs ? sb->ops->sync_fs(sb, wait) : 0;
	return err ? err : ret;
}

/* The one behind `at` (NULL: the first), which is let go; held, so that it stays listed. NULL: the end. */
static struct super_block *next_super(struct super_block *at)
{
	struct list_head *link;
	struct super_block *next = NULL;

	supers_init();
	mutex_lock(&supers.lock);
	link = at ? at->link.next : supers.supers.next;
	if (link != &supers.supers) {
		next = list_entry(link, struct super_block, link);
		next->holders++;
	}
	if (at)
		let_go_locked(at);
	mutex_unlock(&supers.lock);
	return next;
}

void super_for_each(void (*fn)(struct super_block *sb, void *arg), void *arg)
{
	for (struct super_block *sb = next_super(NULL); sb; sb = next_super(sb)) {
		if (!down_read_trylock(&sb->umount))
			continue;
		if (!sb->dead)
			fn(sb, arg);
		up_read(&sb->umount);
	}
}

void super_try_each(void (*fn)(struct super_block *sb, void *arg), void *arg)
{
	struct super_block *sb;

	if (!mutex_trylock(&supers.lock))
		return;
	list_for_each_entry(sb, &supers.supers, link) {
		if (!down_read_trylock(&sb->umount))
			continue;
		if (!sb->dead)
			fn(sb, arg);
		up_read(&sb->umount);
	}
	mutex_unlock(&supers.lock);
}

int super_syncfs(struct super_block *sb)
{
	int err;

	down_read(&sb->umount);
	err = sb->dead ? 0 : super_sync(sb, /*wait=*/true);
	up_read(&sb->umount);
	return err;
}

/* What programs wrote to a device by its name. */
static void sync_device(struct bdev *bdev, void *arg)
{
	ignore_result(arg);
	if (pagecache_unwritten(&bdev->mapping))
		ignore_result(bdev_sync(bdev));		/* fsync tells */
}

void super_sync_all(void)
{
	for (struct super_block *sb = next_super(NULL); sb; sb = next_super(sb))
		ignore_result(super_syncfs(sb));		/* sync(2) reports nothing */
	bdev_for_each(sync_device, NULL);
}
