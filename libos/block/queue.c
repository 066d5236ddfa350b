/* SPDX-License-Identifier: MIT */
/*
 * queue: merging, fairness, and keeping the device busy. The model is in queue.h.
 *
 * Invariants
 *  (1) A bio is in a line, or in the list of one request that is stalled or active, until its done() runs.
 *  (2) A request is in free, or is stalled, or is in active (counted by in_flight).
 *  (3) When a line is not empty, something is in flight or a dispatch is running: completions drive the rest. So
 *      a driver that has nothing in flight always has room.
 *  (4) watched is true while the watch is queued or its function has not looked at active yet.
 */
#include "block/queue.h"

#include "block/bdev.h"
#include "block/internal.h"
#include "core/assert.h"
#include "core/log.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/percpu.h"
#include "time/clock.h"

#define LOOK_BACK	8	/* bios at the end of a line that a new one may join */

static bool watch_fires(struct hrtimer *timer);

static int hwq_init(struct block_queue *q, unsigned index)
{
	struct block_hwq *hwq = &q->hwqs[index];

	spin_lock_init(&hwq->lock, "blkqueue");
	hwq->queue = q;
	hwq->index = index;
	INIT_LIST_HEAD(&hwq->free);
	INIT_LIST_HEAD(&hwq->active);
	INIT_LIST_HEAD(&hwq->line[0]);
	INIT_LIST_HEAD(&hwq->line[1]);
	hrtimer_init(&hwq->watch, HRTIMER_MONOTONIC, watch_fires);
	hwq->requests = kcalloc(q->limits.depth, sizeof(*hwq->requests), GFP_KERNEL);
	if (!hwq->requests)
		return -ENOMEM;
	for (unsigned i = 0; i < q->limits.depth; i++) {
		struct block_request *rq = &hwq->requests[i];

		rq->tag = i;
		rq->hwq = hwq;
		INIT_LIST_HEAD(&rq->bios);
		list_add_tail(&rq->link, &hwq->free);
	}
	return 0;
}

int block_queue_init(struct block_queue *q, const struct block_queue_params *params)
{
	const struct block_limits *limits = &params->limits;
	int err = 0;

	VERIFY(limits->depth && limits->max_segs && limits->max_seg_bytes && limits->max_bytes);
	memset(q, 0, sizeof(*q));
	q->ops = params->ops;
	q->private = params->private;
	q->limits = *limits;
	q->write_cache = params->write_cache;
	if (!q->limits.timeout_ns)
		q->limits.timeout_ns = BLOCK_TIMEOUT_NS;
	q->nr_hwqs = max(params->nr_hwqs, 1u);
	q->hwqs = kcalloc(q->nr_hwqs, sizeof(*q->hwqs), GFP_KERNEL);
	if (!q->hwqs)
		return -ENOMEM;
	for (unsigned i = 0; i < q->nr_hwqs && !err; i++)
		err = hwq_init(q, i);
	if (err)
		block_queue_fini(q);
	return err;
}

void block_queue_fini(struct block_queue *q)
{
	for (unsigned i = 0; i < q->nr_hwqs; i++) {
		struct block_hwq *hwq = &q->hwqs[i];

		VERIFY(!hwq->in_flight && !hwq->stalled);
		if (hwq->requests)
			hrtimer_cancel(&hwq->watch);
		kfree(hwq->requests);
	}
	kfree(q->hwqs);
	q->hwqs = NULL;
	q->nr_hwqs = 0;
}

unsigned block_queue_in_flight(const struct block_queue *q)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < q->nr_hwqs; i++)
		sum += READ_ONCE(q->hwqs[i].in_flight);
	return sum;
}

/* --- Lines ---------------------------------------------------------------------------------------- */

static bool is_transfer(const struct bio *bio)
{
	return bio->op == BIO_READ || bio->op == BIO_WRITE;
}

/* Does `second` begin where `first` ends, in the same kind of transfer? */
static bool continues(const struct bio *first, const struct bio *second)
{
	return first->op == second->op && first->bdev == second->bdev && first->start + first->bytes == second->start &&
	       is_transfer(first);
}

/* Into line: next to a neighbour among the last few, else at the end. */
static void line_add_locked(struct block_hwq *hwq, struct bio *bio)
{
	struct list_head *line = &hwq->line[bio->op != BIO_READ];
	struct bio *other;
	unsigned looked = 0;

	assert_held(&hwq->lock);
	list_for_each_entry_reverse(other, line, link) {
		if (continues(other, bio)) {
			list_add(&bio->link, &other->link);
			return;
		}
		if (continues(bio, other)) {
			list_add_tail(&bio->link, &other->link);
			return;
		}
		if (++looked == LOOK_BACK)
			break;
	}
	list_add_tail(&bio->link, line);
}

/* May the line of everything but reads have another request? Flushes and such are few: all are counted as writes. */
static bool writes_allowed(const struct block_hwq *hwq)
{
	unsigned depth = hwq->queue->limits.depth;

	return depth < 4 || hwq->writes < depth - depth / 4;
}

/* Whose turn it is; NULL: nobody's. */
static struct bio *line_next_locked(struct block_hwq *hwq)
{
	struct bio *read = list_first_entry_or_null(&hwq->line[0], struct bio, link);
	struct bio *write = list_first_entry_or_null(&hwq->line[1], struct bio, link);

	assert_held(&hwq->lock);
	if (write && !writes_allowed(hwq))
		write = NULL;
	if (!write || (read && hwq->reads_past < BLOCK_READS_PAST)) {
		hwq->reads_past += read && write;
		return read;
	}
	hwq->reads_past = 0;
	return write;
}

/* --- Requests ------------------------------------------------------------------------------------- */

static void request_add_locked(struct block_request *rq, struct bio *bio)
{
	assert_held(&rq->hwq->lock);
	list_move_tail(&bio->link, &rq->bios);
	rq->bytes += bio->bytes;
	rq->nr_segs += bio->nr_vecs;
}

/* May bio, the next in line, become part of rq? All but transfers stand alone. */
static bool request_takes(const struct block_request *rq, const struct bio *bio)
{
	const struct block_limits *limits = &rq->hwq->queue->limits;

	return bio->op == rq->op && is_transfer(bio) && bio->bdev == rq->bdev && bio->start == rq->start + rq->bytes &&
	       rq->bytes + bio->bytes <= limits->max_bytes && rq->nr_segs + bio->nr_vecs <= limits->max_segs;
}

/* The next bio and what merges with it as a request; NULL: none in line, or no request free. */
static struct block_request *request_build_locked(struct block_hwq *hwq)
{
	struct block_request *rq = list_first_entry_or_null(&hwq->free, struct block_request, link);
	struct bio *bio = rq ? line_next_locked(hwq) : NULL;
	struct list_head *line;

	assert_held(&hwq->lock);
	if (!bio)
		return NULL;
	list_del_init(&rq->link);
	line = &hwq->line[bio->op != BIO_READ];
	rq->op = bio->op;
	rq->bdev = bio->bdev;
	rq->start = bio->start;
	rq->bytes = 0;
	rq->nr_segs = 0;
	rq->nr_merges = 0;
	rq->reported = false;
	hwq->writes += rq->op != BIO_READ;
	request_add_locked(rq, bio);
	while (!list_empty(line)) {
		bio = list_first_entry(line, struct bio, link);
		if (!request_takes(rq, bio))
			break;
		request_add_locked(rq, bio);
		rq->nr_merges++;
	}
	return rq;
}

static void watch_set_locked(struct block_hwq *hwq)
{
	assert_held(&hwq->lock);
	if (hwq->watched)
		return;
	hwq->watched = true;
	hrtimer_start_rel(&hwq->watch, min(READ_ONCE(hwq->queue->limits.timeout_ns), BLOCK_NUDGE_NS));
}

/* Start what the device has room for. */
static void dispatch_locked(struct block_hwq *hwq)
{
	const struct block_queue_ops *ops = hwq->queue->ops;
	unsigned started = 0;
	uint64_t now = 0;

	assert_held(&hwq->lock);
	for (;;) {
		struct block_request *rq = hwq->stalled ? hwq->stalled : request_build_locked(hwq);

		if (!rq)
			break;
		if (!now)
			now = clock_ns();
		rq->started_ns = now;
		hwq->stalled = NULL;
		list_add_tail(&rq->link, &hwq->active);
		if (!ops->start(hwq, rq)) {
			list_del_init(&rq->link);
			hwq->stalled = rq;
			break;
		}
		hwq->in_flight++;
		started++;
		bdev_account_start(rq);
	}
	if (!started)
		return;
	watch_set_locked(hwq);
	WRITE_ONCE(hwq->queue->nr_kicks, hwq->queue->nr_kicks + 1);
	ops->commit(hwq);
}

/* This CPU's way. Completions of way n come to CPU n: one that does not run yet gets none. */
static struct block_hwq *hwq_here(struct block_queue *q)
{
	unsigned i = q->nr_hwqs > 1 ? arch_cpu_id() % q->nr_hwqs : 0;

	return &q->hwqs[cpu_is_online(i) ? i : 0];
}

void block_queue_submit(struct block_queue *q, struct list_head *bios)
{
	struct block_hwq *hwq = hwq_here(q);
	unsigned long flags = spin_lock_irqsave(&hwq->lock);

	while (!list_empty(bios)) {
		struct bio *bio = list_first_entry(bios, struct bio, link);

		list_del(&bio->link);
		line_add_locked(hwq, bio);
	}
	dispatch_locked(hwq);
	spin_unlock_irqrestore(&hwq->lock, flags);
}

/* --- Done ----------------------------------------------------------------------------------------- */

void block_hwq_done_locked(struct block_request *rq, int err, struct list_head *done)
{
	struct block_hwq *hwq = rq->hwq;
	struct bio *bio;

	assert_held(&hwq->lock);
	list_for_each_entry(bio, &rq->bios, link)
		bio->err = err;
	bdev_account_done(rq);
	if (rq->reported)
		klog(KLOG_WARN, "block: %s: the late %s at sector %llu is done now: %d", rq->bdev->name,
		     bio_op_name(rq->op), (unsigned long long)(rq->start >> 9), err);
	list_splice_tail_init(&rq->bios, done);
	hwq->in_flight--;
	hwq->writes -= rq->op != BIO_READ;
	list_move(&rq->link, &hwq->free);
}

void block_hwq_finish(struct block_hwq *hwq, struct list_head *done, unsigned long flags)
{
	struct bio *bio, *next;

	dispatch_locked(hwq);
	spin_unlock_irqrestore(&hwq->lock, flags);
	list_for_each_entry_safe(bio, next, done, link) {
		list_del_init(&bio->link);
		bio->done(bio);
	}
}

void block_request_done(struct block_request *rq, int err)
{
	LIST_HEAD(done);
	struct block_hwq *hwq = rq->hwq;
	unsigned long flags = spin_lock_irqsave(&hwq->lock);

	block_hwq_done_locked(rq, err, &done);
	block_hwq_finish(hwq, &done, flags);
}

/* --- Time-outs ------------------------------------------------------------------------------------ */

static void report_late_locked(struct block_request *rq, uint64_t age_ns)
{
	assert_held(&rq->hwq->lock);
	rq->reported = true;
	__atomic_fetch_add(&rq->hwq->queue->nr_timeouts, 1, __ATOMIC_RELAXED);
	klog(KLOG_ERR, "block: %s: %s of %llu sectors at sector %llu: no answer for %llu ms, still waiting",
	     rq->bdev->name, bio_op_name(rq->op), (unsigned long long)(rq->bytes >> 9),
	     (unsigned long long)(rq->start >> 9), (unsigned long long)(age_ns / 1000000));
}

/* The oldest come first in active. When there is something to look at next, at most BLOCK_NUDGE_NS from now. */
static uint64_t report_locked(struct block_hwq *hwq, uint64_t now)
{
	uint64_t timeout = READ_ONCE(hwq->queue->limits.timeout_ns), next = now + min(timeout, BLOCK_NUDGE_NS);
	struct block_request *rq;

	assert_held(&hwq->lock);
	list_for_each_entry(rq, &hwq->active, link) {
		if (rq->started_ns + timeout > now)
			return min(next, rq->started_ns + timeout);
		if (!rq->reported)
			report_late_locked(rq, now - rq->started_ns);
	}
	return next;
}

static bool watch_fires(struct hrtimer *timer)
{
	struct block_hwq *hwq = container_of(timer, struct block_hwq, watch);
	const struct block_queue_ops *ops = hwq->queue->ops;
	unsigned long flags = spin_lock_irqsave(&hwq->lock);
	struct block_request *oldest = list_first_entry_or_null(&hwq->active, struct block_request, link);
	uint64_t now = clock_ns();
	bool silent = oldest && oldest->started_ns + BLOCK_NUDGE_NS <= now, again = hwq->in_flight;

	timer->expires_ns = report_locked(hwq, now);
	hwq->watched = again;
	spin_unlock_irqrestore(&hwq->lock, flags);
	if (silent && ops->nudge && ops->nudge(hwq))
		__atomic_fetch_add(&hwq->queue->nr_nudges, 1, __ATOMIC_RELAXED);
	return again;
}
