/* SPDX-License-Identifier: MIT */
/*
 * sysfs/block_queue: /sys/block/X/queue: what the device takes, and the few things that can be set.
 *
 * Source: Documentation/ABI/stable/sysfs-block.
 */
#include "fs/sysfs/block.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "block/bdev.h"
#include "block/queue.h"
#include "lib/parse.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "vfs/blkdev.h"

#define NS_PER_MS	1000000ULL
#define PAGE_KB		(PAGE_SIZE >> 10)

void block_show_zero(struct strbuf *out, struct bdev *bdev)
{
	(void)bdev;
	strbuf_puts(out, "0\n");
}

static void print(struct strbuf *out, uint64_t value)
{
	strbuf_printf(out, "%llu\n", (unsigned long long)value);
}

static void show_logical(struct strbuf *out, struct bdev *b) { print(out, b->sector_size); }
static void show_io_min(struct strbuf *out, struct bdev *b) { print(out, blkdev_io_min(b)); }
static void show_io_opt(struct strbuf *out, struct bdev *b) { print(out, b->queue->limits.io_opt); }
static void show_max_kb(struct strbuf *out, struct bdev *b) { print(out, b->queue->limits.max_bytes >> 10); }
static void show_requests(struct strbuf *out, struct bdev *b) { print(out, b->queue->limits.depth); }
static void show_max_segments(struct strbuf *out, struct bdev *b) { print(out, b->queue->limits.max_segs); }
static void show_max_segment(struct strbuf *out, struct bdev *b) { print(out, b->queue->limits.max_seg_bytes); }
static void show_discard_max(struct strbuf *out, struct bdev *b) { print(out, b->queue->limits.max_discard_bytes); }
static void show_zeroes_max(struct strbuf *out, struct bdev *b) { print(out, b->queue->limits.max_zero_bytes); }
static void show_read_ahead(struct strbuf *out, struct bdev *b) { print(out, READ_ONCE(b->ra_pages) * PAGE_KB); }

static void show_physical(struct strbuf *out, struct bdev *b)
{
	print(out, max(b->queue->limits.physical_sector, b->sector_size));
}

static void show_discard_granularity(struct strbuf *out, struct bdev *b)
{
	print(out, b->queue->limits.max_discard_bytes ? b->queue->limits.discard_granularity : 0);
}

static void show_timeout(struct strbuf *out, struct bdev *b)
{
	print(out, READ_ONCE(b->queue->limits.timeout_ns) / NS_PER_MS);
}

static void show_one(struct strbuf *out, struct bdev *b)
{
	(void)b;
	strbuf_puts(out, "1\n");
}

static void show_scheduler(struct strbuf *out, struct bdev *b)
{
	(void)b;
	strbuf_puts(out, "[none]\n");
}

static void show_zoned(struct strbuf *out, struct bdev *b)
{
	(void)b;
	strbuf_puts(out, "none\n");
}

void block_show_cache(struct strbuf *out, struct bdev *bdev)
{
	strbuf_puts(out, READ_ONCE(bdev->queue->write_cache) ? "write back\n" : "write through\n");
}

int block_store_cache(const char *text, struct bdev *bdev)
{
	const struct block_queue_ops *ops = bdev->queue->ops;
	bool on = !strncmp(text, "write back", 10);

	if (!on && strncmp(text, "write through", 13))
		return -EINVAL;
	return ops->set_write_cache ? ops->set_write_cache(bdev->queue, on) : -EOPNOTSUPP;
}

/* A decimal number, with nothing behind it but a newline. */
static int parse_number(const char *text, uint64_t most, uint64_t *out)
{
	char *end;

	*out = simple_strtoull(text, &end, 10);
	return end == text || (*end && strcmp(end, "\n")) || *out > most ? -EINVAL : 0;
}

static int store_read_ahead(const char *text, struct bdev *b)
{
	uint64_t kb;
	int err = parse_number(text, 4096, &kb);

	if (!err)
		WRITE_ONCE(b->ra_pages, (unsigned)(kb / PAGE_KB));
	return err;
}

static int store_timeout(const char *text, struct bdev *b)
{
	uint64_t ms;
	int err = parse_number(text, UINT32_MAX, &ms);

	if (!err && !ms)
		err = -EINVAL;
	if (!err)
		WRITE_ONCE(b->queue->limits.timeout_ns, ms * NS_PER_MS);
	return err;
}

static const struct pseudo_entry queue_entries[] = {
	BLOCK_FILE("logical_block_size", show_logical), BLOCK_FILE("hw_sector_size", show_logical),
	BLOCK_FILE("physical_block_size", show_physical), BLOCK_FILE("minimum_io_size", show_io_min),
	BLOCK_FILE("optimal_io_size", show_io_opt), BLOCK_FILE("max_sectors_kb", show_max_kb),
	BLOCK_FILE("max_hw_sectors_kb", show_max_kb), BLOCK_FILE("max_segments", show_max_segments),
	BLOCK_FILE("max_segment_size", show_max_segment), BLOCK_FILE("nr_requests", show_requests),
	BLOCK_FILE("rotational", block_show_zero), BLOCK_FILE("add_random", show_one),
	BLOCK_FILE("discard_granularity", show_discard_granularity), BLOCK_FILE("discard_max_bytes", show_discard_max),
	BLOCK_FILE("discard_max_hw_bytes", show_discard_max), BLOCK_FILE("discard_zeroes_data", block_show_zero),
	BLOCK_FILE("write_zeroes_max_bytes", show_zeroes_max), BLOCK_FILE("write_same_max_bytes", block_show_zero),
	BLOCK_FILE_RW("write_cache", block_show_cache, block_store_cache),
	BLOCK_FILE_RW("read_ahead_kb", show_read_ahead, store_read_ahead),
	BLOCK_FILE_RW("io_timeout", show_timeout, store_timeout),
	BLOCK_FILE("scheduler", show_scheduler), BLOCK_FILE("zoned", show_zoned),
	BLOCK_FILE("nomerges", block_show_zero),
	BLOCK_FILE("dax", block_show_zero), BLOCK_FILE("fua", block_show_zero), BLOCK_FILE("iostats", show_one),
};

const struct pseudo_dir block_queue_dir = { .entries = queue_entries, .count = ARRAY_SIZE(queue_entries) };
