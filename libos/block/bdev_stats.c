/* SPDX-License-Identifier: MIT */
/*
 * bdev_stats: what /proc/diskstats and /sys/block/X/stat say. Each device and partition counts its own requests; a
 * whole disk's figures are the sums of its own and its partitions', kept as requests end.
 *
 * Source: Documentation/admin-guide/iostats.rst for what is counted.
 */
#include "block/bdev.h"

#include "block/bdev_text.h"
#include "block/internal.h"
#include "block/queue.h"
#include "lib/strbuf.h"
#include "time/clock.h"

#define NS_PER_MS	1000000

static void add(uint64_t *counter, uint64_t n)
{
	if (n)
		__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

/* Time since it was last looked at counts as busy when something was in flight meanwhile. */
static void update_busy(struct bdev_counts *c, uint64_t now_ms, bool was_busy)
{
	uint64_t seen = __atomic_exchange_n(&c->busy_seen_ms, now_ms, __ATOMIC_RELAXED);

	if (was_busy && seen < now_ms)
		add(&c->busy_ms, now_ms - seen);
}

static bool is_busy(const struct bdev_counts *c)
{
	return READ_ONCE(c->in_flight[0]) || READ_ONCE(c->in_flight[1]);
}

static void count_start(struct bdev_counts *c, const struct block_request *rq)
{
	update_busy(c, rq->started_ns / NS_PER_MS, is_busy(c));
	__atomic_fetch_add(&c->in_flight[rq->op != BIO_READ], 1, __ATOMIC_RELAXED);
}

static void count_done(struct bdev_counts *c, const struct block_request *rq, uint64_t now)
{
	update_busy(c, now / NS_PER_MS, /*was_busy=*/true);
	__atomic_fetch_sub(&c->in_flight[rq->op != BIO_READ], 1, __ATOMIC_RELAXED);
	add(&c->requests[rq->op], 1);
	add(&c->merges[rq->op], rq->nr_merges);
	add(&c->sectors[rq->op], rq->bytes >> 9);
	add(&c->ns[rq->op], now - rq->started_ns);
}

void bdev_account_start(const struct block_request *rq)
{
	count_start(&rq->bdev->counts, rq);
	if (rq->bdev->disk != rq->bdev)
		count_start(&rq->bdev->disk->counts, rq);
}

void bdev_account_done(const struct block_request *rq)
{
	uint64_t now = clock_ns();

	count_done(&rq->bdev->counts, rq, now);
	if (rq->bdev->disk != rq->bdev)
		count_done(&rq->bdev->disk->counts, rq, now);
}

#define SUM(field, op)									\
	(out->field.requests += READ_ONCE(c->requests[op]), out->field.merges += READ_ONCE(c->merges[op]),	\
	 out->field.sectors += READ_ONCE(c->sectors[op]), out->field.ms += READ_ONCE(c->ns[op]) / NS_PER_MS)

void bdev_stats(const struct bdev *bdev, struct bdev_stats *out)
{
	const struct bdev_counts *c = &bdev->counts;

	*out = (struct bdev_stats){ .busy_ms = READ_ONCE(c->busy_ms) };
	SUM(read, BIO_READ);
	SUM(write, BIO_WRITE);
	SUM(write, BIO_WRITE_ZEROES);
	SUM(discard, BIO_DISCARD);
	SUM(flush, BIO_FLUSH);
	out->in_flight[0] = READ_ONCE(c->in_flight[0]);
	out->in_flight[1] = READ_ONCE(c->in_flight[1]);
	if (is_busy(c))
		out->busy_ms += clock_ns() / NS_PER_MS - READ_ONCE(c->busy_seen_ms);
	out->weighted_ms = out->read.ms + out->write.ms + out->discard.ms + out->flush.ms;
}

void block_print_stats(struct strbuf *out, const struct bdev_stats *s)
{
	const uint64_t figures[] = {
		s->read.requests, s->read.merges, s->read.sectors, s->read.ms,
		s->write.requests, s->write.merges, s->write.sectors, s->write.ms,
		s->in_flight[0] + s->in_flight[1], s->busy_ms, s->weighted_ms,
		s->discard.requests, s->discard.merges, s->discard.sectors, s->discard.ms,
		s->flush.requests, s->flush.ms,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(figures); i++)
		strbuf_printf(out, " %llu", (unsigned long long)figures[i]);
	strbuf_puts(out, "\n");
}
