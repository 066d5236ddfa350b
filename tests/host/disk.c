/* SPDX-License-Identifier: MIT */
/* A block driver over a file's content: requests complete from simulated device events. */
#include "disk.h"

#include "block/bdev.h"
#include "block/queue.h"
#include "host.h"
#include "lib/err.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DELAY_NS	50000
#define DEPTH		8
#define SECTOR		512
#define SUPER_START	1024u		/* of ext4's superblock on the disk, and its end */
#define SUPER_END	2048u

struct started {
	struct block_hwq *hwq;
	struct block_request *request;
	uint64_t begin;			/* recorded */
};

/* --- The record --- */

static void record_end(struct host_record *record, const struct started *started)
{
	struct block_request *request = started->request;
	struct host_event *event;
	const struct bio *bio;
	uint64_t at = 0;

	if (request->op != BIO_WRITE && request->op != BIO_FLUSH)
		return;
	if (record->nr == record->room) {
		record->room = record->room ? 2 * record->room : 256;
		record->events = realloc(record->events, record->room * sizeof(*record->events));
		CHECK(record->events);
	}
	event = &record->events[record->nr++];
	*event = (struct host_event){ .begin = started->begin, .end = ++record->clock, .start = request->start };
	if (request->op == BIO_FLUSH)
		return;
	event->bytes = (uint32_t)request->bytes;
	event->data = malloc(event->bytes);
	CHECK(event->data);
	list_for_each_entry(bio, &request->bios, link) {
		for (unsigned i = 0; i < bio->nr_vecs; i++) {
			const struct bio_vec *vec = &bio->vecs[i];

			memcpy(event->data + at, (char *)page_address(vec->page) + vec->offset, vec->len);
			at += vec->len;
		}
	}
}

/* Everything that ended before this is durable at cut. */
static uint64_t durable_before(const struct host_record *record, uint64_t cut)
{
	uint64_t before = 0;

	for (size_t i = 0; i < record->nr; i++) {
		const struct host_event *event = &record->events[i];

		if (!event->bytes && event->end <= cut && event->begin > before)
			before = event->begin;
	}
	return before;
}

enum loss { LOSE_NONE, LOSE_ALL, LOSE_SOME, LOSE_SECTORS, LOSE_KINDS };

/*
 * What is torn is torn between sectors of 512 bytes. Only ext4's superblock stays whole, of 1 KiB with a checksum:
 * neither e2fsck nor Linux mounts a volume that has half of it (tests/crash/README.md).
 */
static uint32_t whole_bytes(uint64_t at)
{
	return at >= SUPER_START && at < SUPER_END ? (uint32_t)(SUPER_END - at) : SECTOR;
}

static void apply(char *disk, const struct host_event *event, enum loss loss)
{
	uint32_t n;

	if (loss == LOSE_ALL || (loss == LOSE_SOME && test_random_below(2)))
		return;
	for (uint32_t at = 0; at < event->bytes; at += n) {
		n = whole_bytes(event->start + at);
		if (n > event->bytes - at)
			n = event->bytes - at;
		if (loss != LOSE_SECTORS || test_random_below(2))
			memcpy(disk + event->start + at, event->data + at, n);
	}
}

void host_record_crash(const struct host_record *record, const char *base, char *disk, size_t size, uint64_t cut)
{
	uint64_t durable = durable_before(record, cut);
	enum loss loss = (enum loss)test_random_below(LOSE_KINDS);

	memcpy(disk, base, size);
	/* Of two writes to one place the later stays, unless it is lost; a lost one does not undo an earlier one. */
	for (size_t i = 0; i < record->nr; i++) {
		const struct host_event *event = &record->events[i];

		if (event->bytes && event->begin <= cut)
			apply(disk, event, event->end < durable ? LOSE_NONE : loss);
	}
}

void host_image_save(const char *path, const char *data, size_t size)
{
	static const char zeroes[65536];
	FILE *file = fopen(path, "wb");
	size_t n;

	CHECK(file);
	for (size_t at = 0; at < size; at += n) {
		n = size - at < sizeof(zeroes) ? size - at : sizeof(zeroes);
		if (memcmp(data + at, zeroes, n))
			CHECK(!fseek(file, (long)at, SEEK_SET) && fwrite(data + at, 1, n, file) == n);
	}
	CHECK(!fflush(file) && !ftruncate(fileno(file), (off_t)size));
	fclose(file);
}

/* --- Requests --- */

static void transfer(struct host_disk *disk, const struct bio *bio)
{
	uint64_t at = bio->start;

	if (bio->op == BIO_DISCARD) {
		memset(disk->data + at, 0xdd, bio->bytes);
		disk->discarded += bio->bytes;
	}
	for (unsigned i = 0; i < bio->nr_vecs; i++) {
		const struct bio_vec *vec = &bio->vecs[i];
		char *memory = (char *)page_address(vec->page) + vec->offset;

		if (bio->op == BIO_READ)
			memcpy(memory, disk->data + at, vec->len);
		else
			memcpy(disk->data + at, memory, vec->len);
		at += vec->len;
	}
}

static int serve(struct host_disk *disk, struct block_request *request)
{
	struct bio *bio;

	if (request->op == BIO_FLUSH) {
		disk->flushes++;
		return 0;
	}
	if (request->start < disk->fail_end && request->start + request->bytes > disk->fail_start)
		return -EIO;
	if (request->op == BIO_READ)
		disk->reads++;
	else if (request->op == BIO_WRITE)
		disk->writes++;
	list_for_each_entry(bio, &request->bios, link)
		transfer(disk, bio);
	return 0;
}

static void finish(void *arg)
{
	struct started *started = arg;
	struct host_disk *disk = started->hwq->queue->private;
	int err = serve(disk, started->request);

	if (disk->record && !err)
		record_end(disk->record, started);
	block_request_done(started->request, err);
	free(started);
}

static bool start(struct block_hwq *hwq, struct block_request *request)
{
	struct started *started = malloc(sizeof(*started));
	struct host_disk *disk = hwq->queue->private;

	if (!started)
		abort();
	*started = (struct started){ .hwq = hwq, .request = request };
	if (disk->record)
		started->begin = ++disk->record->clock;
	host_event_after(DELAY_NS + test_random_below(DELAY_NS), finish, started);
	return true;
}

static void commit(struct block_hwq *hwq)
{
	(void)hwq;			/* every request was under way at once */
}

static const struct block_queue_ops ops = { .start = start, .commit = commit };

static void load(struct host_disk *disk)
{
	FILE *file = fopen(disk->path, "rb");
	long size;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0)
		test_fail(__FILE__, __LINE__, "cannot read %s", disk->path);
	rewind(file);
	disk->size = (size_t)size / SECTOR * SECTOR;
	disk->data = malloc(disk->size);
	if (!disk->data || fread(disk->data, 1, disk->size, file) != disk->size)
		test_fail(__FILE__, __LINE__, "cannot read %s", disk->path);
	fclose(file);
}

void host_disk_register(struct host_disk *disk)
{
	static unsigned minor;
	struct block_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL);
	struct block_queue_params queue_params = {
		.ops = &ops, .private = disk, .write_cache = true,
		.limits = { .depth = DEPTH, .max_segs = 64, .max_bytes = 1 << 20, .max_seg_bytes = 1 << 20 },
	};
	struct bdev_params params = {
		.name = disk->name, .major = 254, .minor = minor, .minors = 16, .sector_size = SECTOR, .queue = queue,
	};
	struct bdev *bdev;

	minor += 16;
	if (disk->path)
		load(disk);
	params.size = disk->size;
	if (disk->can_discard) {
		queue_params.limits.max_discard_bytes = disk->size;
		queue_params.limits.discard_granularity = SECTOR;
	}
	CHECK(queue);
	CHECK_EQ(block_queue_init(queue, &queue_params), 0);
	CHECK_EQ(bdev_register_disk(&params, &bdev), 0);
}
