/* SPDX-License-Identifier: MIT */
/*
 * queue: from bios to requests a driver can start.
 *
 * Model. Bios wait in a FIFO. When the device has room, the first becomes a request; bios behind it that
 * continue where it ends (same operation, limits kept) are merged into it. The driver starts requests until it
 * is full and says when one is done, from its interrupt handler; then more are started. While plugged, nothing
 * is started, so that a burst of submissions merges and rings the device's doorbell once.
 *
 *   bio_submit -> pending -> [dispatch: merge] -> request -> ops->start -> (device) -> block_queue_done -> bio->done
 *
 * Locking. q->lock (class "blkqueue", irq-safe); ops are called under it. bio->done is called without it.
 */
#pragma once

#include "block/bio.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/spinlock.h"

struct block_queue;

/* Field legend: [l] queue lock, [d] the driver's between start and done */
struct block_request {
	struct list_head bios;		/* [l] in order of offset */
	struct list_head link;		/* [l] free list */
	uint64_t start;			/* [l] byte offset on the disk */
	uint64_t bytes;			/* [l] */
	unsigned nr_segs;		/* [l] vecs in all bios */
	uint8_t op;			/* [l] enum bio_op */
	unsigned tag;			/* [I] 0..depth-1 */
	uint64_t started_ns;		/* [l] */
	void *driver;			/* [d] */
};

struct block_queue_ops {
	/* Start a request. False: no room now (block_queue_done() or block_queue_kick() comes). Lock held, irqs off. */
	bool (*start)(struct block_queue *q, struct block_request *rq);
	/* All of a burst were started: ring the doorbell. */
	void (*commit)(struct block_queue *q);
};

struct block_limits {
	unsigned depth;			/* most requests in flight */
	unsigned max_segs;		/* vecs of a request; >= 1 */
	uint64_t max_bytes;		/* of a request */
	uint32_t max_seg_bytes;		/* of one vec */
	bool flush;			/* has a write cache to flush; else BIO_FLUSH completes at once */
	bool discard;
};

/* Field legend: [I] immutable, [l] lock */
struct block_queue {
	struct spinlock lock;
	const struct block_queue_ops *ops;	/* [I] */
	void *private;			/* [I] the driver's */
	struct block_limits limits;	/* [I] */
	struct block_request *requests;	/* [I] depth of them */
	struct list_head free;		/* [l] */
	struct list_head pending;	/* [l] bios */
	struct block_request *stalled;	/* [l] built, but the driver had no room */
	unsigned plugged;		/* [l] */
	unsigned in_flight;		/* [l] */
	uint64_t count[4], merges[4], sectors[4], busy_ns[4];	/* [l] by enum bio_op */
};

/* 0 or -ENOMEM. May sleep. */
int __must_check block_queue_init(struct block_queue *q, const struct block_queue_ops *ops, void *private,
				  const struct block_limits *limits);
void block_queue_fini(struct block_queue *q);
/* Queue a bio whose ->start is set and checked. Any context. */
void block_queue_submit(struct block_queue *q, struct bio *bio);
/* Hold back and let go; they nest. The caller does not sleep in between. Any context. */
void block_queue_plug(struct block_queue *q);
void block_queue_unplug(struct block_queue *q);
/*
 * The driver: one request is done; its bios complete. After the last of a batch call block_queue_kick(), which
 * starts what there is room for now. Any context, lock not held.
 */
void block_queue_done(struct block_queue *q, struct block_request *rq, int err);
void block_queue_kick(struct block_queue *q);
