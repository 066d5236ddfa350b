/* SPDX-License-Identifier: MIT */
/*
 * socket: the family-independent part: creation, the file behind a descriptor, options all families share.
 *
 * A family registers itself with socket_register_family(); its create() picks the proto_ops for type and protocol. The
 * system calls (syscall/sys_socket.c, sys_msg.c) decode, then call the operations through socket_of(file)->ops.
 *
 * Who asks: nothing here knows the current task. Names in the file system and credentials come from the context
 * hook, which the system calls set.
 *
 * Locking: none of its own but for options, which are single words. Families have their own.
 */
#pragma once

#include "abi/socket.h"
#include "lib/compiler.h"
#include "lib/types.h"
#include "mm/iov.h"
#include "net/scm.h"

struct fasync;
struct file;
struct poll_table;
struct socket;
struct vfs_ctx;

/* An address as the caller gave it or wants it: bytes [0, len) are valid. */
struct sock_addr {
	unsigned len;
	union {
		uint16_t family;
		struct __kernel_sockaddr_storage storage;
		struct sockaddr_un un;
	};
};

/* One message on its way in or out. */
struct sock_msg {
	struct iov_iter it;
	struct sock_addr *name;		/* send: destination or NULL; receive: filled with the sender (len 0: none) */
	unsigned flags;			/* MSG_* of the call */
	unsigned out_flags;		/* receive: MSG_TRUNC, ... */
	struct scm scm;			/* what travels beside the data */
};

/* NULL slots: -EOPNOTSUPP. All may sleep. 0 or more, or -errno. */
struct proto_ops {
	void (*release)(struct socket *s);
	int (*bind)(struct socket *s, const struct sock_addr *addr);
	int (*connect)(struct socket *s, const struct sock_addr *addr, bool nonblock);
	int (*pair)(struct socket *a, struct socket *b);
	int (*listen)(struct socket *s, int backlog);
	/* `fresh` has no protocol part yet: set fresh->sk. */
	int (*accept)(struct socket *s, struct socket *fresh, bool nonblock);
	int (*getname)(struct socket *s, bool peer, struct sock_addr *out);
	int (*shutdown)(struct socket *s, int how);
	ssize_t (*sendmsg)(struct socket *s, struct sock_msg *m, bool nonblock);
	ssize_t (*recvmsg)(struct socket *s, struct sock_msg *m, bool nonblock);
	unsigned (*poll)(struct socket *s, struct file *file, struct poll_table *pt);	/* needed */
	long (*ioctl)(struct socket *s, unsigned cmd, unsigned long arg);	/* -ENOTTY */
	/* Where O_ASYNC registers. Default: nowhere */
	struct fasync *(*async)(struct socket *s);
	int (*take_error)(struct socket *s);		/* SO_ERROR: a positive errno, cleared. Default: 0 */
	bool (*is_listening)(struct socket *s);		/* SO_ACCEPTCONN. Default: no */
	int (*peer_cred)(struct socket *s, struct ucred *out);	/* SO_PEERCRED */
};

enum sock_flag { SOCKF_REUSEADDR = 1, SOCKF_KEEPALIVE = 2, SOCKF_BROADCAST = 4, SOCKF_OOBINLINE = 8,
		 SOCKF_PASSCRED = 16, SOCKF_TIMESTAMP = 32, SOCKF_REUSEPORT = 64, SOCKF_DONTROUTE = 128 };

/* Field legend: [I] immutable once it has a file, [a] single words, read and written atomically */
struct socket {
	int family, type, protocol;	/* [I] */
	const struct proto_ops *ops;	/* [I] */
	uint64_t ino;			/* [I] what its inode has as number */
	void *sk;			/* [I] the protocol's part; NULL: none yet */
	unsigned flags;			/* [a] enum sock_flag */
	int sndbuf, rcvbuf;		/* [a] bytes */
	int rcvlowat, priority;		/* [a] */
	uint64_t rcvtimeo_ns, sndtimeo_ns;	/* [a] 0: for ever */
	struct linger linger;		/* [a] */
	bool opened;			/* [a] has its one file */
};

#define SOCK_BUF_DEFAULT	212992	/* net.core.[rw]mem_default and _max of Linux */

struct socket_family {
	int family;
	int (*create)(struct socket *s);	/* type and protocol are set: choose ops, make sk. 0 or -errno */
};

/* At INIT_VFS. One per number, static. */
void socket_register_family(const struct socket_family *f);
/* Set once by the system calls: the caller's context, and in *self (may be NULL) who it is. */
void socket_set_context_hook(struct vfs_ctx *(*fn)(struct ucred *self));
struct vfs_ctx *socket_context(struct ucred *self);

/* A socket without a file. 0, -EAFNOSUPPORT, -EINVAL, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT, -ENOMEM. */
int __must_check socket_create(int family, int type, int protocol, struct socket **out);
/* A socket like `s` for accept(): no sk. NULL: no memory. */
struct socket *socket_clone(const struct socket *s);
/* A socket that never got a file. */
void socket_destroy(struct socket *s);
/* Its file, which owns it from then on. flags: SOCK_NONBLOCK. 0 or -ENOMEM (the socket is still the caller's). */
int __must_check socket_file(struct socket *s, unsigned flags, struct file **out);
/* NULL: not a socket (ENOTSOCK). */
struct socket *socket_of(const struct file *file);
/* A socket, and not a stream: -EPIPE comes without SIGPIPE. */
bool socket_keeps_messages(const struct file *file);

/* SOL_SOCKET options; values are kernel copies. get: *len is the room, then the length. */
int __must_check sockopt_set(struct socket *s, int name, const void *value, unsigned len);
int __must_check sockopt_get(struct socket *s, int name, void *value, unsigned *len);

/* When a wait of this direction ends, on the clock_ns() scale. */
uint64_t socket_deadline(uint64_t timeo_ns);
/* What a wait's result means to the caller: -ETIMEDOUT: -EAGAIN; a signal: -EINTR when a time-out was set. */
int socket_wait_result(int err, uint64_t timeo_ns);
