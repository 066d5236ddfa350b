/* SPDX-License-Identifier: MIT */
/*
 * unix: shared between the files of AF_UNIX (unix.c: life and connections; unix_name.c: names; unix_msg.c: data).
 *
 * Life. A unix_sock lives as long as its socket or anybody who points to it as peer, owner of a buffer, or name; what
 * is left after release() is only memory. `dead` says that its socket is gone.
 *
 * Locking. u->lock is a spin lock; two are never held together. Order: u->tx or u->rx (mutexes, one at a time) ->
 * u->lock. The name table has a lock of its own, a leaf.
 */
#pragma once

#include "lib/hlist.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "net/socket.h"
#include "net/unix_gc.h"
#include "sync/mutex.h"
#include "sync/spinlock.h"
#include "sync/waitq.h"
#include "vfs/mount.h"
#include "vfs/sigio.h"

/* Field legend: [I] immutable, [a] atomic */
struct unix_addr {
	struct refcount refs;		/* [a] */
	unsigned len;			/* [I] as getsockname tells it */
	struct sockaddr_un un;		/* [I] */
};

enum unix_state { UNIX_IDLE, UNIX_CONNECTING, UNIX_CONNECTED, UNIX_LISTENING };
enum unix_shut { UNIX_SHUT_RD = 1, UNIX_SHUT_WR = 2, UNIX_SHUT_BOTH = 3 };

/* Data in a receive queue. Field legend: [I] immutable in the queue, [l] the receiver's lock, [r] the receiver's rx */
struct unix_buf {
	struct list_head link;		/* [l] */
	struct unix_sock *owner;	/* [I] sender, with a reference: its wmem counts it */
	struct unix_addr *from;		/* [I] sender's name, or NULL */
	struct scm scm;			/* [r] */
	size_t size;			/* [I] bytes put in */
	size_t offset;			/* [r] bytes taken */
	char data[];			/* [I] */
};

/*
 * Field legend: [I] immutable, [a] atomic, [l] lock, [n] the name table's lock, [p] lock of the peer, [g] unix_gc.h,
 * [u] unix_list.c
 */
struct unix_sock {
	struct refcount refs;		/* [a] */
	struct spinlock lock;
	struct list_head all;		/* [u] unix_list.c */
	uint64_t ino;			/* [a] its socket's; 0: not accepted yet */
	int type;			/* [I] SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET */
	enum unix_state state;		/* [l] */
	unsigned shut;			/* [l] enum unix_shut */
	bool dead;			/* [l] */
	bool passcred;			/* [a] a copy of its socket's SO_PASSCRED for senders */
	int err;			/* [a] pending error, positive */
	struct unix_sock *peer;		/* [l] with a reference */
	struct unix_addr *addr;		/* [l] set once, then immutable; NULL: unnamed */
	struct path path;		/* [n] of a name in the file system */
	struct hlist_node name;		/* [n] */
	struct list_head queue;		/* [l] unix_buf */
	unsigned nr_queued;		/* [l] */
	size_t queued;			/* [l] bytes not yet taken */
	struct list_head pending;	/* [l] listener: connections to accept */
	struct list_head pending_link;	/* [l] of the listener */
	unsigned nr_pending, backlog;	/* [l] */
	size_t wmem;			/* [a] bytes sent and not taken yet */
	struct list_head full_senders;	/* [l] whose poll found us full */
	struct list_head full_link;	/* [p] */
	struct ucred self;		/* [l] who listened, connected or made it */
	struct ucred peercred;		/* [l] pid 0: unknown */
	struct mutex rx, tx;		/* one reader, one writer at a time */
	struct waitq readable;		/* data, connections, ends */
	struct waitq writable;		/* room: own wmem, and as a receiver or listener */
	struct fasync async;		/* O_ASYNC */
	size_t full_at;			/* [a] a sender found no room in this much: SIGIO when there is; 0: not */
	struct unix_flight flight;	/* [g] the collector's */
};

#define UNIX_DGRAM_QUEUE	10	/* net.unix.max_dgram_qlen */

/* unix.c */
struct unix_sock *unix_get(struct unix_sock *u);
void unix_put(struct unix_sock *u);
/* The peer with a reference; NULL: none. */
struct unix_sock *unix_peer_get(struct unix_sock *u);
/* u is connected to `peer`; the reference is taken over. A previous peer is left. u->lock not held. */
void unix_set_peer(struct unix_sock *u, struct unix_sock *peer);

/* unix_list.c: all that there are, for /proc/net/unix. */
void unix_list_init(void);
void unix_list_add(struct unix_sock *u);
void unix_list_del(struct unix_sock *u);	/* before it is freed */

/* unix_name.c */
int unix_bind(struct socket *s, const struct sock_addr *addr);
/* Give an unnamed socket an abstract name. 0 or -errno. */
int __must_check unix_autobind(struct socket *s);
/* Who has the name, with a reference in *out; checks rights. 0, -ECONNREFUSED, -ENOENT, -EACCES, -EPROTOTYPE, ... */
int __must_check unix_find(const struct sock_addr *addr, int type, struct unix_sock **out);
void unix_forget_name(struct unix_sock *u);
void unix_addr_put(struct unix_addr *a);
/* Length and family are those of a name unix_bind() or unix_find() takes. 0 or -EINVAL. */
int __must_check unix_check_addr(const struct sock_addr *addr);
void unix_copy_addr(struct sock_addr *to, const struct unix_addr *from);

/* unix_msg.c */
ssize_t unix_stream_send(struct socket *s, struct sock_msg *m, bool nonblock);
ssize_t unix_stream_recv(struct socket *s, struct sock_msg *m, bool nonblock);
ssize_t unix_dgram_send(struct socket *s, struct sock_msg *m, bool nonblock);
ssize_t unix_dgram_recv(struct socket *s, struct sock_msg *m, bool nonblock);
ssize_t unix_seqpacket_send(struct socket *s, struct sock_msg *m, bool nonblock);
ssize_t unix_seqpacket_recv(struct socket *s, struct sock_msg *m, bool nonblock);
/* Free what a dead socket had queued. May sleep. */
void unix_drop_queue(struct list_head *bufs);
bool unix_writable(struct socket *s, const struct unix_sock *u);
/* Who waited for room in u's queue may look again. */
void unix_wake_senders(struct unix_sock *u);
/* u's poll found `peer` full: be woken by its next reader. */
void unix_watch_full(struct unix_sock *u, struct unix_sock *peer);
