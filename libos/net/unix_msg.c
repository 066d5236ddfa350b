/* SPDX-License-Identifier: MIT */
/*
 * unix_msg: data of AF_UNIX sockets.
 *
 * Model. A sender copies its data into a unix_buf and appends it to the receiver's queue. The buffer counts against the
 * sender's wmem until it is freed, which is how a stream pushes back; a datagram receiver also has a longest queue.
 * A stream's write lies together however large: the sender's tx is held over all of it, but while it sleeps.
 *
 * Files in a buffer may be sockets that hold buffers with files: freeing such a chain by recursion could end the kernel
 * stack, so buffers with files go to the list `doomed` and one thread at a time frees what is there.
 *
 * Locking: see unix.h; doomed.lock is a leaf.
 */
#include "abi/errno.h"
#include "abi/poll.h"
#include "lib/bits.h"
#include "mm/slab.h"
#include "net/unix.h"

/* Most bytes of a stream in one buffer: with its head they fill pages. */
#define STREAM_PIECE	(16384 - sizeof(struct unix_buf))

static struct {
	struct spinlock lock;
	struct list_head bufs;		/* [l] unix_buf with files, nobody else's */
	bool draining;			/* [l] somebody is at it */
} doomed = { .lock = SPINLOCK_NAMED("unix_doomed"), .bufs = LIST_HEAD_INIT(doomed.bufs) };

/* --- Buffers ----------------------------------------------------------------------------------- */

/* O_ASYNC: there is room again for who found none. */
static void tell_room(struct unix_sock *u)
{
	size_t full_at = READ_ONCE(u->full_at);

	if (!full_at || READ_ONCE(u->wmem) * 4 > full_at)
		return;
	if (__atomic_exchange_n(&u->full_at, 0, __ATOMIC_RELAXED))
		fasync_notify(&u->async, SIGIO_OUT);
}

static void buf_release(struct unix_buf *b)
{
	struct unix_sock *owner = b->owner;

	unix_flight_end(&b->scm);
	scm_clear(&b->scm);
	__atomic_fetch_sub(&owner->wmem, b->size + sizeof(*b), __ATOMIC_RELEASE);
	wake_up_all_key(&owner->writable, EPOLLOUT | EPOLLWRNORM);
	tell_room(owner);
	unix_addr_put(b->from);
	kvfree(b);
	unix_put(owner);
}

static void drain_doomed(void)
{
	struct unix_buf *b;

	spin_lock(&doomed.lock);
	while (!doomed.draining && !list_empty(&doomed.bufs)) {
		b = list_first_entry(&doomed.bufs, struct unix_buf, link);
		list_del(&b->link);
		doomed.draining = true;
		spin_unlock(&doomed.lock);
		buf_release(b);
		spin_lock(&doomed.lock);
		doomed.draining = false;
	}
	spin_unlock(&doomed.lock);
}

/* A buffer off its queue. */
static void buf_free(struct unix_buf *b)
{
	if (!b->scm.nr) {
		buf_release(b);
		return;
	}
	spin_lock(&doomed.lock);
	list_add_tail(&b->link, &doomed.bufs);
	spin_unlock(&doomed.lock);
	drain_doomed();
}

void unix_drop_queue(struct list_head *bufs)
{
	struct unix_buf *b, *next;

	list_for_each_entry_safe(b, next, bufs, link) {
		list_del(&b->link);
		buf_free(b);
	}
}

/* The next n bytes of the message as a buffer of u's, with what travels beside it. 0, -ENOMEM or -EFAULT. */
static int buf_make(struct unix_sock *u, struct sock_msg *m, size_t n, struct unix_buf **out)
{
	struct unix_buf *b = kvmalloc(sizeof(*b) + n, GFP_KERNEL);
	size_t copied;

	if (!b)
		return -ENOMEM;
	copied = copy_from_iter(b->data, n, &m->it);
	if (copied < n) {
		iov_revert(&m->it, copied);
		kvfree(b);
		return -EFAULT;
	}
	scm_move(&b->scm, &m->scm);
	unix_flight_begin(&b->scm);
	if (!b->scm.has_cred) {
		socket_context(&b->scm.cred);
		b->scm.has_cred = true;
	}
	b->owner = unix_get(u);
	b->from = smp_load_acquire(&u->addr);
	if (b->from)
		refcount_inc(&b->from->refs);
	b->size = n;
	b->offset = 0;
	__atomic_fetch_add(&u->wmem, n + sizeof(*b), __ATOMIC_RELAXED);
	*out = b;
	return 0;
}

bool unix_writable(struct socket *s, const struct unix_sock *u)
{
	return READ_ONCE(u->wmem) * 4 <= (size_t)READ_ONCE(s->sndbuf);
}

static bool has_room(struct socket *s, const struct unix_sock *u)
{
	return READ_ONCE(u->wmem) < (size_t)READ_ONCE(s->sndbuf);
}

static void enqueue_locked(struct unix_sock *to, struct unix_buf *b)
{
	assert_held(&to->lock);
	list_add_tail(&b->link, &to->queue);
	to->nr_queued++;
	to->queued += b->size;
}

/* Take the first buffer off. u->rx held. */
static void dequeue(struct unix_sock *u, struct unix_buf *b)
{
	unsigned left;

	spin_lock(&u->lock);
	list_del(&b->link);
	left = --u->nr_queued;
	spin_unlock(&u->lock);
	if (left == UNIX_DGRAM_QUEUE)
		unix_wake_senders(u);
}

void unix_watch_full(struct unix_sock *u, struct unix_sock *peer)
{
	spin_lock(&peer->lock);
	/* Who changes u->peer calls leave_full() afterwards, under this lock: no link to a former peer stays. */
	if (!peer->dead && READ_ONCE(u->peer) == peer && list_empty(&u->full_link))
		list_add_tail(&u->full_link, &peer->full_senders);
	spin_unlock(&peer->lock);
}

void unix_wake_senders(struct unix_sock *u)
{
	struct unix_sock *sender;

	wake_up_all_key(&u->writable, EPOLLOUT | EPOLLWRNORM);
	spin_lock(&u->lock);
	while (!list_empty(&u->full_senders)) {
		sender = list_first_entry(&u->full_senders, struct unix_sock, full_link);
		list_del_init(&sender->full_link);
		/* It cannot go: leave_full() takes u->lock before its reference on u is dropped. */
		wake_up_all_key(&sender->writable, EPOLLOUT | EPOLLWRNORM);
	}
	spin_unlock(&u->lock);
}

/* --- Streams: sending -------------------------------------------------------------------------- */

/* u->tx held. 0, -EAGAIN, -EINTR or -ERESTARTSYS. */
static int wait_for_room(struct socket *s, struct unix_sock *u, bool nonblock)
{
	uint64_t timeo = READ_ONCE(s->sndtimeo_ns);
	int err;

	assert_held(&u->tx);
	if (has_room(s, u) || (READ_ONCE(u->shut) & UNIX_SHUT_WR))
		return 0;
	WRITE_ONCE(u->full_at, (size_t)READ_ONCE(s->sndbuf));
	if (nonblock)
		return -EAGAIN;
	err = wait_event_loop_(&u->writable, has_room(s, u) || (READ_ONCE(u->shut) & UNIX_SHUT_WR),
			       THREAD_INTERRUPTIBLE, socket_deadline(timeo), /*exclusive=*/false,
			       mutex_unlock(&u->tx), mutex_lock(&u->tx));
	return socket_wait_result(err, timeo);
}

static void tell_data(struct unix_sock *to)
{
	wake_up_sync_key(&to->readable, EPOLLIN | EPOLLRDNORM);
	fasync_notify(&to->async, SIGIO_IN);
}

/* Put one buffer into a connected peer's queue, or free it. */
static int deliver(struct unix_sock *peer, struct unix_buf *b)
{
	int err = 0;

	spin_lock(&peer->lock);
	if (peer->dead || (peer->shut & UNIX_SHUT_RD))
		err = -EPIPE;
	else
		enqueue_locked(peer, b);
	spin_unlock(&peer->lock);
	if (err)
		buf_free(b);
	else
		tell_data(peer);
	return err;
}

static ssize_t stream_send_locked(struct socket *s, struct unix_sock *peer, struct sock_msg *m, bool nonblock)
{
	struct unix_sock *u = s->sk;
	struct unix_buf *b;
	ssize_t done = 0;
	size_t n;
	int err = 0;

	assert_held(&u->tx);
	while (iov_count(&m->it)) {
		n = min_t(size_t, iov_count(&m->it), STREAM_PIECE);
		err = wait_for_room(s, u, nonblock);
		if (!err && ((READ_ONCE(u->shut) & UNIX_SHUT_WR) || READ_ONCE(peer->dead)))
			err = -EPIPE;
		if (!err)
			err = buf_make(u, m, n, &b);
		if (!err)
			err = deliver(peer, b);
		if (err)
			break;
		done += (ssize_t)n;
	}
	return done ? done : err;
}

ssize_t unix_stream_send(struct socket *s, struct sock_msg *m, bool nonblock)
{
	struct unix_sock *u = s->sk, *peer;
	ssize_t n;
	int err;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (m->name && m->name->len)
		return READ_ONCE(u->state) == UNIX_CONNECTED ? -EISCONN : -EOPNOTSUPP;
	err = __atomic_exchange_n(&u->err, 0, __ATOMIC_ACQ_REL);
	if (err)
		return err == ECONNRESET ? -EPIPE : -err;
	peer = unix_peer_get(u);
	if (!peer)
		return -ENOTCONN;
	mutex_lock(&u->tx);
	n = READ_ONCE(u->shut) & UNIX_SHUT_WR ? -EPIPE : stream_send_locked(s, peer, m, nonblock);
	mutex_unlock(&u->tx);
	unix_put(peer);
	return n;
}

/* --- Receiving --------------------------------------------------------------------------------- */

static struct unix_buf *first_buf(struct unix_sock *u)
{
	struct unix_buf *b;

	spin_lock(&u->lock);
	b = list_first_entry_or_null(&u->queue, struct unix_buf, link);
	spin_unlock(&u->lock);
	return b;
}

/* u->rx held: it is dropped while asleep. 1: look again; 0: the end; or -errno. */
static int wait_for_data(struct socket *s, struct unix_sock *u, bool nonblock, uint64_t deadline)
{
	int err = __atomic_exchange_n(&u->err, 0, __ATOMIC_ACQ_REL);

	assert_held(&u->rx);
	if (err)
		return -err;
	if (READ_ONCE(u->shut) & UNIX_SHUT_RD)
		return !!first_buf(u);	/* what came before the end */
	if (u->type != SOCK_DGRAM && READ_ONCE(u->state) != UNIX_CONNECTED)
		return u->type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
	if (nonblock)
		return -EAGAIN;
	err = wait_event_loop_(&u->readable,
			       READ_ONCE(u->nr_queued) || (READ_ONCE(u->shut) & UNIX_SHUT_RD) || READ_ONCE(u->err),
			       THREAD_INTERRUPTIBLE, deadline, /*exclusive=*/false, mutex_unlock(&u->rx),
			       mutex_lock(&u->rx));
	return err ? socket_wait_result(err, READ_ONCE(s->rcvtimeo_ns)) : 1;
}

/* Hand over what travels beside b. */
static int take_scm(struct socket *s, struct sock_msg *m, struct unix_buf *b)
{
	int err = 0;

	if (m->flags & MSG_PEEK) {
		err = scm_copy(&m->scm, &b->scm);
		unix_flight_peeked();
	} else {
		unix_flight_end(&b->scm);
		scm_move(&m->scm, &b->scm);
	}
	if (!(READ_ONCE(s->flags) & SOCKF_PASSCRED))
		m->scm.has_cred = false;
	return err;
}

static void take_name(struct sock_msg *m, const struct unix_buf *b)
{
	if (!m->name)
		return;
	m->name->len = 0;
	if (b->from)
		unix_copy_addr(m->name, b->from);
}

/* Different senders' data is not joined for who asked who they are. */
static bool same_sender(const struct sock_msg *m, const struct unix_buf *b)
{
	return !m->scm.has_cred || (m->scm.cred.pid == b->scm.cred.pid && m->scm.cred.uid == b->scm.cred.uid &&
				    m->scm.cred.gid == b->scm.cred.gid);
}

/* The buffer after b in the queue; NULL: none. */
static struct unix_buf *next_buf(struct unix_sock *u, struct unix_buf *b)
{
	struct unix_buf *next;

	spin_lock(&u->lock);
	next = list_is_last(&b->link, &u->queue) ? NULL : list_next_entry(b, link);
	spin_unlock(&u->lock);
	return next;
}

/* Copy from b. Bytes, or -EFAULT. */
static ssize_t take_bytes(struct unix_sock *u, struct sock_msg *m, struct unix_buf *b)
{
	size_t want = min_t(size_t, b->size - b->offset, iov_count(&m->it)), n;

	n = copy_to_iter(b->data + b->offset, want, &m->it);
	if (n < want)
		return -EFAULT;
	if (m->flags & MSG_PEEK)
		return (ssize_t)n;
	b->offset += n;
	spin_lock(&u->lock);
	u->queued -= n;
	spin_unlock(&u->lock);
	return (ssize_t)n;
}

/*
 * Take from the queue until it is empty, the room is, or other things travel beside the data. rx held. *end: the call
 * ends here. Bytes, or -errno.
 */
static ssize_t stream_take_locked(struct socket *s, struct sock_msg *m, bool first, bool *end)
{
	struct unix_sock *u = s->sk;
	struct unix_buf *b = first_buf(u), *next;
	ssize_t done = 0, n;

	assert_held(&u->rx);
	for (; b && iov_count(&m->it); b = next) {
		if (!first && (b->scm.nr || !same_sender(m, b))) {
			*end = true;
			break;
		}
		n = take_bytes(u, m, b);
		if (n >= 0 && first) {
			take_name(m, b);
			n = take_scm(s, m, b) ? -ENOMEM : n;
		}
		if (n < 0) {
			*end = true;
			return done ? done : n;
		}
		first = false;
		done += n;
		next = next_buf(u, b);
		*end = m->scm.nr;
		if (b->offset == b->size) {
			dequeue(u, b);
			buf_free(b);
		}
		if (*end)
			break;
	}
	return done;
}

ssize_t unix_stream_recv(struct socket *s, struct sock_msg *m, bool nonblock)
{
	uint64_t deadline = socket_deadline(READ_ONCE(s->rcvtimeo_ns));
	struct unix_sock *u = s->sk;
	ssize_t done = 0, n = 0;
	bool end = false;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (READ_ONCE(u->state) != UNIX_CONNECTED)
		return -EINVAL;
	if (!iov_count(&m->it))
		return 0;
	mutex_lock(&u->rx);
	while (iov_count(&m->it) && !end) {
		n = stream_take_locked(s, m, /*first=*/!done, &end);
		if (n < 0)
			break;
		done += n;
		if (n && (!(m->flags & MSG_WAITALL) || (m->flags & MSG_PEEK)))
			break;
		if (n)
			continue;
		if (done && !(m->flags & MSG_WAITALL))
			break;
		n = wait_for_data(s, u, nonblock, deadline);
		if (n <= 0)
			break;
	}
	mutex_unlock(&u->rx);
	return done ? done : n;
}

/* Copy a whole message; u->rx held. */
static ssize_t dgram_take_locked(struct socket *s, struct sock_msg *m, struct unix_buf *b)
{
	struct unix_sock *u = s->sk;
	size_t size = b->size;
	ssize_t n = 0;

	assert_held(&u->rx);
	if (size > iov_count(&m->it))
		m->out_flags |= MSG_TRUNC;
	n = take_bytes(u, m, b);
	take_name(m, b);
	if (take_scm(s, m, b))
		n = -ENOMEM;
	if (!(m->flags & MSG_PEEK)) {
		spin_lock(&u->lock);
		u->queued -= b->size - b->offset;
		spin_unlock(&u->lock);
		dequeue(u, b);
		buf_free(b);
	}
	return n >= 0 && (m->flags & MSG_TRUNC) ? (ssize_t)size : n;
}

ssize_t unix_dgram_recv(struct socket *s, struct sock_msg *m, bool nonblock)
{
	uint64_t deadline = socket_deadline(READ_ONCE(s->rcvtimeo_ns));
	struct unix_sock *u = s->sk;
	struct unix_buf *b;
	ssize_t n;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	mutex_lock(&u->rx);
	for (;;) {
		b = first_buf(u);
		if (b) {
			n = dgram_take_locked(s, m, b);
			break;
		}
		n = wait_for_data(s, u, nonblock, deadline);
		if (n <= 0)
			break;
	}
	mutex_unlock(&u->rx);
	return n;
}

ssize_t unix_seqpacket_recv(struct socket *s, struct sock_msg *m, bool nonblock)
{
	struct unix_sock *u = s->sk;

	if (READ_ONCE(u->state) != UNIX_CONNECTED)
		return -ENOTCONN;
	return unix_dgram_recv(s, m, nonblock);
}

/* --- Messages: sending ------------------------------------------------------------------------- */

static bool receiver_is_full(const struct unix_sock *u, const struct unix_sock *to)
{
	return u->type == SOCK_DGRAM && READ_ONCE(to->peer) != u && READ_ONCE(to->nr_queued) > UNIX_DGRAM_QUEUE;
}

/* 0: queued; otherwise b is still the caller's. -EAGAIN: no room. */
static int dgram_try(struct unix_sock *u, struct unix_sock *to, struct unix_buf *b)
{
	int err = 0;

	spin_lock(&to->lock);
	if (to->dead)
		err = u->type == SOCK_DGRAM ? -ECONNREFUSED : -EPIPE;
	else if (u->type == SOCK_DGRAM && to->peer && to->peer != u)
		err = -EPERM;
	else if (to->shut & UNIX_SHUT_RD)
		err = -EPIPE;
	else if (receiver_is_full(u, to))
		err = -EAGAIN;
	else
		enqueue_locked(to, b);
	spin_unlock(&to->lock);
	if (!err)
		tell_data(to);
	return err;
}

/* Queue b, waiting for room in the receiver's queue. Frees it if it cannot be. */
static int dgram_deliver(struct socket *s, struct unix_sock *to, struct unix_buf *b, bool nonblock)
{
	uint64_t timeo = READ_ONCE(s->sndtimeo_ns), deadline = socket_deadline(timeo);
	struct unix_sock *u = s->sk;
	int err;

	for (;;) {
		err = dgram_try(u, to, b);
		if (err != -EAGAIN || nonblock)
			break;
		err = wait_event_interruptible_timeout(&to->writable, !receiver_is_full(u, to) || READ_ONCE(to->dead),
						       deadline);
		err = socket_wait_result(err, timeo);
		if (err)
			break;
	}
	if (err)
		buf_free(b);
	return err;
}

/* Where a message goes, with a reference. */
static int find_receiver(struct socket *s, struct sock_msg *m, struct unix_sock **to)
{
	struct unix_sock *u = s->sk;
	int err = 0;

	if (m->name && m->name->len)
		return unix_find(m->name, s->type, to);
	*to = unix_peer_get(u);
	if (!*to)
		return -ENOTCONN;
	if (u->type == SOCK_DGRAM && READ_ONCE((*to)->dead)) {
		unix_put(*to);
		unix_set_peer(u, NULL);
		err = -ECONNREFUSED;
	}
	return err;
}

ssize_t unix_dgram_send(struct socket *s, struct sock_msg *m, bool nonblock)
{
	struct unix_sock *u = s->sk, *to;
	size_t size = iov_count(&m->it);
	struct unix_buf *b;
	int err = 0;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (READ_ONCE(s->flags) & SOCKF_PASSCRED)
		err = unix_autobind(s);
	if (!err)
		err = find_receiver(s, m, &to);
	if (err)
		return err;
	mutex_lock(&u->tx);
	if (READ_ONCE(u->shut) & UNIX_SHUT_WR)
		err = -EPIPE;
	else if (size > (size_t)max(READ_ONCE(s->sndbuf) - 32, 0))
		err = -EMSGSIZE;
	if (!err)
		err = wait_for_room(s, u, nonblock);
	if (!err)
		err = buf_make(u, m, size, &b);
	mutex_unlock(&u->tx);
	if (!err)
		err = dgram_deliver(s, to, b, nonblock);
	unix_put(to);
	return err ? err : (ssize_t)size;
}

ssize_t unix_seqpacket_send(struct socket *s, struct sock_msg *m, bool nonblock)
{
	struct unix_sock *u = s->sk;

	if (READ_ONCE(u->state) != UNIX_CONNECTED)
		return -ENOTCONN;
	if (m->name)
		m->name->len = 0;	/* as Linux: ignored */
	return unix_dgram_send(s, m, nonblock);
}
