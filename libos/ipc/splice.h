/* SPDX-License-Identifier: MIT */
/* Moving data to, from and between pipes without a user buffer. Source: splice(2), tee(2), vmsplice(2). */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct file;
struct iov_iter;
struct vfs_ctx;

/* <linux/splice.h> is not part of the UAPI headers: numbers of splice(2). */
enum splice_flags { SPLICE_F_MOVE = 1, SPLICE_F_NONBLOCK = 2, SPLICE_F_MORE = 4, SPLICE_F_GIFT = 8, SPLICE_F_ALL = 15 };

/* One side: an open file, and the position to use and update instead of its own (NULL: its own). */
struct splice_end {
	struct file *file;
	loff_t *pos;
};

/*
 * Move up to len bytes; at least one side is a pipe. Bytes, 0 at the end of the input, -EINVAL (no pipe, or a file that
 * cannot), -ESPIPE (position for a pipe), -EAGAIN, -EPIPE (the caller sends SIGPIPE), -ERESTARTSYS. May sleep.
 */
ssize_t __must_check file_splice(struct vfs_ctx *ctx, struct splice_end *in, struct splice_end *out, size_t len,
				 unsigned flags);
/* Let both pipes have the first len bytes of `in`. Bytes or -errno as above. May sleep. */
ssize_t __must_check pipe_tee(struct file *in, struct file *out, size_t len, unsigned flags);
/* vmsplice: read or write the pipe, by how it is open. Bytes or -errno. May sleep. */
ssize_t __must_check pipe_copy(struct vfs_ctx *ctx, struct file *file, struct iov_iter *it, bool nonblock);
