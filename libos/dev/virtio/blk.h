/* SPDX-License-Identifier: MIT */
/*
 * blk: what the two halves of the virtio-blk driver share: blk.c has requests and queues, blk_config.c what the device
 * says about itself. VIRTIO 1.2, 5.2.
 */
#pragma once

#include "block/queue.h"
#include "dev/virtio/virtio.h"
#include "dev/virtio/virtqueue.h"
#include "sched/workqueue.h"

struct bdev_params;

/* 5.2.3 */
#define BLK_F_SIZE_MAX		(1ULL << 1)
#define BLK_F_SEG_MAX		(1ULL << 2)
#define BLK_F_RO		(1ULL << 5)
#define BLK_F_BLK_SIZE		(1ULL << 6)
#define BLK_F_FLUSH		(1ULL << 9)
#define BLK_F_TOPOLOGY		(1ULL << 10)
#define BLK_F_CONFIG_WCE	(1ULL << 11)
#define BLK_F_MQ		(1ULL << 12)
#define BLK_F_DISCARD		(1ULL << 13)
#define BLK_F_WRITE_ZEROES	(1ULL << 14)

#define BLK_SEGS	59		/* with header and status the table is 976 bytes, a slot 1 KiB */
#define BLK_TABLE	(BLK_SEGS + 2)
#define BLK_DEPTH	64		/* of one queue; several share it, but have BLK_DEPTH_MIN at least */
#define BLK_DEPTH_MIN	32
#define BLK_QUEUES_MAX	16
#define BLK_MAX_BYTES	(1UL << 20)
#define BLK_SECTOR_SHIFT	9

/* 5.2.6: what the device reads first. */
struct blk_header {
	uint32_t type, reserved;
	uint64_t sector;
};

/* The data of a discard and of a write of zeroes. */
struct blk_range {
	uint64_t sector;
	uint32_t nr_sectors, flags;
};

/* One request in flight. Field legend: [q] the request's owner: driver, then device, then driver */
struct blk_slot {
	struct vring_desc table[BLK_TABLE];	/* [q] */
	struct blk_header header;	/* [q] */
	struct blk_range range;		/* [q] */
	uint8_t status;			/* [q] */
} __aligned(64);
_Static_assert(sizeof(struct blk_slot) == 1024, "a queue's slots fill whole pages");

/* One virtqueue, behind the hwq of its number. Field legend: [I] immutable, [q] the hwq's lock */
struct blk_vq {
	struct block_hwq *hwq;		/* [I] NULL until all is set up */
	struct virtqueue *vq;		/* [q] */
	struct blk_slot *slots;		/* [q] by tag */
	struct vq_buf bufs[BLK_TABLE];	/* [q] blk_start()'s: too large for the stack */
};

/* Field legend: [I] immutable after probing */
struct blk {
	struct block_queue queue;	/* [I] */
	struct virtio_device *vdev;	/* [I] */
	struct bdev *disk;		/* [I] NULL until it is registered */
	struct work changed;		/* [I] the configuration is to be looked at */
	unsigned nr_vqs;		/* [I] */
	struct blk_vq *vqs;		/* [I] */
};

/* The device's features this driver uses. */
extern const uint64_t blk_features;

/* How many queues the device has. */
unsigned blk_config_queues(struct virtio_device *vdev);
/* Limits that follow from configuration and from ring_size entries in each of blk->nr_vqs rings. */
void blk_config_limits(struct blk *blk, unsigned ring_size, struct block_limits *out);
/* Is its write cache on? */
bool blk_config_write_cache(struct virtio_device *vdev);
/* Size, sector size, read-only. */
void blk_config_disk(struct virtio_device *vdev, struct bdev_params *params);
/* block_queue_ops: CONFIG_WCE. */
int blk_config_set_write_cache(struct block_queue *q, bool on);
/* virtio_device.config_changed and what it has done later: a new capacity. */
void blk_config_changed(struct virtio_device *vdev);
void blk_config_work(struct work *work);
