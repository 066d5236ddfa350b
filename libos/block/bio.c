/* SPDX-License-Identifier: MIT */
/*
 * bio: making transfers, checking them against the device, waiting for them. Merging and starting them is queue.c's.
 */
#include "block/bio.h"

#include "abi/errno.h"
#include "block/bdev.h"
#include "block/queue.h"
#include "core/assert.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
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

static int bio_check(const struct bio *bio)
{
	const struct bdev *bdev = bio->bdev;

	if (bio->op != BIO_READ && READ_ONCE(bdev->read_only))
		return bio->op == BIO_FLUSH ? 0 : -EROFS;
	if (bio->op == BIO_FLUSH)
		return 0;
	if (bio->op == BIO_DISCARD && !bdev->queue->limits.discard)
		return -EOPNOTSUPP;
	if ((bio->offset | bio->bytes) & (bdev->sector_size - 1) || !bio->bytes)
		return -EINVAL;
	if (bio->offset > bdev->size || bio->bytes > bdev->size - bio->offset)
		return -EIO;
	return 0;
}

void bio_submit(struct bio *bio)
{
	bio->err = bio_check(bio);
	bio->start = bio->bdev->start + bio->offset;
	if (bio->err)
		bio->done(bio);
	else
		block_queue_submit(bio->bdev->queue, bio);
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
		struct bio *bio = bio_alloc(bdev, op, 1, GFP_KERNEL);

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
