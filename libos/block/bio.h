/* SPDX-License-Identifier: MIT */
/*
 * bio: one transfer between pages of memory and a run of bytes of a block device.
 *
 *   bio_alloc() -> bio_add()* -> bio_submit() -> [queue.c, driver] -> done(bio) -> bio_free() by its owner
 *
 * Offsets and lengths are bytes, multiples of the device's sector size. The pages need a reference of their
 * owner's until
 * done() ran. done() comes exactly once, in any context (usually an interrupt), and may free the bio.
 * Flushes: BIO_FLUSH makes durable every write that had completed when it was submitted; it orders nothing else.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"

struct bdev;
struct page;

/* BIO_WRITE_ZEROES carries no data; BIO_GET_ID reads the device's serial number into one vec of BIO_ID_BYTES. */
enum bio_op { BIO_READ, BIO_WRITE, BIO_FLUSH, BIO_DISCARD, BIO_WRITE_ZEROES, BIO_GET_ID, BIO_OPS };
#define BIO_ID_BYTES	20

enum bio_flag { BIO_UNMAP = 1 };	/* BIO_WRITE_ZEROES: the storage may be given up */

/* Part of one page (or of a multi-page allocation, by its head: offset + len may pass PAGE_SIZE). */
struct bio_vec {
	struct page *page;
	uint32_t offset, len;
};

/* Field legend: [I] set by the owner before bio_submit(), [q] the queue's while submitted */
struct bio {
	struct bdev *bdev;		/* [I] */
	uint64_t offset;		/* [I] bytes from the start of bdev */
	uint64_t bytes;			/* [I] sum of the vecs; without vecs: set by the owner */
	uint8_t op;			/* [I] enum bio_op */
	uint8_t flags;			/* [I] enum bio_flag */
	uint16_t nr_vecs, max_vecs;	/* [I] */
	int err;			/* [q] valid in done(): 0 or -errno */
	void (*done)(struct bio *bio);	/* [I] any context */
	void *private;			/* [I] the owner's */
	struct list_head link;		/* [q] */
	uint64_t start;			/* [q] byte offset on the whole disk */
	struct bio_vec vecs[];		/* [I] */
};

#define BIO_MAX_VECS	256

/* NULL: no memory. With GFP_WAIT may sleep, else any context. The owner sets offset, done, private. */
struct bio *bio_alloc(struct bdev *bdev, enum bio_op op, unsigned max_vecs, unsigned gfp);
/* Append; merges with the last piece when they touch. False: full. */
bool __must_check bio_add(struct bio *bio, struct page *page, uint32_t offset, uint32_t len);
/* Hand over, or keep back for a plug. Never fails: errors (-EIO past the end, -EROFS) come in done(). Any context. */
void bio_submit(struct bio *bio);
/* Any context; the bio is not submitted. */
void bio_free(struct bio *bio);

/* Submit, wait, and return bio->err; uses done and private. May sleep. */
int __must_check bio_submit_wait(struct bio *bio);

/*
 * Transfer `n` bytes between memory of the direct map (kmalloc, pages) and the disk, past the page cache;
 * offset and n are multiples of the sector size. 0 or -errno. May sleep.
 */
int __must_check bio_transfer(struct bdev *bdev, enum bio_op op, uint64_t offset, void *buf, size_t n);

/*
 * Without data: tell the device that [offset, offset + n) is not needed, or is zero. Both in pieces the device takes;
 * multiples of the sector size; may sleep. bio_discard: -EOPNOTSUPP when it has no such command. bio_zero:
 * writes pages of zeroes when it has not, unless `flags` say BIO_ZERO_NO_FALLBACK. 0 or -errno; -EINTR on a
 * fatal signal.
 */
enum bio_zero_flags { BIO_ZERO_UNMAP = 1, BIO_ZERO_NO_FALLBACK = 2 };
int __must_check bio_discard(struct bdev *bdev, uint64_t offset, uint64_t n);
int __must_check bio_zero(struct bdev *bdev, uint64_t offset, uint64_t n, unsigned flags);

/* "read", "write": for messages. */
const char *bio_op_name(unsigned op);
