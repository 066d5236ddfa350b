/* SPDX-License-Identifier: MIT */
/*
 * log_io: blocks on their way to the disk past the page cache: to the log, or in place. Neighbours share a request.
 * The memory must not be freed before log_io_wait() returned; it may be changed if nobody minds what is written.
 */
#include "block/bio.h"
#include "core/assert.h"
#include "fs/ext4/log.h"
#include "mm/page_alloc.h"

#define IO_VECS		64

void log_io_init(struct log_io *io, struct ext4_fs *fs)
{
	*io = (struct log_io){ .pending = 1, .fs = fs };
	completion_init(&io->done);
}

static void drop(struct log_io *io)
{
	if (!__atomic_sub_fetch(&io->pending, 1, __ATOMIC_ACQ_REL))
		complete(&io->done);
}

static void io_done(struct bio *bio)
{
	struct log_io *io = bio->private;

	if (bio->err)
		__atomic_store_n(&io->err, bio->err, __ATOMIC_RELAXED);
	bio_free(bio);
	drop(io);
}

static void submit(struct log_io *io)
{
	if (!io->bio)
		return;
	__atomic_fetch_add(&io->pending, 1, __ATOMIC_RELAXED);
	bio_submit(io->bio);
	io->bio = NULL;
}

static struct bio *new_bio(struct log_io *io, uint64_t block)
{
	struct bio *bio = bio_alloc(io->fs->bdev, BIO_WRITE, IO_VECS, GFP_KERNEL | GFP_RESERVE);

	if (!bio)		/* one block's worth will do */
		bio = bio_alloc(io->fs->bdev, BIO_WRITE, 1, GFP_KERNEL | GFP_RESERVE);
	if (!bio)
		return NULL;
	bio->offset = block << io->fs->block_bits;
	bio->done = io_done;
	bio->private = io;
	return bio;
}

void log_io_write(struct log_io *io, uint64_t block, void *data)
{
	struct page *page = virt_to_page(data);
	uint32_t offset = (uint32_t)((uintptr_t)data & ~PAGE_MASK), size = io->fs->block_size;

	if (io->bio && (io->next != block || !bio_add(io->bio, page, offset, size)))
		submit(io);
	else if (io->bio)
		goto out;
	io->bio = new_bio(io, block);
	if (!io->bio) {
		__atomic_store_n(&io->err, -ENOMEM, __ATOMIC_RELAXED);
		return;
	}
	VERIFY(bio_add(io->bio, page, offset, size));
out:
	io->next = block + 1;
}

int log_io_wait(struct log_io *io)
{
	submit(io);
	drop(io);
	wait_for_completion(&io->done);
	return __atomic_load_n(&io->err, __ATOMIC_RELAXED);
}
