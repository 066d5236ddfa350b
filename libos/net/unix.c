/* SPDX-License-Identifier: MIT */
/*
 * unix: AF_UNIX sockets: creation, connections, ends. Data is in unix_msg.c, names in unix_name.c.
 *
 * Model. A connection is two unix_socks that point to each other. connect() makes the server's half at once and puts
 * it on the listener's pending list; accept() gives it a socket. A datagram socket's peer is only its default address.
 *
 *	IDLE --listen()--> LISTENING
 *	IDLE --connect()--> CONNECTING --> CONNECTED (or back to IDLE)
 *
 * Invariants
 *  (1) Who makes data, room, a connection or an end appear, wakes the waiters after it is visible under the lock.
 *  (2) Nothing is queued on a dead socket: both are decided under its lock.
 *
 * Locking: see unix.h. Source: unix(7), accept(2), connect(2).
 */
#include "net/unix.h"

#include "abi/errno.h"
#include "abi/poll.h"
#include "core/init.h"
#include "lib/bits.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "vfs/poll.h"

#define POLL_IN		(EPOLLIN | EPOLLRDNORM)
#define POLL_OUT	(EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND)

struct unix_sock *unix_get(struct unix_sock *u)
{
	refcount_inc(&u->refs);
	return u;
}

void unix_put(struct unix_sock *u)
{
	if (!refcount_dec_and_test(&u->refs))
		return;
	unix_list_del(u);
	unix_addr_put(u->addr);
	kfree(u);
}

struct unix_sock *unix_peer_get(struct unix_sock *u)
{
	struct unix_sock *peer;

	spin_lock(&u->lock);
	peer = u->peer ? unix_get(u->peer) : NULL;
	spin_unlock(&u->lock);
	return peer;
}

static struct unix_sock *unix_alloc(int type)
{
	struct unix_sock *u = kzalloc(sizeof(*u), GFP_KERNEL);

	if (!u)
		return NULL;
	refcount_set(&u->refs, 1);
	spin_lock_init(&u->lock, "unix_sock");
	mutex_init(&u->rx, "unix_rx");
	mutex_init(&u->tx, "unix_tx");
	waitq_init(&u->readable, "unix_readable");
	waitq_init(&u->writable, "unix_writable");
	fasync_init(&u->async);
	INIT_LIST_HEAD(&u->queue);
	INIT_LIST_HEAD(&u->pending);
	INIT_LIST_HEAD(&u->pending_link);
	INIT_LIST_HEAD(&u->full_senders);
	INIT_LIST_HEAD(&u->full_link);
	unix_flight_init(&u->flight);
	u->type = type;
	socket_context(&u->self);
	unix_list_add(u);
	return u;
}

/* Nobody waits for `peer` to have room on u's behalf any more. */
static void leave_full(struct unix_sock *u, struct unix_sock *peer)
{
	spin_lock(&peer->lock);
	list_del_init(&u->full_link);
	spin_unlock(&peer->lock);
}

void unix_set_peer(struct unix_sock *u, struct unix_sock *peer)
{
	struct unix_sock *old;

	spin_lock(&u->lock);
	old = u->peer;
	u->peer = peer;
	u->state = peer ? UNIX_CONNECTED : UNIX_IDLE;
	spin_unlock(&u->lock);
	if (!old)
		return;
	leave_full(u, old);
	unix_put(old);
}

static void wake_both(struct unix_sock *u)
{
	wake_up_all_key(&u->readable, POLL_IN | EPOLLRDHUP | EPOLLHUP);
	wake_up_all_key(&u->writable, POLL_OUT | EPOLLERR | EPOLLHUP);
}

/* The other half of a connection went. `reset`: with data of the other unread. */
static void peer_gone(struct unix_sock *peer, bool reset)
{
	spin_lock(&peer->lock);
	peer->shut = UNIX_SHUT_BOTH;
	if (reset)
		WRITE_ONCE(peer->err, ECONNRESET);
	spin_unlock(&peer->lock);
	wake_both(peer);
	fasync_notify(&peer->async, SIGIO_HUP);
}

/* The socket of u goes. Uses up the caller's reference. embryo: it was never accepted. */
static void unix_close(struct unix_sock *u, bool embryo)
{
	LIST_HEAD(bufs);
	LIST_HEAD(pending);
	LIST_HEAD(watchers);
	struct unix_sock *peer, *half, *next;

	unix_forget_name(u);
	spin_lock(&u->lock);
	u->dead = true;
	u->shut = UNIX_SHUT_BOTH;
	peer = u->peer;
	u->peer = NULL;
	list_splice_init(&u->queue, &bufs);
	list_splice_init(&u->pending, &pending);
	spin_unlock(&u->lock);
	unix_wake_senders(u);
	wake_both(u);
	list_for_each_entry_safe(half, next, &pending, pending_link) {
		list_del_init(&half->pending_link);
		unix_close(half, /*embryo=*/true);
	}
	if (peer) {
		if (u->type != SOCK_DGRAM)
			peer_gone(peer, embryo || !list_empty(&bufs));
		leave_full(u, peer);
		unix_put(peer);
	}
	unix_drop_queue(&bufs);
	unix_put(u);
}

static void unix_release(struct socket *s)
{
	unix_close(s->sk, /*embryo=*/false);
	unix_gc();
}

/* --- Connections ------------------------------------------------------------------------------- */

static int unix_pair(struct socket *a, struct socket *b)
{
	struct unix_sock *ua = a->sk, *ub = b->sk;

	ua->peercred = ub->self;
	ub->peercred = ua->self;
	unix_set_peer(ua, unix_get(ub));
	unix_set_peer(ub, unix_get(ua));
	return 0;
}

static int unix_listen(struct socket *s, int backlog)
{
	struct unix_sock *u = s->sk;
	struct ucred self;
	int err = 0;

	socket_context(&self);
	spin_lock(&u->lock);
	if (!u->addr || (u->state != UNIX_IDLE && u->state != UNIX_LISTENING))
		err = -EINVAL;
	if (!err) {
		u->backlog = (unsigned)backlog > SOMAXCONN ? SOMAXCONN : (unsigned)backlog;
		u->state = UNIX_LISTENING;
		u->self = self;
	}
	spin_unlock(&u->lock);
	wake_up_all(&u->writable);
	return err;
}

static bool can_connect(struct unix_sock *server)
{
	return READ_ONCE(server->nr_pending) <= READ_ONCE(server->backlog) || READ_ONCE(server->dead) ||
	       READ_ONCE(server->state) != UNIX_LISTENING;
}

/* Put `half` on the list of the listener; takes its reference. 0, -ECONNREFUSED, -EAGAIN: full. */
static int push_pending(struct unix_sock *server, struct unix_sock *half)
{
	int err = 0;

	spin_lock(&server->lock);
	if (server->dead || server->state != UNIX_LISTENING || (server->shut & UNIX_SHUT_RD)) {
		err = -ECONNREFUSED;
	} else if (server->nr_pending > server->backlog) {
		err = -EAGAIN;
	} else {
		half->addr = server->addr;
		refcount_inc(&half->addr->refs);
		half->peer->peercred = server->self;
		list_add_tail(&half->pending_link, &server->pending);
		server->nr_pending++;
	}
	spin_unlock(&server->lock);
	if (!err) {
		wake_up_key(&server->readable, POLL_IN);
		fasync_notify(&server->async, SIGIO_IN);
	}
	return err;
}

/* Find the listener and join its list, waiting while it is full. */
static int join_listener(struct socket *s, const struct sock_addr *addr, struct unix_sock *half, bool nonblock)
{
	uint64_t timeo = READ_ONCE(s->sndtimeo_ns), deadline = socket_deadline(timeo);
	struct unix_sock *server;
	int err;

	for (;;) {
		err = unix_find(addr, s->type, &server);
		if (err)
			return err;
		err = push_pending(server, half);
		if (err == -EAGAIN && !nonblock) {
			err = wait_event_interruptible_timeout(&server->writable, can_connect(server), deadline);
			err = err ? socket_wait_result(err, timeo) : 1;
		}
		unix_put(server);
		if (err <= 0)
			return err;
	}
}

/* IDLE -> CONNECTING, or why not. */
static int begin_connect(struct unix_sock *u)
{
	int err = 0;

	spin_lock(&u->lock);
	if (u->state == UNIX_CONNECTED)
		err = -EISCONN;
	else if (u->state == UNIX_CONNECTING)
		err = -EALREADY;
	else if (u->state == UNIX_LISTENING)
		err = -EINVAL;
	else
		u->state = UNIX_CONNECTING;
	spin_unlock(&u->lock);
	return err;
}

static int unix_stream_connect(struct socket *s, const struct sock_addr *addr, bool nonblock)
{
	struct unix_sock *u = s->sk, *half;
	int err = unix_check_addr(addr);

	if (!err && (READ_ONCE(s->flags) & SOCKF_PASSCRED))
		err = unix_autobind(s);
	if (err)
		return err;
	err = begin_connect(u);
	if (err)
		return err;
	half = unix_alloc(u->type);
	if (!half) {
		unix_set_peer(u, NULL);
		return -ENOMEM;
	}
	socket_context(&u->self);
	half->peercred = u->self;
	half->peer = unix_get(u);
	half->state = UNIX_CONNECTED;
	unix_get(half);		/* u's, if it works */
	err = join_listener(s, addr, half, nonblock);
	if (err) {
		unix_put(half->peer);
		half->peer = NULL;
		unix_put(half);
		unix_put(half);
		unix_set_peer(u, NULL);
		return err;
	}
	unix_set_peer(u, half);
	wake_both(u);
	return 0;
}

static int unix_dgram_connect(struct socket *s, const struct sock_addr *addr, bool nonblock)
{
	struct unix_sock *u = s->sk, *peer = NULL;
	int err;

	(void)nonblock;
	if (addr->len >= sizeof(addr->family) && addr->family == AF_UNSPEC) {
		unix_set_peer(u, NULL);
		return 0;
	}
	if (READ_ONCE(s->flags) & SOCKF_PASSCRED) {
		err = unix_autobind(s);
		if (err)
			return err;
	}
	err = unix_find(addr, s->type, &peer);
	if (err)
		return err;
	spin_lock(&peer->lock);
	if (peer->peer && peer->peer != u)
		err = -EPERM;
	spin_unlock(&peer->lock);
	if (err)
		unix_put(peer);
	else
		unix_set_peer(u, peer);
	return err;
}

static struct unix_sock *pop_pending(struct unix_sock *u)
{
	struct unix_sock *half;

	spin_lock(&u->lock);
	half = list_first_entry_or_null(&u->pending, struct unix_sock, pending_link);
	if (half) {
		list_del_init(&half->pending_link);
		u->nr_pending--;
	}
	spin_unlock(&u->lock);
	return half;
}

static int unix_accept(struct socket *s, struct socket *fresh, bool nonblock)
{
	uint64_t timeo = READ_ONCE(s->rcvtimeo_ns), deadline = socket_deadline(timeo);
	struct unix_sock *u = s->sk, *half;
	int err;

	if (READ_ONCE(u->state) != UNIX_LISTENING)
		return -EINVAL;
	for (;;) {
		half = pop_pending(u);
		if (half)
			break;
		if (READ_ONCE(u->shut) & UNIX_SHUT_RD)
			return -EINVAL;
		if (nonblock)
			return -EAGAIN;
		err = wait_event_loop_(&u->readable,
				       READ_ONCE(u->nr_pending) || (READ_ONCE(u->shut) & UNIX_SHUT_RD),
				       THREAD_INTERRUPTIBLE, deadline, /*exclusive=*/true, , );
		if (err)
			return socket_wait_result(err, timeo);
	}
	fresh->sk = half;
	WRITE_ONCE(half->ino, fresh->ino);
	wake_up_all(&u->writable);
	return 0;
}

static int unix_getname(struct socket *s, bool peer, struct sock_addr *out)
{
	struct unix_sock *u = s->sk, *of = peer ? unix_peer_get(u) : unix_get(u);

	if (!of)
		return -ENOTCONN;
	unix_copy_addr(out, smp_load_acquire(&of->addr));
	unix_put(of);
	return 0;
}

static int unix_shutdown(struct socket *s, int how)
{
	struct unix_sock *u = s->sk, *peer = unix_peer_get(u);
	unsigned mine = (unsigned)how + 1, theirs = 0;

	spin_lock(&u->lock);
	u->shut |= mine;
	spin_unlock(&u->lock);
	wake_both(u);
	if (!peer)
		return 0;
	if (mine & UNIX_SHUT_RD)
		theirs |= UNIX_SHUT_WR;
	if (mine & UNIX_SHUT_WR)
		theirs |= UNIX_SHUT_RD;
	if (u->type != SOCK_DGRAM) {
		spin_lock(&peer->lock);
		peer->shut |= theirs;
		spin_unlock(&peer->lock);
		wake_both(peer);
		if (theirs == UNIX_SHUT_BOTH)
			fasync_notify(&peer->async, SIGIO_HUP);
		else if (theirs & UNIX_SHUT_RD)
			fasync_notify(&peer->async, SIGIO_IN);
	}
	unix_put(peer);
	return 0;
}

/* --- State asked for --------------------------------------------------------------------------- */

/* A connected datagram socket whose receiver has no room is not writable. */
static bool peer_is_full(struct unix_sock *u)
{
	struct unix_sock *peer = unix_peer_get(u);
	bool full;

	if (!peer)
		return false;
	full = READ_ONCE(peer->peer) != u && READ_ONCE(peer->nr_queued) > UNIX_DGRAM_QUEUE;
	if (full) {
		unix_watch_full(u, peer);
		full = READ_ONCE(peer->nr_queued) > UNIX_DGRAM_QUEUE;
	}
	unix_put(peer);
	return full;
}

static unsigned unix_poll(struct socket *s, struct file *file, struct poll_table *pt)
{
	struct unix_sock *u = s->sk;
	unsigned events = 0, shut;
	enum unix_state state;

	poll_wait(file, &u->readable, pt);
	poll_wait(file, &u->writable, pt);
	shut = READ_ONCE(u->shut);
	state = READ_ONCE(u->state);
	if (READ_ONCE(u->err))
		events |= EPOLLERR;
	if (shut == UNIX_SHUT_BOTH)
		events |= EPOLLHUP;
	if (shut & UNIX_SHUT_RD)
		events |= EPOLLRDHUP | POLL_IN;
	if (READ_ONCE(u->nr_queued) || READ_ONCE(u->nr_pending))
		events |= POLL_IN;
	if (u->type != SOCK_DGRAM && state != UNIX_CONNECTED && state != UNIX_LISTENING)
		events |= EPOLLHUP;
	if (unix_writable(s, u) && state != UNIX_LISTENING && !(u->type == SOCK_DGRAM && peer_is_full(u)))
		events |= POLL_OUT;
	return events;
}

static long unix_ioctl(struct socket *s, unsigned cmd, unsigned long arg)
{
	struct unix_sock *u = s->sk;
	struct unix_buf *first;
	int n;

	switch (cmd) {
	case SIOCINQ:
		if (READ_ONCE(u->state) == UNIX_LISTENING)
			return -EINVAL;
		spin_lock(&u->lock);
		first = list_first_entry_or_null(&u->queue, struct unix_buf, link);
		n = u->type != SOCK_DGRAM ? (int)u->queued : first ? (int)first->size : 0;
		spin_unlock(&u->lock);
		return put_user(n, (int __user *)arg);
	case SIOCOUTQ:
		return put_user((int)READ_ONCE(u->wmem), (int __user *)arg);
	default:
		return -ENOTTY;
	}
}

static int unix_take_error(struct socket *s)
{
	struct unix_sock *u = s->sk;

	return __atomic_exchange_n(&u->err, 0, __ATOMIC_ACQ_REL);
}

static bool unix_is_listening(struct socket *s)
{
	struct unix_sock *u = s->sk;

	return READ_ONCE(u->state) == UNIX_LISTENING;
}

static int unix_peer_cred(struct socket *s, struct ucred *out)
{
	struct unix_sock *u = s->sk;

	spin_lock(&u->lock);
	*out = u->state == UNIX_LISTENING ? u->self : u->peercred;
	spin_unlock(&u->lock);
	if (!out->pid)
		*out = (struct ucred){ 0, UINT32_MAX, UINT32_MAX };
	return 0;
}

/* --- Families ---------------------------------------------------------------------------------- */

static struct fasync *unix_async(struct socket *s)
{
	struct unix_sock *u = s->sk;

	return &u->async;
}

static const struct proto_ops stream_ops = {
	.release = unix_release,
	.bind = unix_bind,
	.connect = unix_stream_connect,
	.pair = unix_pair,
	.listen = unix_listen,
	.accept = unix_accept,
	.getname = unix_getname,
	.shutdown = unix_shutdown,
	.sendmsg = unix_stream_send,
	.recvmsg = unix_stream_recv,
	.poll = unix_poll,
	.ioctl = unix_ioctl,
	.async = unix_async,
	.take_error = unix_take_error,
	.is_listening = unix_is_listening,
	.peer_cred = unix_peer_cred,
};

static const struct proto_ops dgram_ops = {
	.release = unix_release,
	.bind = unix_bind,
	.connect = unix_dgram_connect,
	.pair = unix_pair,
	.getname = unix_getname,
	.shutdown = unix_shutdown,
	.sendmsg = unix_dgram_send,
	.recvmsg = unix_dgram_recv,
	.poll = unix_poll,
	.ioctl = unix_ioctl,
	.async = unix_async,
	.take_error = unix_take_error,
	.peer_cred = unix_peer_cred,
};

static const struct proto_ops seqpacket_ops = {
	.release = unix_release,
	.bind = unix_bind,
	.connect = unix_stream_connect,
	.pair = unix_pair,
	.listen = unix_listen,
	.accept = unix_accept,
	.getname = unix_getname,
	.shutdown = unix_shutdown,
	.sendmsg = unix_seqpacket_send,
	.recvmsg = unix_seqpacket_recv,
	.poll = unix_poll,
	.ioctl = unix_ioctl,
	.async = unix_async,
	.take_error = unix_take_error,
	.is_listening = unix_is_listening,
	.peer_cred = unix_peer_cred,
};

static int unix_create(struct socket *s)
{
	struct unix_sock *u;

	if (s->protocol && s->protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	switch (s->type) {
	case SOCK_STREAM:
		s->ops = &stream_ops;
		break;
	case SOCK_RAW:		/* as Linux: raw means datagrams here */
		s->type = SOCK_DGRAM;
		s->ops = &dgram_ops;
		break;
	case SOCK_DGRAM:
		s->ops = &dgram_ops;
		break;
	case SOCK_SEQPACKET:
		s->ops = &seqpacket_ops;
		break;
	default:
		return -ESOCKTNOSUPPORT;
	}
	s->protocol = 0;
	u = unix_alloc(s->type);
	if (!u)
		return -ENOMEM;
	WRITE_ONCE(u->ino, s->ino);
	s->sk = u;
	return 0;
}

static const struct socket_family unix_family = { AF_UNIX, unix_create };

static int unix_init(void)
{
	unix_list_init();
	socket_register_family(&unix_family);
	return 0;
}
INIT_HOOK(INIT_VFS, unix_init);
