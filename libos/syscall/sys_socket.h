/* SPDX-License-Identifier: MIT */
/* Shared between the system calls of sockets and those of messages. Current task; may sleep. */
#pragma once

#include "lib/compiler.h"
#include "net/socket.h"
#include "vfs/fdtable.h"

/* A socket in use by the current call. */
struct sock_fd {
	struct fd fd;
	struct socket *s;
	bool nonblock;			/* its file has O_NONBLOCK */
};

/* 0 with a reference in *out, -EBADF or -ENOTSOCK. */
int __must_check sock_get(int fd, struct sock_fd *out);
void sock_put(struct sock_fd *f);
/* Addresses from and to the caller: 0, -EINVAL, -EFAULT. The true length is told, what fits is written. */
int __must_check sock_addr_in(struct sock_addr *to, const void __user *addr, int len);
int __must_check sock_addr_out(void __user *addr, int __user *addrlen, const struct sock_addr *from);
