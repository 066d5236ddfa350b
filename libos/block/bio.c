/* SPDX-License-Identifier: MIT */
/*
 * bio: making transfers, checking them against the device, waiting for them. Merging and starting them is queue.c's.
 */
#include "block/bio.h"

#include "abi/errno.h"
#include "block/bdev.h"
#include "block/plug.h"
#include "block/queue.h"
#include "core/assert.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/thread.h"
#include "sync/block.h"
#include "sync/completion.h"

struct bio *bio_alloc(struct bdev *bdev, enum bio_op op, unsigned max_vecs, unsigned gfp)
{
	struct bio *bio;

	VERIFY(max_vecs <= BIO_MAX_VECS);
	bio = kmalloc(sizeof(*bio) + max_vecs * sizeof(struct bio_vec), gfp);
	if (!bio)
		return NULL;
	memset(bio, 0, sizeof(*bio));
	bio->bdev = bdev;
	bio->op = (uint8_t)op;
	bio->max_vecs = (uint16_t)max_vecs;
	INIT_LIST_HEAD(&bio->link);
	return bio;
}

void bio_free(struct bio *bio)
{
	kfree(bio);
}

/* Do the two pieces lie one behind the other in physical memory, and may they be one? */
static bool vec_joins(const struct bio *bio, const struct bio_vec *last, paddr_t next, uint32_t len)
{
	return page_to_phys(last->page) + last->offset + last->len == next &&
	       last->len + len <= bio->bdev->queue->limits.max_seg_bytes;
}

bool bio_add(struct bio *bio, struct page *page, uint32_t offset, uint32_t len)
{
	struct bio_vec *last = bio->nr_vecs ? &bio->vecs[bio->nr_vecs - 1] : NULL;

	if (bio->bytes + len > bio->bdev->queue->limits.max_bytes)
		return false;
	if (last && vec_joins(bio, last, page_to_phys(page) + offset, len)) {
		last->len += len;
	} else {
		if (bio->nr_vecs == bio->max_vecs || bio->nr_vecs == bio->bdev->queue->limits.max_segs)
			return false;
		bio->vecs[bio->nr_vecs++] = (struct bio_vec){ .page = page, .offset = offset, .len = len };
	}
	bio->bytes += len;
	return true;
}

const char *bio_op_name(unsigned op)
{
	static const char *const names[BIO_OPS] = {
		"read", "write", "flush", "discard", "write of zeroes", "question",
	};

	return op < BIO_OPS ? names[op] : "?";
}

/* Can the device do it at all? */
static int bio_check_op(const struct bio *bio)
{
	const struct block_limits *limits = &bio->bdev->queue->limits;

	if (bio->op != BIO_READ && bio->op != BIO_GET_ID && bdev_is_read_only(bio->bdev))
		return bio->op == BIO_FLUSH ? 0 : -EROFS;
	if (bio->op == BIO_DISCARD && bio->bytes > limits->max_discard_bytes)
		return limits->max_discard_bytes ? -EINVAL : -EOPNOTSUPP;
	if (bio->op == BIO_WRITE_ZEROES && bio->bytes > limits->max_zero_bytes)
		return limits->max_zero_bytes ? -EINVAL : -EOPNOTSUPP;
	return 0;
}

static int bio_check(const struct bio *bio)
{
	const struct bdev *bdev = bio->bdev;
	uint64_t size = bdev_size(bdev);
	int err = bio_check_op(bio);

	if (err || bio->op == BIO_FLUSH || bio->op == BIO_GET_ID)
		return err;
	if (READ_ONCE(bdev->gone))
		return -ENXIO;
	if ((bio->offset | bio->bytes) & (bdev->sector_size - 1) || !bio->bytes)
		return -EINVAL;
	if (bio->offset > size || bio->bytes > size - bio->offset)
		return -EIO;
	return 0;
}

void bio_submit(struct bio *bio)
{
	struct block_queue *q = bio->bdev->queue;

	if (bio->op == BIO_READ)
		current_thread()->io.read_bytes += bio->bytes;
	bio->err = bio_check(bio);
	bio->start = bio->bdev->start + bio->offset;
	if (bio->err || (bio->op == BIO_FLUSH && !READ_ONCE(q->write_cache))) {
		bio->done(bio);
	} else if (!blk_plug_add(bio)) {
		LIST_HEAD(one);

		list_add(&bio->link, &one);
		block_queue_submit(q, &one);
	}
}

static void wait_done(struct bio *bio)
{
	complete(bio->private);
}

int bio_submit_wait(struct bio *bio)
{
	struct completion done;

	completion_init(&done);
	bio->done = wait_done;
	bio->private = &done;
	bio_submit(bio);
	wait_for_completion(&done);
	return bio->err;
}

int bio_transfer(struct bdev *bdev, enum bio_op op, uint64_t offset, void *buf, size_t n)
{
	const struct block_limits *limits = &bdev->queue->limits;
	uint64_t piece_max = min(limits->max_bytes, (uint64_t)limits->max_seg_bytes);
	int err = 0;

	while (n && !err) {
		uint32_t len = (uint32_t)min((uint64_t)n, piece_max);
		/* What is written makes memory free, and a commit cannot do without. */
		struct bio *bio = bio_alloc(bdev, op, 1, op == BIO_WRITE ? GFP_KERNEL | GFP_RESERVE : GFP_KERNEL);

		if (!bio)
			return -ENOMEM;
		bio->offset = offset;
		VERIFY(bio_add(bio, virt_to_page(buf), (uint32_t)((uintptr_t)buf & ~PAGE_MASK), len));
		err = bio_submit_wait(bio);
		bio_free(bio);
		buf = (char *)buf + len;
		offset += len;
		n -= len;
	}
	return err;
}

/* --- Without data --------------------------------------------------------------------------------- */

static int bio_command(struct bdev *bdev, enum bio_op op, unsigned flags, uint64_t offset, uint64_t bytes)
{
	struct bio *bio = bio_alloc(bdev, op, 0, GFP_KERNEL | GFP_RESERVE);	/* a commit flushes */
	int err;

	if (!bio)
		return -ENOMEM;
	bio->offset = offset;
	bio->bytes = bytes;
	bio->flags = (uint8_t)flags;
	err = bio_submit_wait(bio);
	bio_free(bio);
	return err;
}

/* In pieces of at most `most` bytes. */
static int bio_command_all(struct bdev *bdev, enum bio_op op, unsigned flags, uint64_t offset, uint64_t n)
{
	const struct block_limits *limits = &bdev->queue->limits;
	uint64_t most = op == BIO_DISCARD ? limits->max_discard_bytes : limits->max_zero_bytes;
	int err = 0;

	while (n && !err) {
		uint64_t piece = min(n, most);

		err = fatal_signal_pending() ? -EINTR : bio_command(bdev, op, flags, offset, piece);
		offset += piece;
		n -= piece;
	}
	return err;
}

int bio_discard(struct bdev *bdev, uint64_t offset, uint64_t n)
{
	if (!bdev->queue->limits.max_discard_bytes)
		return -EOPNOTSUPP;
	return bio_command_all(bdev, BIO_DISCARD, 0, offset, n);
}

/* Pages of zeroes, one page many times. */
static int zero_piece(struct bdev *bdev, struct page *zeroes, uint64_t offset, uint64_t *n)
{
	struct bio *bio = bio_alloc(bdev, BIO_WRITE, BIO_MAX_VECS, GFP_KERNEL);
	int err;

	if (!bio)
		return -ENOMEM;
	bio->offset = offset;
	while (*n && bio_add(bio, zeroes, 0, (uint32_t)min(*n, (uint64_t)PAGE_SIZE)))
		*n -= min(*n, (uint64_t)PAGE_SIZE);
	err = bio_submit_wait(bio);
	bio_free(bio);
	return err;
}

static int zero_by_writing(struct bdev *bdev, uint64_t offset, uint64_t n)
{
	struct page *zeroes = alloc_pages(GFP_KERNEL | GFP_ZERO, 0);
	int err = 0;

	if (!zeroes)
		return -ENOMEM;
	while (n && !err) {
		uint64_t left = n;

		err = fatal_signal_pending() ? -EINTR : zero_piece(bdev, zeroes, offset, &left);
		offset += n - left;
		n = left;
	}
	put_page(zeroes);
	return err;
}

int bio_zero(struct bdev *bdev, uint64_t offset, uint64_t n, unsigned flags)
{
	const struct block_limits *limits = &bdev->queue->limits;
	unsigned unmap = flags & BIO_ZERO_UNMAP && limits->zero_may_unmap ? BIO_UNMAP : 0;

	if (limits->max_zero_bytes) {
		int err = bio_command_all(bdev, BIO_WRITE_ZEROES, unmap, offset, n);

		if (err != -EOPNOTSUPP)
			return err;
	}
	return flags & BIO_ZERO_NO_FALLBACK ? -EOPNOTSUPP : zero_by_writing(bdev, offset, n);
}
