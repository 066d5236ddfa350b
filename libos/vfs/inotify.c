/* SPDX-License-Identifier: MIT */
/*
 * inotify: watches on objects, and the queues of events their owners read.
 *
 * Model. An instance (a descriptor) has watches; a watch belongs to one instance and one inode, on which it holds a
 * reference. An event is queued unless it equals the last one in the queue; a full queue takes one IN_Q_OVERFLOW.
 *
 * Invariants
 *  (1) A watch is on its inode's list from its making until somebody takes it off, under inode->spin: detach_watch(),
 *	or detach_to_locked() for several. on_inode is empty from then on. Who took it off, and nobody else, ends it:
 *	IN_IGNORED, off the instance's list.
 *  (2) A watch holds a reference on its instance and on its inode as long as it is there: delivery may look at the one,
 *	and who found it by the other may lock the inode, though somebody ends it meanwhile.
 *
 * Locking, outermost first: inode->spin (the inode's list) -> instance->lock (queue, list of watches). Events are
 * made under locks of the VFS, dentry->lock included: no allocation here sleeps while one is delivered.
 *
 * Source: inotify(7).
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "abi/termios.h"
#include "block/bdev.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "sched/sched.h"
#include "sync/waitq.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/limits.h"
#include "vfs/notify.h"
#include "vfs/sigio.h"
#include "vfs/super.h"
#include "vfs/user.h"

#define NAME_ALIGN	sizeof(struct inotify_event)
#define LINE_MAX	96UL	/* of a watch in fdinfo */

/* Field legend: [I] immutable, [l] lock, [a] atomic */
struct instance {
	struct refcount refs;		/* [a] the file, and each watch */
	struct spinlock lock;
	struct waitq readers;
	struct fasync async;		/* O_ASYNC */
	struct list_head events;	/* [l] */
	unsigned nr_events;		/* [l] */
	size_t bytes;			/* [l] what a read of all would take */
	struct list_head watches;	/* [l] */
	int last_wd;			/* [l] */
	unsigned max_events;		/* [I] */
	struct user_count *user;	/* [I] whose instances and watches these are */
	bool dead;			/* [l] the file is gone */
};

/* Field legend: [I] immutable, [l] instance->lock, [s] inode->spin, [a] atomic, [o] who took it off the inode's list */
struct watch {
	struct refcount refs;		/* [a] the inode's list, and who looked it up */
	struct instance *instance;	/* [I] a reference */
	struct inode *inode;		/* [I] a reference */
	int wd;				/* [I] */
	uint32_t mask;			/* [s] */
	struct list_head on_inode;	/* [s] empty: taken off */
	struct list_head ending;	/* [o] */
	struct list_head on_instance;	/* [l] */
};

/* Field legend: [I] immutable, [l] instance->lock */
struct event {
	struct list_head link;		/* [l] of the instance */
	struct inotify_event head;	/* [I] with the name, padded to head.len */
};

unsigned notify_active;

static void instance_put(struct instance *in)
{
	struct event *e, *next;

	if (!refcount_dec_and_test(&in->refs))
		return;
	list_for_each_entry_safe(e, next, &in->events, link)
		kfree(e);
	__atomic_fetch_sub(&in->user->inotify_instances, 1, __ATOMIC_RELAXED);
	kfree(in);
}

/* May sleep. */
static void watch_put(struct watch *w)
{
	if (!refcount_dec_and_test(&w->refs))
		return;
	inode_put(w->inode);
	instance_put(w->instance);
	kfree(w);
}

/* --- Queueing ------------------------------------------------------------------------------------- */

static bool same_event(const struct event *e, const struct inotify_event *head, const char *name)
{
	return e->head.wd == head->wd && e->head.mask == head->mask && e->head.cookie == head->cookie &&
	       e->head.len == head->len && (!head->len || !strncmp(e->head.name, name, head->len));
}

/* The last place of a queue takes the overflow. */
static void queue_locked(struct instance *in, const struct inotify_event *head, const struct qstr *name)
{
	static const struct inotify_event overflow = { .wd = -1, .mask = IN_Q_OVERFLOW };
	struct event *last = NULL, *e = NULL;

	assert_held(&in->lock);
	if (in->dead)
		return;
	if (in->nr_events)
		last = list_last_entry(&in->events, struct event, link);
	if (last && (last->head.mask & IN_Q_OVERFLOW))
		return;
	if (in->nr_events < in->max_events)
		e = kmalloc(sizeof(*e) + head->len, GFP_ATOMIC);
	if (e) {
		e->head = *head;
		memset(e->head.name, 0, head->len);
		if (name)
			memcpy(e->head.name, name->name, name->len);
		if (last && same_event(last, head, e->head.name)) {
			kfree(e);
			return;
		}
	} else {
		e = kmalloc(sizeof(*e), GFP_ATOMIC);
		if (!e)
			return;		/* no memory even for that: the reader sees what is queued */
		e->head = overflow;
	}
	list_add_tail(&e->link, &in->events);
	in->nr_events++;
	in->bytes += sizeof(e->head) + e->head.len;
	wake_up_all(&in->readers);
	fasync_notify(&in->async, SIGIO_IN);
}

static void queue(struct watch *w, uint32_t mask, const struct qstr *name, uint32_t cookie)
{
	struct inotify_event head = { .wd = w->wd, .mask = mask, .cookie = cookie };

	if (name)
		head.len = (uint32_t)((name->len + NAME_ALIGN) / NAME_ALIGN * NAME_ALIGN);
	spin_lock(&w->instance->lock);
	queue_locked(w->instance, &head, name);
	spin_unlock(&w->instance->lock);
}

/* --- Ends of watches ------------------------------------------------------------------------------ */

/* Whoever took it off the inode's list comes here, once. Sleeps. */
static void end_watch(struct watch *w)
{
	queue(w, IN_IGNORED, NULL, 0);
	spin_lock(&w->instance->lock);
	list_del_init(&w->on_instance);
	spin_unlock(&w->instance->lock);
	__atomic_fetch_sub(&notify_active, 1, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&w->instance->user->inotify_watches, 1, __ATOMIC_RELAXED);
	watch_put(w);
}

static bool detach_watch(struct watch *w)
{
	bool mine;

	spin_lock(&w->inode->spin);
	mine = !list_empty(&w->on_inode);
	list_del_init(&w->on_inode);
	spin_unlock(&w->inode->spin);
	return mine;
}

/* Off the inode's list, for end_all(). */
static void detach_to_locked(struct watch *w, struct list_head *ended)
{
	assert_held(&w->inode->spin);
	list_del_init(&w->on_inode);
	list_add_tail(&w->ending, ended);
}

/* --- Delivery ------------------------------------------------------------------------------------- */

/* To all watches of inode. One-shot ones come off, onto `ended`. */
static void deliver(struct inode *inode, uint32_t mask, const struct dentry *named, uint32_t cookie,
		    struct list_head *ended)
{
	uint32_t always = mask & (IN_ISDIR | IN_UNMOUNT);
	struct watch *w, *next;

	spin_lock(&inode->spin);
	list_for_each_entry_safe(w, next, &inode->watches, on_inode) {
		if (!(w->mask & mask & (IN_ALL_EVENTS | IN_UNMOUNT)) && !(mask & IN_UNMOUNT))
			continue;
		if (named && (w->mask & IN_EXCL_UNLINK) && (named->flags & D_UNHASHED) &&
		    !(mask & (IN_DELETE | IN_MOVE)))
			continue;
		queue(w, (w->mask & mask & IN_ALL_EVENTS) | always, named ? &named->name : NULL, cookie);
		if (w->mask & IN_ONESHOT)
			detach_to_locked(w, ended);
	}
	spin_unlock(&inode->spin);
}

static void end_all(struct list_head *ended)
{
	struct watch *w, *next;

	list_for_each_entry_safe(w, next, ended, ending)
		end_watch(w);
}

static uint32_t dir_bit(const struct inode *inode)
{
	return inode && S_ISDIR(inode->mode) ? IN_ISDIR : 0;
}

void notify_inode_slow(struct inode *inode, uint32_t mask)
{
	LIST_HEAD(ended);

	if (READ_ONCE(inode->dnotify))
		dnotify_events(inode, mask);
	if (list_empty(&inode->watches))
		return;
	/* A folder's own end and move do not say that it is one. */
	deliver(inode, mask & IN_MOVE_SELF ? mask : mask | dir_bit(inode), NULL, 0, &ended);
	end_all(&ended);
}

void notify_name_slow(struct dentry *dentry, uint32_t mask, uint32_t cookie)
{
	struct inode *dir;
	LIST_HEAD(ended);

	rcu_read_lock();
	spin_lock(&dentry->lock);	/* name and parent stay; who moves says what has gone from there */
	dir = dentry->parent == dentry ? NULL : dentry->parent->inode;
	if (dir && READ_ONCE(dir->dnotify))
		dnotify_events(dir, mask);
	if (dir && !list_empty(&dir->watches))
		deliver(dir, mask & IN_MOVED_FROM ? mask : mask | dir_bit(dentry->inode), dentry, cookie, &ended);
	spin_unlock(&dentry->lock);
	rcu_read_unlock();
	end_all(&ended);
}

void notify_dentry_slow(struct dentry *dentry, uint32_t mask)
{
	notify_name_slow(dentry, mask, 0);
	if (dentry->inode)
		notify_inode_slow(dentry->inode, mask);
}

void notify_gone_slow(struct inode *inode, uint32_t mask)
{
	struct watch *w, *next;
	LIST_HEAD(ended);

	if (list_empty(&inode->watches))
		return;
	deliver(inode, mask, NULL, 0, &ended);
	spin_lock(&inode->spin);
	list_for_each_entry_safe(w, next, &inode->watches, on_inode)
		detach_to_locked(w, &ended);
	spin_unlock(&inode->spin);
	end_all(&ended);
}

/* One watched inode of sb, with a reference; NULL: none. */
static struct inode *watched_inode(struct super_block *sb)
{
	struct inode *inode;

	spin_lock(&sb->list_lock);
	list_for_each_entry(inode, &sb->inodes, sb_link) {
		if (!list_empty(&inode->watches) && refcount_inc_not_zero(&inode->refs)) {
			spin_unlock(&sb->list_lock);
			return inode;
		}
	}
	spin_unlock(&sb->list_lock);
	return NULL;
}

void notify_unmount_slow(struct super_block *sb)
{
	struct inode *inode;

	while ((inode = watched_inode(sb)) != NULL) {
		notify_gone_slow(inode, IN_UNMOUNT | dir_bit(inode));
		inode_put(inode);
	}
}

uint32_t notify_cookie(void)
{
	static struct { uint32_t last; } cookie;
	uint32_t value = __atomic_add_fetch(&cookie.last, 1, __ATOMIC_RELAXED);

	return value ? value : notify_cookie();
}

/* --- The descriptor ------------------------------------------------------------------------------- */

/* The first event, taken out, if it fits into size bytes. -EAGAIN: there is none, -EINVAL: it is too large. */
static int take_event(struct instance *in, size_t size, struct event **out)
{
	struct event *e;
	int err = 0;

	spin_lock(&in->lock);
	e = list_first_entry_or_null(&in->events, struct event, link);
	if (!e) {
		err = -EAGAIN;
	} else if (sizeof(e->head) + e->head.len > size) {
		err = -EINVAL;
	} else {
		list_del(&e->link);
		in->nr_events--;
		in->bytes -= sizeof(e->head) + e->head.len;
	}
	spin_unlock(&in->lock);
	*out = e;
	return err;
}

static ssize_t inotify_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct instance *in = iocb->file->private;
	struct event *e;
	ssize_t done = 0;
	int err;

	for (;;) {
		err = take_event(in, iov_count(to), &e);
		if (!err) {
			size_t n = sizeof(e->head) + e->head.len;

			if (copy_to_iter(&e->head, n, to) != n)
				err = -EFAULT;
			kfree(e);
			if (err)
				return done ? done : err;
			done += (ssize_t)n;
			continue;
		}
		if (done || err != -EAGAIN || (iocb->flags & IOCB_NOWAIT))
			return done ? done : err;
		err = wait_event_interruptible(&in->readers, READ_ONCE(in->nr_events));
		if (err)
			return err;
	}
}

static unsigned inotify_poll(struct file *file, struct poll_table *pt)
{
	struct instance *in = file->private;

	poll_wait(file, &in->readers, pt);
	return READ_ONCE(in->nr_events) ? EPOLLIN | EPOLLRDNORM : 0;
}

static long inotify_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct instance *in = file->private;

	return cmd == FIONREAD ? put_user((int)READ_ONCE(in->bytes), (int __user *)arg) : -ENOTTY;
}

/* Some watch of the instance with a reference; NULL: none. wd 0: any. */
static struct watch *find_watch(struct instance *in, int wd)
{
	struct watch *w, *found = NULL;

	spin_lock(&in->lock);
	list_for_each_entry(w, &in->watches, on_instance) {
		if (!wd || w->wd == wd) {
			refcount_inc(&w->refs);
			found = w;
			break;
		}
	}
	spin_unlock(&in->lock);
	return found;
}

static void inotify_release(struct inode *inode, struct file *file)
{
	struct instance *in = file->private;
	struct watch *w;

	(void)inode;
	spin_lock(&in->lock);
	in->dead = true;
	spin_unlock(&in->lock);
	while ((w = find_watch(in, 0)) != NULL) {
		if (detach_watch(w))
			end_watch(w);
		else
			thread_yield();	/* another is ending it */
		watch_put(w);
	}
	instance_put(in);
}

/* The device as Linux has it in its kernel: twenty bits of minor number. */
static void show_watch(struct strbuf *out, const struct watch *w)
{
	uint64_t dev = w->inode->sb->dev;

	strbuf_printf(out, "inotify wd:%x ino:%lx sdev:%x mask:%x ignored_mask:0\n", w->wd,
		      (unsigned long)w->inode->ino, kdev_major(dev) << 20 | kdev_minor(dev), w->mask);
}

/* Under the lock nothing may be allocated: there has to be room for all lines before. */
static void inotify_show(struct file *file, struct strbuf *out)
{
	struct instance *in = file->private;
	size_t room = 0, need = LINE_MAX;
	struct watch *w;

	while (need > room) {
		room = need;
		if (!strbuf_reserve(out, room))
			return;
		need = 0;
		spin_lock(&in->lock);
		list_for_each_entry(w, &in->watches, on_instance)
			need += LINE_MAX;
		if (need <= room) {
			list_for_each_entry(w, &in->watches, on_instance)
				show_watch(out, w);
		}
		spin_unlock(&in->lock);
	}
}

static int inotify_fasync(int fd, struct file *file, bool on)
{
	struct instance *in = file->private;

	return fasync_set(&in->async, fd, file, on);
}

static const struct file_ops inotify_ops = {
	.release = inotify_release,
	.read_iter = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.fasync = inotify_fasync,
	.show_fdinfo = inotify_show,
};

int inotify_create(unsigned flags, const struct cred *cred, struct file **out)
{
	struct user_count *user = user_count_find(cred->euid);
	struct instance *in;
	int err;

	if (flags & ~(unsigned)(IN_CLOEXEC | IN_NONBLOCK))
		return -EINVAL;
	if (!user_charge(&user->inotify_instances, (long)READ_ONCE(vfs_limits.inotify_instances)))
		return -EMFILE;
	in = kzalloc(sizeof(*in), GFP_KERNEL);
	if (!in) {
		__atomic_fetch_sub(&user->inotify_instances, 1, __ATOMIC_RELAXED);
		return -ENOMEM;
	}
	in->user = user;
	in->max_events = READ_ONCE(vfs_limits.inotify_events);
	refcount_set(&in->refs, 1);
	spin_lock_init(&in->lock, "inotify");
	waitq_init(&in->readers, "inotify");
	fasync_init(&in->async);
	INIT_LIST_HEAD(&in->events);
	INIT_LIST_HEAD(&in->watches);
	err = file_anon("inotify", &inotify_ops, in, O_RDONLY | (flags & IN_NONBLOCK), out);
	if (err)
		instance_put(in);
	return err;
}

/* --- Watches -------------------------------------------------------------------------------------- */

#define WATCH_BITS	(IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK)

/* Change the watch the instance has on inode. Its number, -ENOENT: it has none, -EEXIST. */
static int change_watch(struct instance *in, struct inode *inode, uint32_t mask)
{
	int wd = -ENOENT;
	struct watch *w;

	spin_lock(&inode->spin);
	list_for_each_entry(w, &inode->watches, on_inode) {
		if (w->instance != in)
			continue;
		wd = w->wd;
		if (mask & IN_MASK_CREATE)
			wd = -EEXIST;
		else
			w->mask = (mask & IN_MASK_ADD ? w->mask : 0) | (mask & WATCH_BITS);
	}
	spin_unlock(&inode->spin);
	return wd;
}

static int add_watch(struct instance *in, struct inode *inode, uint32_t mask)
{
	struct watch *w;
	int wd;

	if (!user_charge(&in->user->inotify_watches, (long)READ_ONCE(vfs_limits.inotify_watches)))
		return -ENOSPC;
	w = kzalloc(sizeof(*w), GFP_KERNEL);
	if (!w) {
		__atomic_fetch_sub(&in->user->inotify_watches, 1, __ATOMIC_RELAXED);
		return -ENOMEM;
	}
	refcount_set(&w->refs, 1);
	w->inode = inode_get(inode);
	w->instance = in;
	w->mask = mask & WATCH_BITS;
	refcount_inc(&in->refs);
	__atomic_fetch_add(&notify_active, 1, __ATOMIC_RELAXED);
	spin_lock(&inode->spin);
	spin_lock(&in->lock);
	wd = w->wd = ++in->last_wd;
	list_add_tail(&w->on_instance, &in->watches);
	spin_unlock(&in->lock);
	list_add_tail(&w->on_inode, &inode->watches);
	spin_unlock(&inode->spin);
	return wd;
}

static struct instance *instance_of(struct file *file)
{
	return file->ops == &inotify_ops ? file->private : NULL;
}

int inotify_add(struct file *file, const struct path *path, uint32_t mask)
{
	struct instance *in = instance_of(file);
	struct inode *inode = path->dentry->inode;
	int wd;

	if (!in)
		return -EINVAL;
	mutex_lock(&file->pos_lock);	/* two threads must not both add one */
	wd = change_watch(in, inode, mask);
	if (wd == -ENOENT)
		wd = add_watch(in, inode, mask);
	mutex_unlock(&file->pos_lock);
	return wd;
}

int inotify_remove(struct file *file, int wd)
{
	struct instance *in = instance_of(file);
	struct watch *w = in && wd > 0 ? find_watch(in, wd) : NULL;
	int err = 0;

	if (!w)
		return -EINVAL;
	if (detach_watch(w))
		end_watch(w);
	else
		err = -EINVAL;
	watch_put(w);
	return err;
}
