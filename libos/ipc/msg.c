/* SPDX-License-Identifier: MIT */
/*
 * msg: System V message queues. Source: msgget(2), msgop(2), msgctl(2).
 *
 * Model. A sender gives its message to the first receiver waiting for such a one, else appends it; it sleeps while the
 * queue has no room. Waiters stand on the queue's lists with their state on their stacks: whoever completes one does so
 * under the queue's lock, which the sleeper takes once more before it leaves.
 *
 * Locking. msq->obj.lock (spin, not irq-safe); the waiters' wait queues are inside. Nothing is copied under it but
 * MSG_COPY's copy between kernel buffers.
 */
#include "abi/errno.h"
#include "ipc/internal.h"
#include "lib/list.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/waitq.h"

#define WAITING		1		/* waiter->status: neither done (0) nor failed (-errno) */

/* Field legend: [I] immutable once sent, [l] the queue's lock */
struct sysv_msg {
	struct list_head link;		/* [l] */
	long type;			/* [I] */
	size_t size;			/* [I] bytes of text */
	char text[];			/* [I] */
};

/* Field legend: [l] obj.lock */
struct msg_queue {
	struct ipc_object obj;		/* [l] */
	int64_t stime, rtime, ctime;	/* [l] */
	unsigned long bytes, count;	/* [l] of what is queued */
	unsigned long max_bytes;	/* [l] */
	int lspid, lrpid;		/* [l] */
	struct list_head messages;	/* [l] oldest first */
	struct list_head receivers;	/* [l] */
	struct list_head senders;	/* [l] */
};

enum match { MATCH_ANY, MATCH_EQUAL, MATCH_NOT_EQUAL, MATCH_LEAST, MATCH_NUMBER };

/* Field legend: [I] immutable while queued, [l] the queue's lock */
struct msg_waiter {
	struct list_head link;		/* [l] */
	int status;			/* [l] read without */
	int tgid;			/* [I] */
	size_t size;			/* [I] sender: its message's; receiver: the most it takes */
	enum match match;		/* [I] receiver */
	long type;			/* [I] receiver */
	unsigned flags;			/* [I] receiver: MSG_* */
	struct sysv_msg *msg;		/* [l] receiver: what it was given */
	struct waitq wq;
};

static struct msg_queue *queue_of(const struct ipc_object *obj)
{
	return container_of((struct ipc_object *)obj, struct msg_queue, obj);
}

/* --- Messages --- */

struct sysv_msg *msg_alloc(size_t size)
{
	struct sysv_msg *msg = kvmalloc(sizeof(*msg) + size, GFP_KERNEL);

	if (msg) {
		INIT_LIST_HEAD(&msg->link);
		msg->size = size;
	}
	return msg;
}

void *msg_text(struct sysv_msg *msg)
{
	return msg->text;
}

size_t msg_size(const struct sysv_msg *msg)
{
	return msg->size;
}

long msg_type(const struct sysv_msg *msg)
{
	return msg->type;
}

void msg_free(struct sysv_msg *msg)
{
	kvfree(msg);
}

/* --- Queues --- */

static int create_queue(const struct ipc_who *who, const struct ipc_request *rq, struct ipc_object **out)
{
	struct msg_queue *q = kzalloc(sizeof(*q), GFP_KERNEL);

	if (!q)
		return -ENOMEM;
	ipc_object_init(&q->obj, who, rq);
	q->ctime = ipc_now();
	q->max_bytes = READ_ONCE(who->ns->msgmnb);
	INIT_LIST_HEAD(&q->messages);
	INIT_LIST_HEAD(&q->receivers);
	INIT_LIST_HEAD(&q->senders);
	*out = &q->obj;
	return 0;
}

static int check_nothing(const struct ipc_object *obj, const struct ipc_request *rq)
{
	(void)obj, (void)rq;
	return 0;
}

int msg_get(const struct ipc_who *who, int key, unsigned flags)
{
	struct ipc_request rq = { .kind = IPC_MSG, .key = key, .flags = flags,
				  .create = create_queue, .check = check_nothing };

	return ipc_obtain(who, &rq);
}

void msg_destroy(struct ipc_object *obj)
{
	kfree_rcu(queue_of(obj), obj.rcu);
}

static int lock_queue(const struct ipc_who *who, int id, struct msg_queue **out) __no_lock_check
{
	struct ipc_object *obj = ipc_find(who, IPC_MSG, id);

	if (!obj)
		return -EINVAL;
	spin_lock(&obj->lock);
	*out = queue_of(obj);
	if (!obj->removed)
		return 0;
	spin_unlock(&obj->lock);
	ipc_object_put(obj);
	return -EINVAL;
}

static void unlock_queue(struct msg_queue *q) __no_lock_check
{
	spin_unlock(&q->obj.lock);
	ipc_object_put(&q->obj);
}

static void complete_waiter(struct msg_waiter *w, int status)
{
	list_del_init(&w->link);
	WRITE_ONCE(w->status, status);
	wake_up(&w->wq);
}

/* All of a list: they fail with status, or (-EAGAIN) look again. */
static void complete_all(struct list_head *list, int status)
{
	struct msg_waiter *w, *next;

	list_for_each_entry_safe(w, next, list, link)
		complete_waiter(w, status);
}

/*
 * Sleep until completed: 0 or what the waiter was completed with, or -ERESTARTNOHAND. Queue locked, and again on
 * return.
 */
static int wait_turn(struct msg_queue *q, struct msg_waiter *w, struct list_head *list) __no_lock_check
{
	int err;

	w->status = WAITING;
	list_add_tail(&w->link, list);
	spin_unlock(&q->obj.lock);
	err = wait_event_interruptible(&w->wq, READ_ONCE(w->status) != WAITING);
	spin_lock(&q->obj.lock);
	if (w->status != WAITING)
		return w->status;
	list_del(&w->link);
	return err ? -ERESTARTNOHAND : 0;
}

/* --- Sending --- */

static bool matches(const struct msg_waiter *w, const struct sysv_msg *msg)
{
	switch (w->match) {
	case MATCH_EQUAL:
		return msg->type == w->type;
	case MATCH_NOT_EQUAL:
		return msg->type != w->type;
	case MATCH_LEAST:
		return msg->type <= w->type;
	default:
		return true;
	}
}

/* Give msg to a waiting receiver. True: it is his. Those whose buffer is too small fail. */
static bool hand_over(struct msg_queue *q, struct sysv_msg *msg)
{
	struct msg_waiter *w, *next;

	list_for_each_entry_safe(w, next, &q->receivers, link) {
		if (!matches(w, msg))
			continue;
		if (w->size < msg->size && !(w->flags & MSG_NOERROR)) {
			complete_waiter(w, -E2BIG);
			continue;
		}
		q->lrpid = w->tgid;
		q->rtime = ipc_now();
		w->msg = msg;
		complete_waiter(w, 0);
		return true;
	}
	return false;
}

static bool has_room(const struct msg_queue *q, size_t size)
{
	return size + q->bytes <= q->max_bytes && 1 + q->count <= q->max_bytes;
}

/* Wait for room and permission. Queue locked. */
static int wait_for_room(const struct ipc_who *who, struct msg_queue *q, size_t size, unsigned flags)
{
	struct msg_waiter w = { .size = size, .tgid = who->tgid };
	int err;

	waitq_init(&w.wq, "msg_sender");
	for (;;) {
		err = q->obj.removed ? -EIDRM : ipc_permitted(who, &q->obj, 0222);
		if (err || has_room(q, size))
			return err;
		if (flags & IPC_NOWAIT)
			return -EAGAIN;
		err = wait_turn(q, &w, &q->senders);
		if (err && err != -EAGAIN)
			return err;
	}
}

int msg_send(const struct ipc_who *who, int id, long type, struct sysv_msg *msg, unsigned flags)
{
	struct ipc_ids *ids = ipc_ids_of(who, IPC_MSG);
	struct msg_queue *q;
	int err = lock_queue(who, id, &q);

	if (err)
		goto out;
	err = wait_for_room(who, q, msg->size, flags);
	if (!err) {
		msg->type = type;
		q->lspid = who->tgid;
		q->stime = ipc_now();
		if (!hand_over(q, msg)) {
			list_add_tail(&msg->link, &q->messages);
			q->bytes += msg->size;
			q->count++;
			__atomic_fetch_add(&ids->total, msg->size, __ATOMIC_RELAXED);
		}
		msg = NULL;
	}
	unlock_queue(q);
out:
	msg_free(msg);
	return err;
}

/* --- Receiving --- */

/* The message w asks for, or NULL. */
static struct sysv_msg *find_message(const struct msg_queue *q, const struct msg_waiter *w)
{
	struct sysv_msg *msg, *found = NULL;
	long number = 0;

	list_for_each_entry(msg, &q->messages, link) {
		if (w->match == MATCH_NUMBER) {
			if (number++ == w->type)
				return msg;
		} else if (matches(w, msg)) {
			if (w->match != MATCH_LEAST)
				return msg;
			if (!found || msg->type < found->type)
				found = msg;
		}
	}
	return found;
}

/* Senders that would have room now look again. */
static void wake_senders(struct msg_queue *q)
{
	struct msg_waiter *w, *next;

	list_for_each_entry_safe(w, next, &q->senders, link) {
		if (has_room(q, w->size))
			complete_waiter(w, -EAGAIN);
	}
}

static void unlink_message(struct msg_queue *q, struct sysv_msg *msg)
{
	list_del(&msg->link);
	q->bytes -= msg->size;
	q->count--;
	__atomic_fetch_sub(&q->obj.ns->ids[IPC_MSG].total, msg->size, __ATOMIC_RELAXED);
}

/* Take msg for w: into w->msg, or a copy of it into what is there already. */
static int take_message(struct msg_queue *q, struct msg_waiter *w, struct sysv_msg *msg)
{
	if (w->size < msg->size && !(w->flags & MSG_NOERROR))
		return -E2BIG;
	if (w->flags & MSG_COPY) {
		w->msg->type = msg->type;
		w->msg->size = min(w->size, msg->size);
		memcpy(w->msg->text, msg->text, w->msg->size);
		return 0;
	}
	unlink_message(q, msg);
	q->rtime = ipc_now();
	q->lrpid = w->tgid;
	wake_senders(q);
	w->msg = msg;
	return 0;
}

static int receive(const struct ipc_who *who, struct msg_queue *q, struct msg_waiter *w)
{
	struct sysv_msg *msg;
	int err;

	for (;;) {
		err = q->obj.removed ? -EIDRM : ipc_permitted(who, &q->obj, 0444);
		if (err)
			return err;
		msg = find_message(q, w);
		if (msg)
			return take_message(q, w, msg);
		if (w->flags & IPC_NOWAIT)
			return -ENOMSG;
		err = wait_turn(q, w, &q->receivers);
		if (err != -EAGAIN)
			return err;
	}
}

static void set_match(struct msg_waiter *w, long type, unsigned flags)
{
	w->type = type;
	if (flags & MSG_COPY) {
		w->match = MATCH_NUMBER;
	} else if (!type) {
		w->match = MATCH_ANY;
	} else if (type < 0) {
		w->match = MATCH_LEAST;
		w->type = type == LONG_MIN ? LONG_MAX : -type;
	} else {
		w->match = flags & MSG_EXCEPT ? MATCH_NOT_EQUAL : MATCH_EQUAL;
	}
}

int msg_receive(const struct ipc_who *who, int id, const struct msg_request *rq, struct sysv_msg **out)
{
	struct msg_waiter w = { .size = rq->max, .flags = rq->flags, .tgid = who->tgid };
	struct sysv_msg *copy = NULL;
	struct msg_queue *q;
	int err;

	if ((rq->flags & MSG_COPY) && ((rq->flags & MSG_EXCEPT) || !(rq->flags & IPC_NOWAIT)))
		return -EINVAL;
	if (rq->flags & MSG_COPY) {
		w.size = min(rq->max, (size_t)READ_ONCE(who->ns->msgmax));
		copy = msg_alloc(w.size);
		if (!copy)
			return -ENOMEM;
		w.msg = copy;
	}
	set_match(&w, rq->type, rq->flags);
	waitq_init(&w.wq, "msg_receiver");
	err = lock_queue(who, id, &q);
	if (!err) {
		err = receive(who, q, &w);
		unlock_queue(q);
	}
	if (err)
		msg_free(copy);
	else
		*out = w.msg;
	return err;
}

/* --- msgctl --- */

void msg_fill_stat(const struct ipc_object *obj, void *ds)
{
	const struct msg_queue *q = queue_of(obj);
	struct msqid64_ds *out = ds;

	*out = (struct msqid64_ds){
		.msg_stime = q->stime, .msg_rtime = q->rtime, .msg_ctime = q->ctime,
		.msg_cbytes = q->bytes, .msg_qnum = q->count, .msg_qbytes = q->max_bytes,
		.msg_lspid = q->lspid, .msg_lrpid = q->lrpid,
	};
	ipc_fill_perm(obj, &out->msg_perm);
}

/* MSG_INFO's msgmap and msgtql: the messages of all queues and their bytes. */
static void count_messages(const struct ipc_ids *ids, struct msginfo *out)
{
	struct ipc_object *obj;
	unsigned long slot;

	assert_held(&ids->lock);
	out->msgpool = (int)ids->in_use;
	out->msgmap = 0;
	xa_for_each(&ids->objects, slot, obj)
		out->msgmap += (int)READ_ONCE(queue_of(obj)->count);
	out->msgtql = (int)READ_ONCE(ids->total);
}

int msg_info(const struct ipc_who *who, int cmd, struct msginfo *out)
{
	struct ipc_ids *ids = ipc_ids_of(who, IPC_MSG);
	int ret;

	*out = (struct msginfo){
		.msgpool = MSGPOOL, .msgmap = MSGMAP, .msgmax = (int)who->ns->msgmax, .msgmnb = (int)who->ns->msgmnb,
		.msgmni = (int)who->ns->msgmni, .msgssz = MSGSSZ, .msgtql = MSGTQL, .msgseg = (unsigned short)MSGSEG,
	};
	mutex_lock(&ids->lock);
	if (cmd == MSG_INFO)
		count_messages(ids, out);
	ret = ipc_highest_locked(ids);
	mutex_unlock(&ids->lock);
	return ret;
}

int msg_set(const struct ipc_who *who, int id, const struct ipc64_perm *perm, unsigned long qbytes, bool may_exceed)
{
	struct msg_queue *q;
	int err = lock_queue(who, id, &q);

	if (err)
		return err;
	err = ipc_owner(who, &q->obj);
	if (!err && qbytes > READ_ONCE(who->ns->msgmnb) && !may_exceed)
		err = -EPERM;
	if (!err)
		err = ipc_update_perm(&q->obj, perm);
	if (!err) {
		q->max_bytes = qbytes;
		q->ctime = ipc_now();
		complete_all(&q->receivers, -EAGAIN);	/* their permission may be gone */
		complete_all(&q->senders, -EAGAIN);
	}
	unlock_queue(q);
	return err;
}

void msg_remove_locked(struct ipc_object *obj)
{
	struct msg_queue *q = queue_of(obj);
	struct ipc_ids *ids = &obj->ns->ids[IPC_MSG];
	struct sysv_msg *msg, *next;
	LIST_HEAD(gone);

	assert_held(&ids->lock);
	spin_lock(&obj->lock);
	obj->removed = true;
	complete_all(&q->receivers, -EIDRM);
	complete_all(&q->senders, -EIDRM);
	__atomic_fetch_sub(&ids->total, q->bytes, __ATOMIC_RELAXED);
	list_splice_tail_init(&q->messages, &gone);
	spin_unlock(&obj->lock);
	list_for_each_entry_safe(msg, next, &gone, link)
		msg_free(msg);
	ipc_unlink_locked(ids, obj);
	ipc_object_put(obj);
}

void msg_show(struct strbuf *out, struct ipc_object *obj)
{
	struct msqid64_ds ds;
	const struct msg_queue *q = queue_of(obj);

	spin_lock(&obj->lock);
	ipc_fill_perm(obj, &ds.msg_perm);
	ds.msg_stime = q->stime;
	ds.msg_rtime = q->rtime;
	ds.msg_ctime = q->ctime;
	ds.msg_cbytes = q->bytes;
	ds.msg_qnum = q->count;
	ds.msg_lspid = q->lspid;
	ds.msg_lrpid = q->lrpid;
	spin_unlock(&obj->lock);
	strbuf_printf(out, "%10d %10d  %4o  %10lu %10lu %5u %5u %5u %5u %5u %5u %10llu %10llu %10llu\n",
		      obj->key, obj->id, (unsigned)ds.msg_perm.mode, (unsigned long)ds.msg_cbytes,
		      (unsigned long)ds.msg_qnum, (unsigned)ds.msg_lspid, (unsigned)ds.msg_lrpid,
		      (unsigned)ds.msg_perm.uid, (unsigned)ds.msg_perm.gid, (unsigned)ds.msg_perm.cuid,
		      (unsigned)ds.msg_perm.cgid, (unsigned long long)ds.msg_stime,
		      (unsigned long long)ds.msg_rtime, (unsigned long long)ds.msg_ctime);
}
