/* SPDX-License-Identifier: MIT */
/*
 * Block devices on the running kernel. With no disk the tests pass empty; content is checked on a disk made by
 * tests/ktest/pattern_disk.py: every 8 bytes hold their own offset, little endian (a disk without partitions).
 */
#include "ktest.h"

#include "block/bdev.h"
#include "lib/byteorder.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sync/completion.h"

#define CHUNK		65536
#define NR_BIOS		200
#define PATTERN_AT	8	/* offset 0 holds 0, as an empty disk would */

static struct bdev *pattern_disk(void)
{
	struct bdev *bdev = bdev_get("/dev/vda");
	uint8_t head[24];

	if (!bdev)
		return NULL;
	if (bdev->size >= 4 << 20 && !bdev_read(bdev, 0, head, sizeof(head)) &&
	    get_unaligned_le64(head + PATTERN_AT) == PATTERN_AT && get_unaligned_le64(head + 16) == 16)
		return bdev;
	bdev_put(bdev);
	return NULL;
}

static bool pattern_ok(const uint8_t *buf, uint64_t offset, size_t n)
{
	for (size_t i = 0; i < n; i += 8) {
		if (get_unaligned_le64(buf + i) != offset + i)
			return false;
	}
	return true;
}

KERNEL_TEST(block_read_direct)
{
	struct bdev *bdev = pattern_disk();
	uint8_t *buf = kmalloc(CHUNK, GFP_KERNEL);

	KT_CHECK(buf);
	for (uint64_t at = 0; bdev && buf && at < 16 * CHUNK; at += CHUNK) {
		KT_CHECK(bio_transfer(bdev, BIO_READ, at, buf, CHUNK) == 0);
		KT_CHECK(pattern_ok(buf, at, CHUNK));
	}
	if (bdev)
		bdev_put(bdev);
	kfree(buf);
}

KERNEL_TEST(block_read_cached)
{
	struct bdev *bdev = pattern_disk();
	uint8_t buf[520];

	for (uint64_t at = 8; bdev && at < 40 * 4096; at += 1000 * 8 + 16) {
		KT_CHECK(bdev_read(bdev, at, buf, sizeof(buf)) == 0);
		KT_CHECK(pattern_ok(buf, at, sizeof(buf)));
	}
	if (!bdev)
		return;
	KT_CHECK(bdev_read(bdev, bdev->size - 8, buf, 8) == 0);
	KT_CHECK(bdev_read(bdev, bdev->size - 8, buf, 16) < 0);
	bdev_put(bdev);
}

/* Field legend: [a] atomic */
static struct {
	struct completion all;
	unsigned left, errors;		/* [a] */
} burst;

static void burst_done(struct bio *bio)
{
	if (bio->err)
		__atomic_fetch_add(&burst.errors, 1, __ATOMIC_RELAXED);
	if (__atomic_sub_fetch(&burst.left, 1, __ATOMIC_ACQ_REL) == 0)
		complete(&burst.all);
}

/* Many at once, more than the device takes; each page's content tells whether it came from the right place. */
KERNEL_TEST(block_many_in_flight)
{
	struct bdev *bdev = pattern_disk();
	struct bio *bios[NR_BIOS];
	struct page *page;

	if (!bdev)
		return;
	completion_init(&burst.all);
	burst.left = NR_BIOS;
	burst.errors = 0;
	for (unsigned i = 0; i < NR_BIOS; i++) {
		bios[i] = bio_alloc(bdev, BIO_READ, 1, GFP_KERNEL);
		page = alloc_page(GFP_KERNEL);
		KT_CHECK(bios[i] && page);
		bios[i]->offset = (uint64_t)(i * 7919 % NR_BIOS) * PAGE_SIZE;
		bios[i]->done = burst_done;
		KT_CHECK(bio_add(bios[i], page, 0, PAGE_SIZE));
	}
	for (unsigned i = 0; i < NR_BIOS; i++)
		bio_submit(bios[i]);
	wait_for_completion(&burst.all);
	KT_CHECK(burst.errors == 0);
	for (unsigned i = 0; i < NR_BIOS; i++) {
		page = bios[i]->vecs[0].page;
		KT_CHECK(pattern_ok(page_address(page), bios[i]->offset, PAGE_SIZE));
		put_page(page);
		bio_free(bios[i]);
	}
	bdev_put(bdev);
}

KERNEL_TEST(block_write_and_flush)
{
	struct bdev *bdev = pattern_disk();
	static uint8_t buf[4096], back[512];
	uint64_t at = 3 << 20;

	if (!bdev || bdev->read_only)
		return;
	for (size_t i = 0; i < sizeof(buf); i += 8)
		put_unaligned_le64(~(uint64_t)i, buf + i);
	KT_CHECK(bdev_write(bdev, at + 100, buf, sizeof(buf)) == 0);
	KT_CHECK(bdev_sync(bdev) == 0);
	pagecache_drop_clean(&bdev->mapping, 0, ULONG_MAX);
	KT_CHECK(bdev_read(bdev, at + 100, back, sizeof(back)) == 0);
	KT_CHECK(!__builtin_memcmp(back, buf, sizeof(back)));
	KT_CHECK(bdev_read(bdev, at, back, 96) == 0 && pattern_ok(back, at, 96));
	for (size_t i = 0; i < sizeof(buf); i += 8)	/* as it was */
		put_unaligned_le64(at + 96 + i, buf + i);
	KT_CHECK(bdev_write(bdev, at + 96, buf, sizeof(buf)) == 0);
	for (size_t i = 0; i < 16; i += 8)
		put_unaligned_le64(at + 96 + 4096 + i, buf + i);
	KT_CHECK(bdev_write(bdev, at + 96 + 4096, buf, 16) == 0);
	KT_CHECK(bdev_sync(bdev) == 0);
	bdev_put(bdev);
}
