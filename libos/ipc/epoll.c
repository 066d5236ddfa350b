/* SPDX-License-Identifier: MIT */
/*
 * epoll: interest set and ready list.
 *
 * An item joins one (file, descriptor) to a set. When the item is added, its file's poll operation queues the item's
 * entries on wait queues; a wake-up there puts the item on the ready list and wakes a waiter. Collecting
 * takes items off the list, asks their files again what is true now, and puts level-triggered ones back.
 *
 *	waker                                   collector (ep->mutex)
 *	                                        take item off ready (ep->lock)
 *	state changes, wake-up                  ask the file
 *	item not on ready: put it there
 * whichever comes first, the item is on the list again if something happened after it was asked.
 *
 * Sets may watch sets, in chains of EPOLL_DEPTH_MAX at most: a wake-up goes up a chain by recursion.
 *
 * Locking. epoll_tree (mutex, class "epoll_tree") covers the end of sets and of watched files, and which sets watch
 * which sets; ep->mutex (class "epoll") the items; ep->lock (spin, irq-safe) the ready list. Wait-queue locks
 * come before ep->lock.
 */
#include "ipc/epoll.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/init.h"
#include "lib/rbtree.h"
#include "lib/strbuf.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "sync/mutex.h"
#include "sync/waitq.h"
#include "vfs/file.h"

#define EPOLL_DEPTH_MAX	5		/* sets in a chain */
#define EPOLL_PRIVATE	(EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)

/* Field legend: [I] immutable, [m] mutex, [l] lock, [t] epoll_tree, [w] poll_wait.lock */
struct eventpoll {
	struct mutex mutex;
	struct spinlock lock;
	struct file *file;		/* [I] its own, no reference */
	struct rb_root items;		/* [m] by (file, fd) */
	struct list_head ready;		/* [l] */
	struct waitq wait;		/* epoll_wait callers */
	struct waitq poll_wait;		/* who watches the set itself */
	unsigned waking;		/* [w] sets below whose poll_wait a waker holds */
	uint64_t visited;		/* [t] the walk that set depth */
	unsigned depth;			/* [t] sets in the longest chain from here on, this one included */
};

/* Field legend: [I] immutable, [m] ep->mutex, [l] ep->lock, [f] file->lock */
struct epitem {
	struct rb_node node;		/* [m] */
	struct eventpoll *ep;		/* [I] */
	struct file *file;		/* [I] no reference: epoll_file_gone() ends the item first */
	int fd;				/* [I] */
	struct epoll_event event;	/* [m], events also read by wakers */
	struct list_head ready_link;	/* [l] */
	bool ready;			/* [l] on ep->ready */
	struct list_head file_link;	/* [f] file->epoll */
	struct epwait *waits;		/* [m] */
};

/* One place of an item in a wait queue. */
struct epwait {
	struct wait_entry wait;
	struct waitq *wq;
	struct epitem *item;
	struct epwait *next;
};

struct eppoll {
	struct poll_table table;
	struct epitem *item;
	int err;
};

static DEFINE_MUTEX(epoll_tree);
static const struct file_ops epoll_file_ops;

static int compare(const struct epitem *a, const struct file *file, int fd)
{
	if (a->file != file)
		return a->file < file ? -1 : 1;
	return a->fd < fd ? -1 : a->fd > fd;
}

static struct epitem *find_item(struct eventpoll *ep, const struct file *file, int fd)
{
	struct rb_node *n = ep->items.rb_node;

	while (n) {
		struct epitem *item = rb_entry(n, struct epitem, node);
		int c = compare(item, file, fd);

		if (!c)
			return item;
		n = c < 0 ? n->rb_right : n->rb_left;
	}
	return NULL;
}

static void insert_item(struct eventpoll *ep, struct epitem *item)
{
	struct rb_node **link = &ep->items.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = compare(rb_entry(parent, struct epitem, node), item->file, item->fd) < 0 ?
			       &parent->rb_right : &parent->rb_left;
	}
	rb_link_node(&item->node, parent, link);
	rb_insert_color(&item->node, &ep->items);
}

/* Wake who watches the set. `below`: sets of the chain whose watchers are being woken by the caller. */
static void wake_watchers(struct eventpoll *ep, unsigned below)
{
	unsigned long flags;

	if (!waitq_active(&ep->poll_wait))
		return;
	flags = spin_lock_irqsave_nested(&ep->poll_wait.lock, below);
	ep->waking = below;
	waitq_wake_locked(&ep->poll_wait, THREAD_NORMAL, 0, EPOLLIN | EPOLLRDNORM);
	spin_unlock_irqrestore(&ep->poll_wait.lock, flags);
}

/* Put an item on the ready list and tell the waiters. Any context. below: as wake_watchers(). */
static void make_ready(struct epitem *item, unsigned below)
{
	struct eventpoll *ep = item->ep;
	unsigned long flags = spin_lock_irqsave(&ep->lock);

	if (!item->ready) {
		item->ready = true;
		list_add_tail(&item->ready_link, &ep->ready);
	}
	spin_unlock_irqrestore(&ep->lock, flags);
	wake_up(&ep->wait);
	wake_watchers(ep, below);
}

static bool item_woken(struct wait_entry *we, unsigned states, unsigned long key)
{
	struct epitem *item = container_of(we, struct epwait, wait)->item;
	uint32_t events = READ_ONCE(item->event.events);
	struct eventpoll *inner;

	(void)states;
	if (!(events & ~(uint32_t)EPOLL_PRIVATE))
		return false;		/* one-shot, spent */
	if (key && !(key & events))
		return false;
	inner = file_is_epoll(item->file) ? item->file->private : NULL;
	make_ready(item, inner ? inner->waking + 1 : 0);
	return true;
}

static void item_queue(struct poll_table *pt, struct file *file, struct waitq *wq)
{
	struct eppoll *p = container_of(pt, struct eppoll, table);
	struct epwait *w = kmalloc(sizeof(*w), GFP_KERNEL);

	(void)file;
	if (!w) {
		p->err = -ENOMEM;
		return;
	}
	w->item = p->item;
	w->wq = wq;
	w->next = p->item->waits;
	p->item->waits = w;
	wait_entry_init_fn(&w->wait, item_woken, w);
	w->wait.exclusive = p->item->event.events & EPOLLEXCLUSIVE;
	waitq_add(wq, &w->wait);
}

static unsigned ask(struct epitem *item, struct poll_table *pt)
{
	uint32_t wanted = item->event.events & ~(uint32_t)EPOLL_PRIVATE;

	if (!wanted)
		return 0;
	return item->file->ops->poll(item->file, pt) & wanted;
}

static void drop_waits(struct epitem *item)
{
	struct epwait *w;

	while ((w = item->waits) != NULL) {
		item->waits = w->next;
		waitq_remove(w->wq, &w->wait);
		kfree(w);
	}
}

/* The item goes. ep->mutex held. */
static void remove_item(struct epitem *item)
{
	struct eventpoll *ep = item->ep;
	unsigned long flags;

	drop_waits(item);
	spin_lock(&item->file->lock);
	list_del(&item->file_link);
	spin_unlock(&item->file->lock);
	rb_erase(&item->node, &ep->items);
	flags = spin_lock_irqsave(&ep->lock);
	if (item->ready)
		list_del(&item->ready_link);
	spin_unlock_irqrestore(&ep->lock, flags);
	kfree(item);
}

static int add_item(struct eventpoll *ep, struct file *target, int fd, const struct epoll_event *event)
{
	struct epitem *item = kzalloc(sizeof(*item), GFP_KERNEL);
	struct eppoll p = { .table = { .queue = item_queue }, .item = item };

	if (!item)
		return -ENOMEM;
	item->ep = ep;
	item->file = target;
	item->fd = fd;
	item->event = *event;
	insert_item(ep, item);
	spin_lock(&target->lock);
	list_add_tail(&item->file_link, &target->epoll);
	spin_unlock(&target->lock);
	p.table.events = event->events;
	if (ask(item, &p.table) && !p.err)
		make_ready(item, 0);
	if (p.err)
		remove_item(item);
	return p.err;
}

static void modify_item(struct epitem *item, const struct epoll_event *event)
{
	WRITE_ONCE(item->event.events, event->events);
	item->event.data = event->data;
	smp_mb();	/* new mask before the question: a wake-up in between sees it; partner: the waker's lock */
	if (ask(item, NULL))
		make_ready(item, 0);
}

/* Sets in the longest chain of watchers that ends at ep, ep included. */
static unsigned depth_above(struct eventpoll *ep, uint64_t walk)
{
	struct epitem *item;
	unsigned most = 0;

	assert_held(&epoll_tree);
	if (ep->visited == walk)
		return ep->depth;
	list_for_each_entry(item, &ep->file->epoll, file_link)
		most = max(most, depth_above(item->ep, walk));
	ep->visited = walk;
	ep->depth = most + 1;
	return ep->depth;
}

/* Sets in the longest chain that starts at `set`, watched by `level` others; too many if `ep` is among them. */
static unsigned depth_below(struct eventpoll *set, const struct eventpoll *ep, unsigned level, uint64_t walk)
{
	unsigned most = 0;
	struct rb_node *n;

	assert_held(&epoll_tree);
	if (set == ep || level >= EPOLL_DEPTH_MAX)
		return EPOLL_DEPTH_MAX + 1;
	if (set->visited == walk)
		return set->depth;
	mutex_lock_nested(&set->mutex, level);
	for (n = rb_first(&set->items); n && most <= EPOLL_DEPTH_MAX; n = rb_next(n)) {
		struct epitem *item = rb_entry(n, struct epitem, node);

		if (file_is_epoll(item->file))
			most = max(most, depth_below(item->file->private, ep, level + 1, walk));
	}
	mutex_unlock(&set->mutex);
	set->visited = walk;
	set->depth = most + 1;
	return set->depth;
}

/* Would watching `target` make a set watch itself, or a chain too long? */
static bool makes_loop(struct eventpoll *ep, struct eventpoll *target)
{
	static uint64_t walks;		/* under epoll_tree */
	unsigned above;

	assert_held(&epoll_tree);
	above = depth_above(ep, ++walks);
	return above + depth_below(target, ep, 1, ++walks) > EPOLL_DEPTH_MAX;
}

static int check_event(int op, const struct file *target, const struct epoll_event *event)
{
	if (op == EPOLL_CTL_DEL || !(event->events & EPOLLEXCLUSIVE))
		return 0;
	if (op == EPOLL_CTL_MOD || file_is_epoll(target))
		return -EINVAL;
	if (event->events & ~(uint32_t)(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP |
				      EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE))
		return -EINVAL;
	return 0;
}

static int control_locked(struct eventpoll *ep, int op, int fd, struct file *target, const struct epoll_event *event)
{
	struct epitem *item = find_item(ep, target, fd);

	assert_held(&ep->mutex);
	switch (op) {
	case EPOLL_CTL_ADD:
		return item ? -EEXIST : add_item(ep, target, fd, event);
	case EPOLL_CTL_DEL:
		if (!item)
			return -ENOENT;
		remove_item(item);
		return 0;
	case EPOLL_CTL_MOD:
		if (!item)
			return -ENOENT;
		if (item->event.events & EPOLLEXCLUSIVE)
			return -EINVAL;
		modify_item(item, event);
		return 0;
	default:
		return -EINVAL;
	}
}

int epoll_control(struct file *epfile, int op, int fd, struct file *target, const struct epoll_event *uevent)
{
	struct eventpoll *ep = epfile->private;
	struct epoll_event event = { 0 };
	bool nests = file_is_epoll(target);
	int err;

	if (!target->ops->poll)
		return -EPERM;
	if (epfile == target || !file_is_epoll(epfile))
		return -EINVAL;
	if (uevent)
		event = *uevent;
	err = check_event(op, target, &event);
	if (err)
		return err;
	event.events |= EPOLLERR | EPOLLHUP;
	if (nests) {
		mutex_lock(&epoll_tree);
		err = op == EPOLL_CTL_ADD && makes_loop(ep, target->private) ? -ELOOP : 0;
	}
	if (!err) {
		mutex_lock(&ep->mutex);
		err = control_locked(ep, op, fd, target, &event);
		mutex_unlock(&ep->mutex);
	}
	if (nests)
		mutex_unlock(&epoll_tree);
	return err;
}

/* The first ready item, off the list; NULL: none. */
static struct epitem *pop_ready(struct eventpoll *ep, const struct epitem *stop)
{
	unsigned long flags = spin_lock_irqsave(&ep->lock);
	struct epitem *item = list_empty(&ep->ready) ? NULL : list_first_entry(&ep->ready, struct epitem, ready_link);

	if (item == stop)
		item = NULL;
	if (item) {
		list_del(&item->ready_link);
		item->ready = false;
	}
	spin_unlock_irqrestore(&ep->lock, flags);
	return item;
}

/* Level-triggered: it may still be true at the next call. Goes behind; returns the first one put back. */
static void put_back(struct eventpoll *ep, struct epitem *item, struct epitem **first)
{
	unsigned long flags = spin_lock_irqsave(&ep->lock);

	if (!item->ready) {
		item->ready = true;
		list_add_tail(&item->ready_link, &ep->ready);
	}
	spin_unlock_irqrestore(&ep->lock, flags);
	if (!*first)
		*first = item;
}

static int collect_ready(struct eventpoll *ep, int max,
			 int (*put)(void *arg, const struct epoll_event *event), void *arg)
{
	struct epitem *item, *first_back = NULL;
	int n = 0, err = 0;

	mutex_lock(&ep->mutex);
	while (n < max && !err && (item = pop_ready(ep, first_back)) != NULL) {
		unsigned events = ask(item, NULL);
		struct epoll_event out = { .events = events, .data = item->event.data };

		if (!events)
			continue;
		err = put(arg, &out);
		if (err) {
			put_back(ep, item, &first_back);
			break;
		}
		n++;
		if (item->event.events & EPOLLONESHOT)
			WRITE_ONCE(item->event.events, item->event.events & EPOLL_PRIVATE);
		else if (!(item->event.events & EPOLLET))
			put_back(ep, item, &first_back);
	}
	mutex_unlock(&ep->mutex);
	return n ? n : err;
}

static bool any_ready(struct eventpoll *ep)
{
	return !list_empty(&ep->ready);	/* a hint: collect_ready() looks under the lock */
}

int epoll_collect(struct file *epfile, int max, uint64_t deadline,
		  int (*put)(void *arg, const struct epoll_event *event), void *arg)
{
	struct eventpoll *ep = epfile->private;
	int n, err;

	for (;;) {
		n = any_ready(ep) ? collect_ready(ep, max, put, arg) : 0;
		if (n || !deadline)
			return n;
		err = wait_event_loop_(&ep->wait, any_ready(ep), THREAD_INTERRUPTIBLE, deadline, true, , );
		if (err == -ETIMEDOUT)
			deadline = 0;	/* one last look */
		else if (err)
			return -EINTR;
	}
}

static unsigned epoll_poll(struct file *file, struct poll_table *pt)
{
	struct eventpoll *ep = file->private;
	struct epitem *item, *first_back = NULL;
	unsigned events = 0;

	poll_wait(file, &ep->poll_wait, pt);
	if (!any_ready(ep))
		return 0;
	/* Ready items may have become quiet: ask until one is not. */
	mutex_lock_nested(&ep->mutex, 1);
	while (!events && (item = pop_ready(ep, first_back)) != NULL) {
		if (ask(item, NULL)) {
			events = EPOLLIN | EPOLLRDNORM;
			put_back(ep, item, &first_back);
		}
	}
	mutex_unlock(&ep->mutex);
	return events;
}

static void epoll_release(struct inode *inode, struct file *file)
{
	struct eventpoll *ep = file->private;
	struct rb_node *n;

	(void)inode;
	mutex_lock(&epoll_tree);
	mutex_lock(&ep->mutex);
	while ((n = rb_first(&ep->items)) != NULL)
		remove_item(rb_entry(n, struct epitem, node));
	mutex_unlock(&ep->mutex);
	mutex_unlock(&epoll_tree);
	kfree(ep);
}

static void epoll_fdinfo(struct file *file, struct strbuf *out)
{
	struct eventpoll *ep = file->private;
	struct rb_node *n;

	mutex_lock(&ep->mutex);
	for (n = rb_first(&ep->items); n; n = rb_next(n)) {
		struct epitem *item = rb_entry(n, struct epitem, node);

		strbuf_printf(out, "tfd: %8d events: %8x data: %16llx\n", item->fd, item->event.events,
			      (unsigned long long)item->event.data);
	}
	mutex_unlock(&ep->mutex);
}

static const struct file_ops epoll_file_ops = {
	.llseek = noop_llseek, .release = epoll_release, .poll = epoll_poll, .show_fdinfo = epoll_fdinfo,
};

bool file_is_epoll(const struct file *file)
{
	return file->ops == &epoll_file_ops;
}

/* vfs: the last reference to a watched file is gone. */
static void epoll_file_gone(struct file *file)
{
	struct epitem *item;

	mutex_lock(&epoll_tree);
	while (!list_empty(&file->epoll)) {
		struct eventpoll *ep;

		item = list_first_entry(&file->epoll, struct epitem, file_link);
		ep = item->ep;
		mutex_lock(&ep->mutex);
		remove_item(item);
		mutex_unlock(&ep->mutex);
	}
	mutex_unlock(&epoll_tree);
}

int epoll_create_file(struct file **out)
{
	struct eventpoll *ep = kzalloc(sizeof(*ep), GFP_KERNEL);
	int err;

	if (!ep)
		return -ENOMEM;
	mutex_init(&ep->mutex, "epoll");
	spin_lock_init(&ep->lock, "epoll_ready");
	ep->items = RB_ROOT;
	INIT_LIST_HEAD(&ep->ready);
	waitq_init(&ep->wait, "epoll_wait");
	waitq_init(&ep->poll_wait, "epoll_poll");
	err = file_anon("[eventpoll]", &epoll_file_ops, ep, O_RDWR, out);
	if (err)
		kfree(ep);
	else
		ep->file = *out;
	return err;
}

static int epoll_init(void)
{
	file_set_watch_hook(epoll_file_gone);
	return 0;
}
INIT_HOOK(INIT_VFS, epoll_init);
