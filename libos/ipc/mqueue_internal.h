/* SPDX-License-Identifier: MIT */
/* mqueue_internal.h: what mqueue.c (messages) and mqueue_fs.c (names, limits) share. */
#pragma once

#include "ipc/mqueue.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "sync/waitq.h"

struct inode;
struct mqueue;

#define MQ_STATUS_SIZE	80		/* st_size of a queue, and room for what reading it shows */

extern const struct file_ops mqueue_file_ops;

/* An empty queue, counted and charged to the caller; attr NULL: the defaults. 0 or -errno. */
int __must_check mqueue_create(struct mq_ns *ns, const struct mq_attr *attr, const struct cred *cred,
			       struct mqueue **out);
/* Nobody knows it any more: with the messages it holds. */
void mqueue_free(struct mqueue *q);

void mq_ns_put(struct mq_ns *ns);
