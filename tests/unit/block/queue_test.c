/* SPDX-License-Identifier: MIT */
/* The block queue and a disk in memory behind it, whose "hardware" completes requests when the test says so. */
#include "kernel.h"

#include "abi/errno.h"
#include "block/bdev.h"
#include "block/plug.h"
#include "block/queue.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "time/sleep.h"

#include <string.h>

#define DISK_SIZE	(1 << 20)
#define DEPTH		4
#define ROOM		3	/* the model takes fewer requests than there are tags */

static struct {
	struct block_queue queue;
	struct bdev bdev;
	struct block_request *taken[DEPTH];
	unsigned nr, commits, done, errors;
	bool answer;		/* a nudge brings the answers that got lost */
} model;

static bool model_start(struct block_hwq *hwq, struct block_request *rq)
{
	(void)hwq;
	if (model.nr == ROOM)
		return false;
	model.taken[model.nr++] = rq;
	return true;
}

static void model_commit(struct block_hwq *hwq)
{
	(void)hwq;
	model.commits++;
}

static void finish(unsigned i, int err)
{
	struct block_request *rq = model.taken[i];

	model.taken[i] = model.taken[--model.nr];
	block_request_done(rq, err);
}

static bool model_nudge(struct block_hwq *hwq)
{
	(void)hwq;
	if (!model.answer || !model.nr)
		return false;
	while (model.nr)
		finish(0, 0);
	return true;
}

static void start(bool flush)
{
	static const struct block_queue_ops ops = {
		.start = model_start, .commit = model_commit, .nudge = model_nudge,
	};
	struct block_queue_params params = {
		.ops = &ops, .write_cache = flush,
		.limits = { .depth = DEPTH, .max_segs = 8, .max_bytes = 32768, .max_seg_bytes = 16384 },
	};

	memset(&model, 0, sizeof(model));
	CHECK_EQ(block_queue_init(&model.queue, &params), 0);
	model.bdev.queue = &model.queue;
	model.bdev.disk = &model.bdev;
	model.bdev.size = DISK_SIZE;
	model.bdev.sector_size = 512;
	strcpy(model.bdev.name, "model");
}

static void bio_done(struct bio *bio)
{
	model.done++;
	model.errors += bio->err != 0;
	bio_free(bio);
}

static struct page *pages;

static void submit(enum bio_op op, uint64_t offset, uint32_t len)
{
	struct bio *bio = bio_alloc(&model.bdev, op, 1, GFP_KERNEL);

	if (!pages)
		pages = alloc_pages(GFP_KERNEL, 4);
	bio->offset = offset;
	bio->done = bio_done;
	if (len)
		CHECK(bio_add(bio, pages, 0, len));
	bio_submit(bio);
}

KTEST(queue_starts_at_once)
{
	start(true);
	submit(BIO_READ, 0, 4096);
	CHECK_EQ(model.nr, 1);
	CHECK_EQ(model.commits, 1);
	finish(0, 0);
	CHECK_EQ(model.done, 1);
	CHECK_EQ(model.errors, 0);
	block_queue_fini(&model.queue);
}

KTEST(queue_merges_while_plugged)
{
	struct blk_plug plug;
	struct bdev_stats stats;

	start(true);
	blk_start_plug(&plug);
	for (unsigned i = 0; i < 4; i++)
		submit(BIO_WRITE, i * 4096, 4096);
	submit(BIO_READ, 4 * 4096, 4096);
	CHECK_EQ(model.nr, 0);
	blk_finish_plug(&plug);
	CHECK_EQ(model.nr, 2);
	CHECK_EQ(model.commits, 1);
	CHECK_EQ(model.taken[0]->op, BIO_READ);
	CHECK_EQ(model.taken[1]->bytes, 4 * 4096);
	CHECK_EQ(model.taken[1]->nr_segs, 4);
	finish(1, 0);
	finish(0, -EIO);
	CHECK_EQ(model.done, 5);
	CHECK_EQ(model.errors, 1);
	bdev_stats(&model.bdev, &stats);
	CHECK_EQ(stats.write.merges, 3);
	CHECK_EQ(stats.write.requests, 1);
	CHECK_EQ(stats.write.sectors, 32);
	CHECK_EQ(stats.in_flight[0] + stats.in_flight[1], 0);
	block_queue_fini(&model.queue);
}

/* A bio in front of one in line, and one behind it, become one request with it. */
KTEST(queue_merges_out_of_order)
{
	struct blk_plug plug;

	start(true);
	blk_start_plug(&plug);
	submit(BIO_WRITE, 2 * 4096, 4096);
	submit(BIO_WRITE, 9 * 4096, 4096);
	submit(BIO_WRITE, 1 * 4096, 4096);
	submit(BIO_WRITE, 3 * 4096, 4096);
	blk_finish_plug(&plug);
	CHECK_EQ(model.nr, 2);
	CHECK_EQ(model.taken[0]->start, 4096);
	CHECK_EQ(model.taken[0]->bytes, 3 * 4096);
	CHECK_EQ(model.taken[1]->start, 9 * 4096);
	finish(1, 0);
	finish(0, 0);
	CHECK_EQ(model.done, 4);
	block_queue_fini(&model.queue);
}

/* The inner plug's end hands over nothing; what a thread holds back goes when it sleeps. */
KTEST(queue_plugs_nest_and_end_with_sleep)
{
	struct blk_plug outer, inner;

	start(true);
	blk_start_plug(&outer);
	blk_start_plug(&inner);
	submit(BIO_READ, 0, 4096);
	blk_finish_plug(&inner);
	CHECK_EQ(model.nr, 0);
	sleep_ns(1000);
	CHECK_EQ(model.nr, 1);
	submit(BIO_READ, 8192, 4096);
	CHECK_EQ(model.nr, 1);
	blk_finish_plug(&outer);
	CHECK_EQ(model.nr, 2);
	finish(1, 0);
	finish(0, 0);
	CHECK_EQ(model.done, 2);
	block_queue_fini(&model.queue);
}

/* Many writes in line: a read that comes then is among the next started. Many reads: a write has its turn. */
KTEST(queue_is_fair)
{
	unsigned writes = 0, steps = 0;

	start(true);
	for (unsigned i = 0; i < 20; i++)
		submit(BIO_WRITE, i * 8192, 4096);
	CHECK_EQ(model.nr, ROOM);
	submit(BIO_READ, 512000, 4096);
	finish(0, 0);
	CHECK_EQ(model.taken[ROOM - 1]->op, BIO_READ);
	while (model.nr)
		finish(0, 0);
	CHECK_EQ(model.done, 21);
	for (unsigned i = 0; i < 60; i++)
		submit(BIO_READ, i * 8192, 4096);
	submit(BIO_WRITE, 900 * 1024, 4096);
	while (model.nr && !writes) {
		finish(0, 0);
		steps++;
		for (unsigned i = 0; i < model.nr; i++)
			writes += model.taken[i]->op == BIO_WRITE;
	}
	CHECK_EQ(writes, 1);
	CHECK_LE(steps, BLOCK_READS_PAST + ROOM);
	while (model.nr)
		finish(0, 0);
	block_queue_fini(&model.queue);
}

/* What takes too long is reported, once, and stays the device's. */
KTEST(queue_reports_late_requests)
{
	start(true);
	model.queue.limits.timeout_ns = 1000000;
	submit(BIO_READ, 4096, 4096);
	submit(BIO_WRITE, 8192, 4096);
	sleep_ns(20000000);
	CHECK_EQ(model.queue.nr_timeouts, 2);
	CHECK_EQ(model.done, 0);
	CHECK_EQ(block_queue_in_flight(&model.queue), 2);
	finish(1, 0);
	finish(0, -EIO);
	CHECK_EQ(model.done, 2);
	CHECK_EQ(model.errors, 1);
	block_queue_fini(&model.queue);
}

/* A doorbell or an interrupt got lost: the device is asked, and there is its answer. */
KTEST(queue_nudges_a_silent_device)
{
	start(true);
	submit(BIO_READ, 4096, 4096);
	submit(BIO_WRITE, 8192, 4096);
	sleep_ns(3 * BLOCK_NUDGE_NS);
	CHECK_EQ(model.done, 0);
	CHECK_EQ(model.queue.nr_nudges, 0);
	model.answer = true;
	sleep_ns(3 * BLOCK_NUDGE_NS);
	CHECK_EQ(model.done, 2);
	CHECK_EQ(model.errors, 0);
	CHECK_EQ(model.queue.nr_nudges, 1);
	CHECK_EQ(model.queue.nr_timeouts, 0);
	block_queue_fini(&model.queue);
}

KTEST(queue_commands_without_data)
{
	start(true);
	submit(BIO_DISCARD, 0, 0);		/* the model has neither */
	CHECK_EQ(bio_discard(&model.bdev, 0, 4096), -EOPNOTSUPP);
	CHECK_EQ(bio_zero(&model.bdev, 0, 4096, BIO_ZERO_NO_FALLBACK), -EOPNOTSUPP);
	CHECK_EQ(model.errors, 1);
	CHECK_EQ(model.nr, 0);
	block_queue_fini(&model.queue);
}

KTEST(queue_keeps_limits_and_goes_on_when_there_is_room)
{
	struct blk_plug plug;

	start(true);
	for (unsigned i = 0; i < 40; i++)
		submit(BIO_READ, i * 8192, 4096);
	CHECK_EQ(model.nr, ROOM);
	while (model.nr)
		finish((unsigned)test_random_below(model.nr), 0);
	CHECK_EQ(model.done, 40);
	start(true);
	blk_start_plug(&plug);
	for (unsigned i = 0; i < 20; i++)
		submit(BIO_READ, i * 4096, 4096);
	blk_finish_plug(&plug);
	while (model.nr) {
		CHECK_LE(model.taken[0]->bytes, 32768);
		CHECK_LE(model.taken[0]->nr_segs, 8);
		finish(0, 0);
	}
	CHECK_EQ(model.done, 20);
	block_queue_fini(&model.queue);
}

KTEST(queue_refuses_what_is_not_on_the_disk)
{
	start(false);
	submit(BIO_READ, DISK_SIZE - 4096, 4096);
	CHECK_EQ(model.nr, 1);
	finish(0, 0);
	submit(BIO_READ, DISK_SIZE - 4096, 8192);
	submit(BIO_READ, UINT64_MAX - 511, 512);
	submit(BIO_READ, 100, 512);
	submit(BIO_READ, 512, 100);
	CHECK_EQ(model.errors, 4);
	submit(BIO_FLUSH, 0, 0);	/* no write cache: done at once */
	CHECK_EQ(model.done, 6);
	model.bdev.read_only = true;
	submit(BIO_WRITE, 0, 512);
	CHECK_EQ(model.errors, 5);
	CHECK_EQ(model.nr, 0);
	block_queue_fini(&model.queue);
}

KTEST(bio_joins_neighbours)
{
	struct bio *bio;

	start(true);
	pages = alloc_pages(GFP_KERNEL, 4);
	bio = bio_alloc(&model.bdev, BIO_READ, 2, GFP_KERNEL);
	for (unsigned i = 0; i < 4; i++)
		CHECK(bio_add(bio, pages + i, 0, 4096));
	CHECK_EQ(bio->nr_vecs, 1);
	CHECK_EQ(bio->vecs[0].len, 16384);
	CHECK(bio_add(bio, pages + 4, 0, 4096));	/* a segment's limit: the next one begins */
	CHECK_EQ(bio->nr_vecs, 2);
	CHECK(!bio_add(bio, pages + 9, 0, 4096));
	CHECK(bio_add(bio, pages + 5, 0, 4096));
	CHECK(!bio_add(bio, pages + 6, 0, 16384));
	CHECK_EQ(bio->bytes, 6 * 4096);
	bio_free(bio);
}
