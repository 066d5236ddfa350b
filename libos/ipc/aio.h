/* SPDX-License-Identifier: MIT */
/*
 * aio: contexts of Linux asynchronous I/O: a ring of completions that the program maps. Who carries the requests out
 * is the caller's affair (syscall/sys_aio.c). Source: io_setup(2), io_getevents(2), io_submit(2).
 */
#pragma once

#include "abi/aio.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct aio_ctx;
struct mm;

/*
 * A context for `nr` requests in the current address space; its id is where the ring was mapped. 0, -EINVAL, -EAGAIN
 * (aio-max-nr), -ENOMEM. May sleep.
 */
int __must_check aio_create(struct mm *mm, unsigned nr, unsigned long *id);
/* The context of this id with a reference; NULL: none. Any thread context. */
struct aio_ctx *aio_get(struct mm *mm, unsigned long id);
void aio_put(struct aio_ctx *ctx);
/* Take it away: its ring is unmapped, who waits for it gets -EINVAL. 0 or -EINVAL: there is none. May sleep. */
int __must_check aio_destroy(struct mm *mm, unsigned long id);

/* How many requests it was made for. */
unsigned aio_size(const struct aio_ctx *ctx);
/* Room for one completion: false when too many were not taken yet. Any context. */
bool __must_check aio_reserve(struct aio_ctx *ctx);
void aio_unreserve(struct aio_ctx *ctx);
/* A reserved completion. Thread context. */
void aio_complete(struct aio_ctx *ctx, const struct io_event *event);

/*
 * Between min and nr completions to user memory, fewer when the deadline (ns; 0: now, WAIT_FOREVER) passes. The number,
 * -EINTR, -EFAULT, or -EINVAL when it was destroyed. May sleep.
 */
long __must_check aio_take(struct aio_ctx *ctx, long min, long nr, struct io_event __user *out, uint64_t deadline);
