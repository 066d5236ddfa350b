/* SPDX-License-Identifier: MIT */
/*
 * queue: from bios to requests a driver can start.
 *
 * Model. A disk has one block_queue; that has one or more ways into the device (struct block_hwq: a virtqueue of
 * virtio-blk), and a CPU uses the one of its number. In a way, bios wait in two lines, reads and the rest. When the
 * device has room, the first of a line becomes a request; bios behind it that continue where it ends (same operation,
 * limits kept) are merged into it. A bio that touches one of the last in line is put next to it. The driver starts
 * requests until it is full and says which are done, from its interrupt handler; then more are started.
 *
 *   bio_submit -> [plug.h] -> line -> [dispatch: merge] -> request -> ops->start -> (device)
 *                                                                     bio->done <- block_hwq_done_locked
 *
 * Fairness. Reads go first, as somebody waits for each; but after BLOCK_READS_PAST of them the other line has its
 * turn, and it never has more than three quarters of the requests, so that a flood of writes leaves room for reads.
 *
 * Time. While requests are in flight the queue looks at the oldest one every BLOCK_NUDGE_NS. If the device has had it
 * for as long, it is nudged: its doorbell rings again, and what it has done is collected, so that a doorbell or an
 * interrupt that got lost costs this time and not the machine. A request that the device has had for
 * limits.timeout_ns is reported once, with what it is, and counted; it stays the device's, as virtio has no way to take
 * one back, and its bios' done() waits for the device.
 *
 * Locking. hwq->lock (class "blkqueue", irq-safe); ops are called under it. bio->done is called without it.
 */
#pragma once

#include "block/bio.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/spinlock.h"
#include "time/hrtimer.h"

struct bdev;
struct block_hwq;
struct block_queue;

#define BLOCK_TIMEOUT_NS	30000000000ULL	/* as Linux */
#define BLOCK_NUDGE_NS		50000000ULL
#define BLOCK_READS_PAST	16

/* Field legend: [l] hwq's lock, [d] the driver's between start and done */
struct block_request {
	struct list_head bios;		/* [l] in order of offset */
	struct list_head link;		/* [l] free or active list */
	struct block_hwq *hwq;		/* [I] */
	struct bdev *bdev;		/* [l] of its bios */
	uint64_t start;			/* [l] byte offset on the disk */
	uint64_t bytes;			/* [l] */
	unsigned nr_segs;		/* [l] vecs in all bios */
	unsigned nr_merges;		/* [l] */
	uint8_t op;			/* [l] enum bio_op */
	bool reported;			/* [l] late, and somebody was told */
	unsigned tag;			/* [I] 0..depth-1 in its hwq */
	uint64_t started_ns;		/* [l] */
};

struct block_queue_ops {
	/* Start a request. False: no room now (one will be done). Lock held, irqs off. */
	bool (*start)(struct block_hwq *hwq, struct block_request *rq);
	/* All of a burst were started: ring the doorbell. Lock held. */
	void (*commit)(struct block_hwq *hwq);
	/*
	 * It has been silent for long: remind it, and collect what it has done. True: something. From the timer's
	 * interrupt, lock not held. NULL: it cannot be reminded.
	 */
	bool (*nudge)(struct block_hwq *hwq);
	/* Write cache on or off, in the device. 0 or -errno. May sleep. NULL: it cannot be changed. */
	int (*set_write_cache)(struct block_queue *q, bool on);
	/* The device's serial number, NUL-terminated. 0 or -errno. May sleep. NULL: it has none. */
	int (*get_serial)(struct block_queue *q, char *serial, size_t size);
};

/* What the device takes, and how it would like to be used. */
struct block_limits {
	unsigned depth;			/* most requests in flight in a hwq */
	unsigned max_segs;		/* vecs of a request; >= 1 */
	uint64_t max_bytes;		/* of a request */
	uint32_t max_seg_bytes;		/* of one vec */
	uint64_t max_discard_bytes;	/* of one request; 0: no discard */
	uint32_t discard_granularity;	/* bytes */
	uint64_t max_zero_bytes;	/* of one BIO_WRITE_ZEROES; 0: it has no such command */
	bool zero_may_unmap;		/* it may give up the storage of what is zeroed */
	uint32_t physical_sector;	/* bytes; 0: as the logical one */
	uint32_t io_min, io_opt;	/* bytes; 0: as the physical sector; unknown */
	uint32_t alignment;		/* bytes from the disk's start to the first physical sector's */
	uint64_t timeout_ns;		/* 0: BLOCK_TIMEOUT_NS */
};

/* A way into the device. Field legend: [I] immutable, [l] lock */
struct block_hwq {
	struct spinlock lock;
	struct block_queue *queue;	/* [I] */
	unsigned index;			/* [I] */
	void *driver;			/* [I] the driver's */
	struct block_request *requests;	/* [I] depth of them */
	struct list_head free;		/* [l] */
	struct list_head active;	/* [l] started, oldest first */
	struct list_head line[2];	/* [l] bios: reads, the rest */
	struct block_request *stalled;	/* [l] built, but the driver had no room */
	unsigned in_flight;		/* [l] */
	unsigned writes;		/* [l] of them, and of stalled, not reads */
	unsigned reads_past;		/* [l] started since the other line had its turn */
	bool watched;			/* [l] the watch is set */
	struct hrtimer watch;
};

/* Field legend: [I] immutable, [a] atomic */
struct block_queue {
	const struct block_queue_ops *ops;	/* [I] */
	void *private;			/* [I] the driver's */
	struct block_limits limits;	/* [I] but timeout_ns, which is [a] */
	bool write_cache;		/* [a] there is one to flush; else BIO_FLUSH completes at once */
	unsigned nr_hwqs;		/* [I] */
	unsigned nr_timeouts;		/* [a] requests reported late */
	unsigned nr_nudges;		/* [a] nudges that brought something */
	unsigned long nr_kicks;		/* [a] doorbells: tells how well requests are batched */
	struct block_hwq *hwqs;		/* [I] */
};

/* What a driver brings. */
struct block_queue_params {
	const struct block_queue_ops *ops;
	void *private;
	unsigned nr_hwqs;		/* 0: 1 */
	bool write_cache;
	struct block_limits limits;
};

/* 0 or -ENOMEM. May sleep. */
int __must_check block_queue_init(struct block_queue *q, const struct block_queue_params *params);
/* Nothing is in line or in flight. May sleep. */
void block_queue_fini(struct block_queue *q);
/*
 * Queue bios, linked by bio->link, whose ->start is set and checked, all of one queue; the list is empty after.
 * Any context.
 */
void block_queue_submit(struct block_queue *q, struct list_head *bios);

/*
 * The driver: a request is done. Its bios are appended to *done with their result; the caller goes on to the next, and
 * ends with block_hwq_finish(). Lock held.
 */
void block_hwq_done_locked(struct block_request *rq, int err, struct list_head *done);
/* Start what there is room for now, drop the lock (flags of its spin_lock_irqsave()), call each bio's done(). */
void block_hwq_finish(struct block_hwq *hwq, struct list_head *done, unsigned long flags) __releases(hwq->lock);
/* Both, for a driver that has one request done. Any context, lock not held. */
void block_request_done(struct block_request *rq, int err);
/* Requests the device has now, of all hwqs. May be stale. */
unsigned block_queue_in_flight(const struct block_queue *q);
