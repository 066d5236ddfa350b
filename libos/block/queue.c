/* SPDX-License-Identifier: MIT */
/*
 * queue: merging, plugging, and keeping the device busy. The model is in queue.h.
 *
 * Invariants
 *  (1) A bio is in q->pending, or in the list of one request that is stalled or in flight, until its done() runs.
 *  (2) A request is in q->free, or is q->stalled, or is the driver's (counted by in_flight).
 *  (3) When pending is not empty and q is not plugged, something is in flight or a dispatch is running: completions
 *      drive the rest.
 */
#include "block/queue.h"

#include "abi/errno.h"
#include "block/bdev.h"
#include "core/assert.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "time/clock.h"

int block_queue_init(struct block_queue *q, const struct block_queue_ops *ops, void *private,
		     const struct block_limits *limits)
{
	VERIFY(limits->depth && limits->max_segs && limits->max_seg_bytes && limits->max_bytes);
	memset(q, 0, sizeof(*q));
	spin_lock_init(&q->lock, "blkqueue");
	q->ops = ops;
	q->private = private;
	q->limits = *limits;
	INIT_LIST_HEAD(&q->free);
	INIT_LIST_HEAD(&q->pending);
	q->requests = kcalloc(limits->depth, sizeof(*q->requests), GFP_KERNEL);
	if (!q->requests)
		return -ENOMEM;
	for (unsigned i = 0; i < limits->depth; i++) {
		struct block_request *rq = &q->requests[i];

		rq->tag = i;
		INIT_LIST_HEAD(&rq->bios);
		list_add_tail(&rq->link, &q->free);
	}
	return 0;
}

void block_queue_fini(struct block_queue *q)
{
	VERIFY(list_empty(&q->pending) && !q->in_flight && !q->stalled);
	kfree(q->requests);
	q->requests = NULL;
}

static void request_add_locked(struct block_queue *q, struct block_request *rq, struct bio *bio)
{
	assert_held(&q->lock);
	list_move_tail(&bio->link, &rq->bios);
	rq->bytes += bio->bytes;
	rq->nr_segs += bio->nr_vecs;
}

/* May bio, the next in line, become part of rq? Flushes and discards stand alone. */
static bool request_takes(const struct block_queue *q, const struct block_request *rq, const struct bio *bio)
{
	return bio->op == rq->op && rq->op <= BIO_WRITE && bio->start == rq->start + rq->bytes &&
	       rq->bytes + bio->bytes <= q->limits.max_bytes && rq->nr_segs + bio->nr_vecs <= q->limits.max_segs;
}

/* The first pending bio and what merges with it as a request; NULL: nothing pending, or no request free. */
static struct block_request *request_build_locked(struct block_queue *q)
{
	struct bio *bio = list_first_entry_or_null(&q->pending, struct bio, link);
	struct block_request *rq = list_first_entry_or_null(&q->free, struct block_request, link);

	assert_held(&q->lock);
	if (!bio || !rq)
		return NULL;
	list_del_init(&rq->link);
	rq->op = bio->op;
	rq->start = bio->start;
	rq->bytes = 0;
	rq->nr_segs = 0;
	request_add_locked(q, rq, bio);
	while (!list_empty(&q->pending)) {
		bio = list_first_entry(&q->pending, struct bio, link);
		if (!request_takes(q, rq, bio))
			break;
		request_add_locked(q, rq, bio);
		q->merges[rq->op]++;
	}
	return rq;
}

/* Start what the device has room for. */
static void dispatch_locked(struct block_queue *q)
{
	bool started = false;

	assert_held(&q->lock);
	while (!q->plugged) {
		struct block_request *rq = q->stalled ? q->stalled : request_build_locked(q);

		if (!rq)
			break;
		q->stalled = NULL;
		rq->started_ns = clock_ns();
		if (!q->ops->start(q, rq)) {
			q->stalled = rq;
			break;
		}
		q->in_flight++;
		started = true;
	}
	if (started)
		q->ops->commit(q);
}

void block_queue_submit(struct block_queue *q, struct bio *bio)
{
	unsigned long flags;

	if (bio->op == BIO_FLUSH && !q->limits.flush) {
		bio->done(bio);
		return;
	}
	flags = spin_lock_irqsave(&q->lock);
	list_add_tail(&bio->link, &q->pending);
	dispatch_locked(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

void block_queue_plug(struct block_queue *q)
{
	unsigned long flags = spin_lock_irqsave(&q->lock);

	q->plugged++;
	spin_unlock_irqrestore(&q->lock, flags);
}

void block_queue_unplug(struct block_queue *q)
{
	unsigned long flags = spin_lock_irqsave(&q->lock);

	VERIFY(q->plugged);
	q->plugged--;
	dispatch_locked(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

void block_queue_kick(struct block_queue *q)
{
	unsigned long flags = spin_lock_irqsave(&q->lock);

	dispatch_locked(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

void block_queue_done(struct block_queue *q, struct block_request *rq, int err)
{
	LIST_HEAD(done);
	struct bio *bio, *next;
	unsigned long flags = spin_lock_irqsave(&q->lock);

	list_splice_init(&rq->bios, &done);
	q->in_flight--;
	q->count[rq->op]++;
	q->sectors[rq->op] += rq->bytes >> 9;
	q->busy_ns[rq->op] += clock_ns() - rq->started_ns;
	list_add(&rq->link, &q->free);
	spin_unlock_irqrestore(&q->lock, flags);
	list_for_each_entry_safe(bio, next, &done, link) {
		list_del_init(&bio->link);
		bio->err = err;
		bio->done(bio);
	}
}
