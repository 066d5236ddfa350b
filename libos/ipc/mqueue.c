/* SPDX-License-Identifier: MIT */
/*
 * mqueue: POSIX message queues: sending, receiving, being told. Source: mq_overview(7), mq_notify(3).
 *
 * Model. Messages stand in a tree, highest priority first, the oldest of equals first. Who cannot go on sleeps with
 * its state on its stack, in the queue's list, ordered by scheduling priority: whoever makes room moves the first
 * sender's message in, whoever has a message gives it to the first receiver. So a sleeper never competes with a caller
 * that came later, and nobody is told of a message that a sleeping receiver got.
 *
 * Invariants, under the lock
 *  (1) A receiver waits only while there is no message, a sender only while the queue is full.
 *  (2) A waiter is on its list exactly while its status is WAITING; its owner takes the lock once more before it
 *	leaves, so it may be looked at under the lock.
 *  (3) owner.pid is set while somebody is to be told; telling clears it.
 *
 * Locking. q->lock (spin, not irq-safe). Inside it: the wait queues, the lock of the told process's signals. The timer
 * of a wait takes the waiter's wait queue only.
 */
#include "ipc/mqueue.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "ipc/mqueue_internal.h"
#include "lib/format.h"
#include "mm/slab.h"
#include "sched/thread.h"
#include "time/hrtimer.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define MSGS_HARD_MAX	65536L		/* what CAP_SYS_RESOURCE does not exceed */
#define MSGSIZE_HARD_MAX	(16L << 20)
#define MSG_COST	48		/* what a message counts against RLIMIT_MSGQUEUE besides its text, ... */
#define PRIO_COST	48		/* ... and a priority in use: getrlimit(2) */

enum mq_side { SIDE_SEND, SIDE_RECEIVE, SIDES };

/* Field legend: [I] immutable once sent, [l] the queue's lock */
struct mq_message {
	struct rb_node node;		/* [l] */
	unsigned priority;		/* [I] */
	size_t size;			/* [I] */
	char text[];			/* [I] */
};

/* Field legend: [I] immutable, [l] lock */
struct mqueue {
	struct spinlock lock;
	struct mq_ns *ns;		/* [I] a reference */
	long max_messages, max_size;	/* [I] */
	long count;			/* [l] messages */
	uint64_t bytes;			/* [l] of their text */
	struct rb_root_cached messages;	/* [l] by priority, highest first */
	struct list_head waiters[SIDES];	/* [l] struct mq_waiter */
	struct waitq poll;
	struct mq_owner owner;		/* [l] whom to tell */
	struct mq_notification notify;	/* [l] how */
	void *user;			/* [I] who is charged */
	uint64_t charged;		/* [I] bytes */
};

enum { WAITING = 1 };			/* a waiter's status: not yet done (0) */

/* Field legend: [I] immutable while queued, [l] the queue's lock, [a] atomic */
struct mq_waiter {
	struct list_head link;		/* [l] */
	int status;			/* [l] read without */
	int rank;			/* [I] */
	struct mq_message *msg;		/* [l] what is to be sent, or was received */
	struct waitq wq;
	struct hrtimer timer;
	bool expired;			/* [a] */
};

/* --- Messages --- */

struct mq_message *mq_message_alloc(size_t size)
{
	struct mq_message *msg = kvmalloc(sizeof(*msg) + size, GFP_KERNEL);

	if (msg)
		msg->size = size;
	return msg;
}

void *mq_message_text(struct mq_message *msg)
{
	return msg->text;
}

size_t mq_message_size(const struct mq_message *msg)
{
	return msg->size;
}

unsigned mq_message_priority(const struct mq_message *msg)
{
	return msg->priority;
}

void mq_message_free(struct mq_message *msg)
{
	kvfree(msg);
}

static void insert_message(struct mqueue *q, struct mq_message *msg)
{
	struct rb_node **link = &q->messages.rb_root.rb_node, *parent = NULL;
	bool first = true;

	assert_held(&q->lock);
	while (*link) {
		parent = *link;
		if (msg->priority > rb_entry(parent, struct mq_message, node)->priority) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			first = false;
		}
	}
	rb_link_node(&msg->node, parent, link);
	rb_insert_color_cached(&msg->node, &q->messages, first);
	q->count++;
	q->bytes += msg->size;
}

static struct mq_message *take_message(struct mqueue *q)
{
	struct mq_message *msg = rb_entry(rb_first_cached(&q->messages), struct mq_message, node);

	assert_held(&q->lock);
	rb_erase_cached(&msg->node, &q->messages);
	q->count--;
	q->bytes -= msg->size;
	return msg;
}

/* --- Queues --- */

/* What the attributes cost; 0: more than can be counted. */
static uint64_t cost_of(const struct mqueue *q)
{
	uint64_t count = (uint64_t)q->max_messages, text;

	if (__builtin_mul_overflow(count, (uint64_t)q->max_size, &text))
		return 0;
	return text + count * MSG_COST + min(count, (uint64_t)MQ_PRIO_LIMIT) * PRIO_COST;
}

static int set_limits(struct mqueue *q, const struct mq_ns *ns, const struct mq_attr *attr, bool privileged)
{
	uint32_t msg_max = READ_ONCE(ns->msg_max), size_max = READ_ONCE(ns->msgsize_max);

	q->max_messages = attr ? attr->mq_maxmsg : (long)min(msg_max, READ_ONCE(ns->msg_default));
	q->max_size = attr ? attr->mq_msgsize : (long)min(size_max, READ_ONCE(ns->msgsize_default));
	if (q->max_messages <= 0 || q->max_size <= 0)
		return -EINVAL;
	if (q->max_messages > (privileged ? MSGS_HARD_MAX : (long)msg_max) ||
	    q->max_size > (privileged ? MSGSIZE_HARD_MAX : (long)size_max))
		return -EINVAL;
	q->charged = cost_of(q);
	return q->charged ? 0 : -EOVERFLOW;
}

/* One more queue, with a reference on ns. -EACCES: its namespace is gone. */
static int count_queue(struct mq_ns *ns, bool privileged)
{
	int err = 0;

	spin_lock(&ns->lock);
	if (ns->dead)
		err = -EACCES;
	else if (ns->count >= ns->queues_max && !privileged)
		err = -ENOSPC;
	else
		ns->count++;
	spin_unlock(&ns->lock);
	if (!err)
		refcount_inc(&ns->refs);
	return err;
}

static void uncount_queue(struct mq_ns *ns)
{
	spin_lock(&ns->lock);
	ns->count--;
	spin_unlock(&ns->lock);
	mq_ns_put(ns);
}

int mqueue_create(struct mq_ns *ns, const struct mq_attr *attr, const struct cred *cred, struct mqueue **out)
{
	bool privileged = cred_capable(cred, CAP_SYS_RESOURCE);
	struct mqueue *q;
	int err = count_queue(ns, privileged);

	if (err)
		return err;
	q = kzalloc(sizeof(*q), GFP_KERNEL);
	err = q ? set_limits(q, ns, attr, privileged) : -ENOMEM;
	if (!err)
		err = mq_charge(q->charged, &q->user);
	if (err) {
		kfree(q);
		uncount_queue(ns);
		return err;
	}
	q->ns = ns;
	q->messages = RB_ROOT_CACHED;
	spin_lock_init(&q->lock, "mqueue");
	waitq_init(&q->poll, "mqueue_poll");
	INIT_LIST_HEAD(&q->waiters[SIDE_SEND]);
	INIT_LIST_HEAD(&q->waiters[SIDE_RECEIVE]);
	*out = q;
	return 0;
}

void mqueue_free(struct mqueue *q)
{
	struct rb_node *node;

	while ((node = q->messages.rb_root.rb_node) != NULL) {
		rb_erase(node, &q->messages.rb_root);
		mq_message_free(rb_entry(node, struct mq_message, node));
	}
	mq_owner_put(&q->owner);
	mq_uncharge(q->user, q->charged);
	uncount_queue(q->ns);
	kfree(q);
}

static struct mqueue *queue_of(const struct file *file)
{
	return file->ops == &mqueue_file_ops ? file->inode->private : NULL;
}

enum { STAMP_ACCESS = 1, STAMP_MODIFY = 2, STAMP_CHANGE = 4 };

static void stamp(struct inode *inode, unsigned what)
{
	struct timespec64 now = inode_now(inode);

	write_seqlock(&inode->meta);
	if (what & STAMP_ACCESS)
		inode->atime = now;
	if (what & STAMP_MODIFY)
		inode->mtime = now;
	if (what & STAMP_CHANGE)
		inode->ctime = now;
	write_sequnlock(&inode->meta);
}

/* --- Waiting --- */

/* Real-time threads before others, then by nice. Smaller is earlier. */
static int current_rank(void)
{
	const struct sched_entity *se = &current_thread()->se;

	return se->rt_prio ? -se->rt_prio : 1 + se->nice - NICE_MIN;
}

static bool wait_expired(struct hrtimer *timer)
{
	struct mq_waiter *w = container_of(timer, struct mq_waiter, timer);

	WRITE_ONCE(w->expired, true);
	wake_up(&w->wq);
	return false;
}

static void enqueue(struct list_head *waiters, struct mq_waiter *w)
{
	struct list_head *before = waiters->prev;

	while (before != waiters && list_entry(before, struct mq_waiter, link)->rank > w->rank)
		before = before->prev;
	list_add(&w->link, before);
}

/* Its call is done; the queue is locked. */
static void complete_waiter(struct mq_waiter *w)
{
	list_del_init(&w->link);
	WRITE_ONCE(w->status, 0);
	wake_up(&w->wq);
}

/*
 * Sleep until somebody completes it: 0, or -ETIMEDOUT, -ERESTARTSYS. Queue locked, and again on return.
 *
 *	waiter: status = WAITING, on the list, unlock		other: lock, status = 0, off the list, wake, unlock
 *		sleep until status is 0 or it is time
 *		lock: whichever was first is what counts
 */
static int wait_turn(struct mqueue *q, enum mq_side side, struct mq_waiter *w, uint64_t deadline_ns)
	__no_lock_check
{
	int err;

	w->status = WAITING;
	w->expired = false;
	w->rank = current_rank();
	waitq_init(&w->wq, "mq_waiter");
	enqueue(&q->waiters[side], w);
	spin_unlock(&q->lock);
	hrtimer_init(&w->timer, HRTIMER_REALTIME, wait_expired);
	if (deadline_ns != WAIT_FOREVER)
		hrtimer_start(&w->timer, deadline_ns);
	err = wait_event_interruptible(&w->wq, READ_ONCE(w->status) != WAITING || READ_ONCE(w->expired));
	hrtimer_cancel(&w->timer);
	spin_lock(&q->lock);
	if (w->status != WAITING)
		return 0;
	list_del(&w->link);
	return err ? err : -ETIMEDOUT;
}

static struct mq_waiter *first_waiter(struct mqueue *q, enum mq_side side)
{
	return list_first_entry_or_null(&q->waiters[side], struct mq_waiter, link);
}

/* --- Sending and receiving --- */

static void forget_owner(struct mqueue *q)
{
	assert_held(&q->lock);
	mq_owner_put(&q->owner);
	q->notify = (struct mq_notification){ .kind = 0 };
}

/* The first message in an empty queue: whoever waits to hear of it hears it, once. */
static void tell_owner(struct mqueue *q)
{
	if (!q->owner.pid || q->count != 1)
		return;
	if (q->notify.kind == SIGEV_SIGNAL && q->notify.signo)
		mq_owner_signal(&q->owner, &q->notify);
	forget_owner(q);
}

static void deliver(struct mqueue *q, struct mq_message *msg)
{
	struct mq_waiter *w = first_waiter(q, SIDE_RECEIVE);

	if (w) {
		w->msg = msg;
		complete_waiter(w);
		return;
	}
	insert_message(q, msg);
	tell_owner(q);
	wake_up_all_key(&q->poll, EPOLLIN | EPOLLRDNORM);
}

int mqueue_check_send(const struct file *file, size_t size)
{
	const struct mqueue *q = queue_of(file);

	if (!q || !(file->mode & FMODE_WRITE))
		return -EBADF;
	return size > (size_t)q->max_size ? -EMSGSIZE : 0;
}

int mqueue_send(struct file *file, struct mq_message *msg, unsigned priority, uint64_t deadline_ns)
{
	struct mqueue *q = queue_of(file);
	struct mq_waiter w = { .msg = msg };
	int err = 0;

	msg->priority = priority;
	spin_lock(&q->lock);
	if (q->count < q->max_messages)
		deliver(q, msg);
	else if (READ_ONCE(file->flags) & O_NONBLOCK)
		err = -EAGAIN;
	else
		err = wait_turn(q, SIDE_SEND, &w, deadline_ns);
	spin_unlock(&q->lock);
	if (err)
		mq_message_free(msg);
	else
		stamp(file->inode, STAMP_ACCESS | STAMP_MODIFY | STAMP_CHANGE);
	return err;
}

/* The best message there is; the first sender that waits for room puts its own in. */
static struct mq_message *receive_one(struct mqueue *q)
{
	struct mq_message *msg = take_message(q);
	struct mq_waiter *w = first_waiter(q, SIDE_SEND);

	if (w) {
		insert_message(q, w->msg);
		complete_waiter(w);
	} else {
		wake_up_all_key(&q->poll, EPOLLOUT | EPOLLWRNORM);
	}
	return msg;
}

int mqueue_receive(struct file *file, size_t size, uint64_t deadline_ns, struct mq_message **out)
{
	struct mqueue *q = queue_of(file);
	struct mq_waiter w = { .msg = NULL };
	int err = 0;

	if (!q || !(file->mode & FMODE_READ))
		return -EBADF;
	if (size < (size_t)q->max_size)
		return -EMSGSIZE;
	spin_lock(&q->lock);
	if (q->count)
		w.msg = receive_one(q);
	else if (READ_ONCE(file->flags) & O_NONBLOCK)
		err = -EAGAIN;
	else
		err = wait_turn(q, SIDE_RECEIVE, &w, deadline_ns);
	spin_unlock(&q->lock);
	if (!err)
		stamp(file->inode, STAMP_ACCESS | STAMP_MODIFY | STAMP_CHANGE);
	*out = w.msg;
	return err;
}

/* --- Notification and attributes --- */

int mqueue_notify(struct file *file, const struct mq_notification *n)
{
	struct mqueue *q = queue_of(file);
	struct mq_owner self;
	bool changed = true;

	if (!q)
		return -EBADF;
	self = mq_owner_current();
	spin_lock(&q->lock);
	if (n && !q->owner.pid) {
		swap(q->owner, self);
		q->notify = *n;
	} else if (!n && mq_owner_is_current(&q->owner)) {
		forget_owner(q);
	} else {
		changed = false;
	}
	spin_unlock(&q->lock);
	mq_owner_put(&self);
	if (changed)
		stamp(file->inode, STAMP_ACCESS | STAMP_CHANGE);
	return n && !changed ? -EBUSY : 0;
}

int mqueue_attributes(struct file *file, const long *flags, struct mq_attr *out)
{
	struct mqueue *q = queue_of(file);

	if (!q)
		return -EBADF;
	spin_lock(&q->lock);
	*out = (struct mq_attr){ .mq_flags = READ_ONCE(file->flags) & O_NONBLOCK, .mq_maxmsg = q->max_messages,
				 .mq_msgsize = q->max_size, .mq_curmsgs = q->count };
	spin_unlock(&q->lock);
	if (!flags)
		return 0;
	spin_lock(&file->lock);
	WRITE_ONCE(file->flags, (file->flags & ~(unsigned)O_NONBLOCK) | ((unsigned)*flags & O_NONBLOCK));
	spin_unlock(&file->lock);
	stamp(file->inode, STAMP_ACCESS | STAMP_CHANGE);
	return 0;
}

/* --- The open file --- */

/* Any descriptor of the queue that the process closes ends its notification. */
static int mqueue_flush(struct file *file, const void *owner)
{
	struct mqueue *q = file->inode->private;

	(void)owner;
	spin_lock(&q->lock);
	if (mq_owner_is_current(&q->owner))
		forget_owner(q);
	spin_unlock(&q->lock);
	return 0;
}

static unsigned mqueue_poll(struct file *file, struct poll_table *pt)
{
	struct mqueue *q = file->inode->private;
	long count;

	poll_wait(file, &q->poll, pt);
	count = READ_ONCE(q->count);
	return (count ? EPOLLIN | EPOLLRDNORM : 0) | (count < q->max_messages ? EPOLLOUT | EPOLLWRNORM : 0);
}

static ssize_t mqueue_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct mqueue *q = iocb->file->inode->private;
	char text[MQ_STATUS_SIZE];
	loff_t size;
	size_t n;

	spin_lock(&q->lock);
	size = ksnprintf(text, sizeof(text), "QSIZE:%-10llu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
			 (unsigned long long)q->bytes, q->owner.pid ? q->notify.kind : 0,
			 q->owner.pid && q->notify.kind == SIGEV_SIGNAL ? q->notify.signo : 0,
			 mq_owner_number(&q->owner));
	spin_unlock(&q->lock);
	if (iocb->pos >= size)
		return 0;
	n = min((size_t)(size - iocb->pos), iov_count(to));
	if (copy_to_iter(text + iocb->pos, n, to) != n)
		return -EFAULT;
	iocb->pos += (loff_t)n;
	stamp(iocb->file->inode, STAMP_ACCESS | STAMP_CHANGE);
	return (ssize_t)n;
}

const struct file_ops mqueue_file_ops = {
	.flush = mqueue_flush,
	.read_iter = mqueue_read,
	.poll = mqueue_poll,
	.llseek = generic_llseek,
};
