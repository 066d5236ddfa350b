/* SPDX-License-Identifier: MIT */
/*
 * Pipes and FIFOs.
 *
 * Source: pipe(7), fifo(7), pipe(2), fcntl(2) F_SETPIPE_SZ.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "mm/page.h"
#include "sync/mutex.h"
#include "sync/waitq.h"
#include "vfs/sigio.h"

struct cred;
struct file;
struct inode;
struct user_count;

#define PIPE_SLOTS_DEFAULT	16U			/* 64 KiB */

/* One piece of content. Field legend: [l] pipe->lock */
struct pipe_buf {
	struct page *page;		/* [l] one reference */
	uint32_t offset, len;		/* [l] len > 0 */
	bool packet;			/* [l] O_DIRECT: a read takes at most this piece */
	bool merge;			/* [l] a later write may be appended: the page is nobody else's */
};

/* Field legend: [l] lock, [i] the inode's spin lock */
struct pipe {
	struct mutex lock;
	struct waitq readable, writable;
	struct fasync read_async, write_async;	/* O_ASYNC at either end */
	struct pipe_buf *bufs;		/* [l] ring of nr_slots */
	unsigned nr_slots;		/* [l] power of two */
	unsigned head, tail;		/* [l] run free: head - tail slots are in use */
	struct page *spare[2];		/* [l] pages kept for the next write */
	unsigned readers, writers;	/* [l] open ends */
	unsigned reader_opens, writer_opens;	/* [l] ends ever opened: what a waiting open() watches */
	unsigned files;			/* [i] open files; the last frees the pipe */
	struct user_count *user;	/* [I] whose pages these are */
};

/* A pipe; flags: O_NONBLOCK, O_DIRECT (packets). out[0] reads, out[1] writes. 0 or -errno. May sleep. */
int __must_check pipe_create(const struct cred *cred, unsigned flags, struct file *out[2]);

/* The pipe behind a file, or NULL. */
struct pipe *pipe_of(const struct file *file);

/* F_GETPIPE_SZ, F_SETPIPE_SZ: bytes, or -errno (-EBADF: no pipe; -EBUSY: content does not fit; -EPERM). May sleep. */
long __must_check pipe_get_size(const struct file *file);
long __must_check pipe_set_size(struct file *file, size_t size, const struct cred *cred);

static inline bool pipe_is_empty(const struct pipe *p)
{
	return p->head == p->tail;
}

static inline bool pipe_is_full(const struct pipe *p)
{
	return p->head - p->tail >= p->nr_slots;
}

static inline struct pipe_buf *pipe_slot(struct pipe *p, unsigned index)
{
	return &p->bufs[index & (p->nr_slots - 1)];
}
