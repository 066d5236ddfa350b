/* SPDX-License-Identifier: MIT */
/*
 * bdev_cache: a block device's page cache: pages filled by reads, written back by writes of whole pages (less at the
 * device's end). Pages of one batch that are neighbours on the disk share a bio.
 */
#include "block/bdev.h"

#include "abi/errno.h"
#include "block/internal.h"
#include "block/plug.h"
#include "block/queue.h"
#include "lib/align.h"
#include "lib/errseq.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "sync/rcu.h"

#define BATCH_PAGES	64

static struct bdev *mapping_bdev(struct address_space *as)
{
	return container_of(as, struct bdev, mapping);
}

static loff_t cache_size(struct address_space *as)
{
	return (loff_t)bdev_size(mapping_bdev(as));
}

/* Bytes of page `index` that lie on the device. */
static uint32_t page_bytes(const struct bdev *bdev, uint64_t index)
{
	uint64_t at = index << PAGE_SHIFT, size = bdev_size(bdev);

	return at >= size ? 0 : (uint32_t)min(size - at, (uint64_t)PAGE_SIZE);
}

/* Call fn for each page of a bio built of pages from their first byte on. */
static void bio_for_each_page(struct bio *bio, void (*fn)(struct page *page, int err))
{
	for (unsigned i = 0; i < bio->nr_vecs; i++) {
		struct page *page = bio->vecs[i].page;
		unsigned n = (unsigned)DIV_ROUND_UP(bio->vecs[i].len, PAGE_SIZE);

		for (; n; n--, page++)
			fn(page, bio->err);
	}
}

static void fill_bio_done(struct bio *bio)
{
	bio_for_each_page(bio, page_fill_done);
	bio_free(bio);
}

/* Put pages[0..] into one bio, as many as fit. Returns how many; 0: no memory. */
static unsigned fill_some(struct bdev *bdev, struct page **pages, unsigned nr)
{
	struct bio *bio = bio_alloc(bdev, BIO_READ, min(nr, (unsigned)BATCH_PAGES), GFP_KERNEL);
	unsigned n = 0;

	if (!bio)
		return 0;
	bio->offset = pages[0]->index << PAGE_SHIFT;
	bio->done = fill_bio_done;
	while (n < nr) {
		uint32_t len = page_bytes(bdev, pages[n]->index);

		if (len < PAGE_SIZE)
			memset((char *)page_address(pages[n]) + len, 0, PAGE_SIZE - len);
		if (!len || !bio_add(bio, pages[n], 0, len))
			break;
		n++;
	}
	if (n)
		bio_submit(bio);
	else
		bio_free(bio);
	return n;
}

static void cache_fill(struct address_space *as, struct page **pages, unsigned nr)
{
	struct bdev *bdev = mapping_bdev(as);

	while (nr) {
		bool beyond = !page_bytes(bdev, pages[0]->index);
		unsigned n = beyond ? 0 : fill_some(bdev, pages, nr);

		if (beyond)
			memset(page_address(pages[0]), 0, PAGE_SIZE);
		if (!n) {
			page_fill_done(pages[0], beyond ? 0 : -ENOMEM);
			n = 1;
		}
		pages += n;
		nr -= n;
	}
}

static void write_bio_done(struct bio *bio)
{
	bio_for_each_page(bio, page_writeback_done);
	bio_free(bio);
}

/* Add a page to the batch *bio, submitting that first when it does not continue it. */
static int write_add(struct bdev *bdev, struct bio **bio, struct page *page)
{
	uint64_t offset = page->index << PAGE_SHIFT;
	uint32_t len = page_bytes(bdev, page->index);

	if (*bio && (*bio)->offset + (*bio)->bytes == offset && bio_add(*bio, page, 0, len))
		return 0;
	if (*bio)
		bio_submit(*bio);
	*bio = bio_alloc(bdev, BIO_WRITE, BATCH_PAGES, GFP_KERNEL);
	if (!*bio)
		return -ENOMEM;
	(*bio)->offset = offset;
	(*bio)->done = write_bio_done;
	return bio_add(*bio, page, 0, len) ? 0 : -EIO;
}

/* The next dirty page at or after *index, with a reference. */
static struct page *next_dirty(struct address_space *as, unsigned long *index, unsigned long last)
{
	struct page *page;

	for (;;) {
		rcu_read_lock();
		page = xa_find(&as->pages, index, last, PAGECACHE_DIRTY);
		if (!page || try_get_page(page)) {
			rcu_read_unlock();
			return page;
		}
		rcu_read_unlock();
	}
}

static int cache_write_pages(struct address_space *as, uint64_t start, uint64_t end)
{
	unsigned long index = start;
	struct blk_plug plug;
	struct bio *bio = NULL;
	struct page *page;
	int err = 0;

	blk_start_plug(&plug);
	while (!err && (page = next_dirty(as, &index, end))) {
		if (!trylock_page(page)) {
			if (bio)		/* whoever has the lock may wait for pages of the batch */
				bio_submit(bio);
			bio = NULL;
			lock_page(page);
		}
		wait_on_page_writeback(page);
		if (page->mapping == as && page_start_writeback(page, /*stays_dirty=*/false)) {
			err = write_add(mapping_bdev(as), &bio, page);
			if (err) {
				page_mark_dirty(page);
				page_writeback_done(page, err);
			}
		}
		unlock_page(page);
		put_page(page);
		index++;
		cond_resched();
	}
	if (bio)
		bio_submit(bio);
	blk_finish_plug(&plug);
	return err;
}

void bdev_cache_init(struct bdev *bdev)
{
	static const struct address_space_ops ops = { .fill = cache_fill, .write_pages = cache_write_pages };

	address_space_init(&bdev->mapping, NULL, &ops, cache_size);
	/* A class of its own: a file's page is brought in with the help of meta data, which comes from here. */
	rwsem_init(&bdev->mapping.invalidate_lock, "bdev_invalidate");
}

static bool range_ok(const struct bdev *bdev, uint64_t offset, size_t n)
{
	uint64_t size = bdev_size(bdev);

	return offset <= size && n <= size - offset;
}

int bdev_read(struct bdev *bdev, uint64_t offset, void *buf, size_t n)
{
	if (!range_ok(bdev, offset, n))
		return -EIO;
	while (n) {
		size_t at = offset & ~PAGE_MASK, len = min(n, (size_t)PAGE_SIZE - at);
		struct page *page;
		int err = pagecache_get(&bdev->mapping, offset >> PAGE_SHIFT, NULL, &page);

		if (err)
			return err;
		memcpy(buf, (const char *)page_address(page) + at, len);
		put_page(page);
		buf = (char *)buf + len;
		offset += len;
		n -= len;
	}
	return 0;
}

int bdev_write(struct bdev *bdev, uint64_t offset, const void *buf, size_t n)
{
	struct iovec one;
	struct iov_iter from;
	ssize_t done;

	if (!range_ok(bdev, offset, n))
		return -EIO;
	if (bdev_is_read_only(bdev))
		return -EROFS;
	iov_init_kernel(&from, &one, (void *)buf, n);
	done = pagecache_write(&bdev->mapping, (loff_t)offset, &from, NULL);
	if (done < 0)
		return (int)done;
	return (size_t)done == n ? 0 : -EINTR;
}

int bdev_flush(struct bdev *bdev)
{
	struct bio *bio;
	int err;

	if (!READ_ONCE(bdev->queue->write_cache))
		return 0;
	bio = bio_alloc(bdev, BIO_FLUSH, 0, GFP_KERNEL | GFP_RESERVE);
	if (!bio)
		return -ENOMEM;
	err = bio_submit_wait(bio);
	bio_free(bio);
	return err;
}

int bdev_sync(struct bdev *bdev)
{
	uint64_t seen = READ_ONCE(bdev->mapping.wb_err);
	int err = 0;

	if (pagecache_unwritten(&bdev->mapping))
		err = pagecache_sync(&bdev->mapping, 0, (loff_t)bdev->size, /*wait=*/true);
	if (!err)
		err = errseq_check(&bdev->mapping.wb_err, &seen);
	return err ? err : bdev_flush(bdev);
}
