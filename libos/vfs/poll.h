/* SPDX-License-Identifier: MIT */
/*
 * poll: how poll(2), select(2) and epoll(7) learn of readiness.
 *
 * A file's poll operation first hands every wait queue whose wake-up could change the answer to poll_wait(), then
 * returns the events true now (EPOLLIN, EPOLLOUT, EPOLLHUP, ... from abi/poll.h). Wakers pass the
 * events they caused as the wake key, so that uninterested waiters sleep on.
 */
#pragma once

#include "abi/poll.h"
#include "lib/compiler.h"
#include "sync/waitq.h"

struct file;

struct poll_table {
	/* Queue the caller's entry on wq; NULL: only the answer is wanted. */
	void (*queue)(struct poll_table *pt, struct file *file, struct waitq *wq);
	unsigned events;		/* what the caller waits for */
};

static inline void poll_wait(struct file *file, struct waitq *wq, struct poll_table *pt)
{
	if (pt && pt->queue)
		pt->queue(pt, file, wq);
}
