/* SPDX-License-Identifier: MIT */
/*
 * blk_config: what a virtio block device says about itself: sizes, limits, cache, and changes of these. VIRTIO 1.2,
 * 5.2.4 and 5.2.5. Nothing it says is believed beyond what the driver can do: each limit is cut to a range.
 */
#include "dev/virtio/blk.h"

#include "abi/errno.h"
#include "block/bdev.h"
#include "lib/align.h"
#include "lib/bits.h"

enum blk_config {
	CONFIG_CAPACITY = 0, CONFIG_SIZE_MAX = 8, CONFIG_SEG_MAX = 12, CONFIG_BLK_SIZE = 20, CONFIG_PHYSICAL_EXP = 24,
	CONFIG_MIN_IO = 26, CONFIG_OPT_IO = 28, CONFIG_WRITEBACK = 32, CONFIG_NUM_QUEUES = 34, CONFIG_MAX_DISCARD = 36,
	CONFIG_DISCARD_ALIGNMENT = 44, CONFIG_MAX_ZEROES = 48, CONFIG_ZEROES_UNMAP = 56,
};

#define SECTOR_SIZE	512u
#define SECTOR_SIZE_MAX	4096u
#define PHYSICAL_MAX	(1u << 20)
#define RANGE_MAX	((uint64_t)UINT32_MAX & ~4095ull)	/* sectors of a discard or write of zeroes */

const uint64_t blk_features = BLK_F_SIZE_MAX | BLK_F_SEG_MAX | BLK_F_RO | BLK_F_BLK_SIZE | BLK_F_FLUSH |
	BLK_F_TOPOLOGY | BLK_F_CONFIG_WCE | BLK_F_MQ | BLK_F_DISCARD | BLK_F_WRITE_ZEROES;

unsigned blk_config_queues(struct virtio_device *vdev)
{
	return virtio_has(vdev, BLK_F_MQ) ? max((unsigned)virtio_config16(vdev, CONFIG_NUM_QUEUES), 1u) : 1;
}

bool blk_config_write_cache(struct virtio_device *vdev)
{
	if (virtio_has(vdev, BLK_F_CONFIG_WCE))
		return virtio_config16(vdev, CONFIG_WRITEBACK) & 0xff;
	return virtio_has(vdev, BLK_F_FLUSH);
}

int blk_config_set_write_cache(struct block_queue *q, bool on)
{
	struct virtio_device *vdev = ((struct blk *)q->private)->vdev;

	if (!virtio_has(vdev, BLK_F_CONFIG_WCE))
		return -EOPNOTSUPP;
	virtio_config_write8(vdev, CONFIG_WRITEBACK, on);
	WRITE_ONCE(q->write_cache, blk_config_write_cache(vdev));
	return READ_ONCE(q->write_cache) == on ? 0 : -EIO;
}

static uint32_t sector_size(struct virtio_device *vdev)
{
	uint32_t size = virtio_has(vdev, BLK_F_BLK_SIZE) ? virtio_config32(vdev, CONFIG_BLK_SIZE) : SECTOR_SIZE;

	return is_power_of_2(size) && size >= SECTOR_SIZE && size <= SECTOR_SIZE_MAX ? size : SECTOR_SIZE;
}

/* In units of the logical sector; physical_block_exp is a power of two of them. */
static void config_topology(struct virtio_device *vdev, struct block_limits *out)
{
	uint32_t sector = sector_size(vdev), exponent, topology;

	out->physical_sector = sector;
	if (!virtio_has(vdev, BLK_F_TOPOLOGY))
		return;
	topology = virtio_config16(vdev, CONFIG_PHYSICAL_EXP);
	exponent = topology & 0xff;
	if (exponent < 16 && (uint64_t)sector << exponent <= PHYSICAL_MAX)
		out->physical_sector = sector << exponent;
	out->alignment = (topology >> 8) * sector;
	out->io_min = max(virtio_config16(vdev, CONFIG_MIN_IO) * sector, out->physical_sector);
	out->io_opt = (uint32_t)min((uint64_t)virtio_config32(vdev, CONFIG_OPT_IO) * sector, (uint64_t)UINT32_MAX / 2);
}

/* A range command's limit in sectors as bytes, whole logical sectors. */
static uint64_t range_bytes(struct virtio_device *vdev, unsigned reg)
{
	uint64_t sectors = min((uint64_t)virtio_config32(vdev, reg), RANGE_MAX);

	return ALIGN_DOWN(sectors << BLK_SECTOR_SHIFT, (uint64_t)sector_size(vdev));
}

void blk_config_limits(struct blk *blk, unsigned ring_size, struct block_limits *out)
{
	struct virtio_device *vdev = blk->vdev;

	*out = (struct block_limits){
		.max_segs = BLK_SEGS, .max_bytes = BLK_MAX_BYTES, .max_seg_bytes = BLK_MAX_BYTES,
		.depth = min(ring_size, max((unsigned)BLK_DEPTH / blk->nr_vqs, (unsigned)BLK_DEPTH_MIN)),
	};
	if (virtio_has(vdev, BLK_F_SEG_MAX))
		out->max_segs = min(out->max_segs, max(virtio_config32(vdev, CONFIG_SEG_MAX), 1u));
	if (virtio_has(vdev, BLK_F_SIZE_MAX))
		out->max_seg_bytes = max(min(out->max_seg_bytes, virtio_config32(vdev, CONFIG_SIZE_MAX)), 4096u);
	if (!virtio_has(vdev, VIRTIO_F_INDIRECT))	/* a chain must fit the ring */
		out->max_segs = min(out->max_segs, max(ring_size, 3u) - 2);
	if (virtio_has(vdev, BLK_F_DISCARD)) {
		out->max_discard_bytes = range_bytes(vdev, CONFIG_MAX_DISCARD);
		out->discard_granularity = max(virtio_config32(vdev, CONFIG_DISCARD_ALIGNMENT) << BLK_SECTOR_SHIFT,
					       sector_size(vdev));
	}
	if (virtio_has(vdev, BLK_F_WRITE_ZEROES)) {
		out->max_zero_bytes = range_bytes(vdev, CONFIG_MAX_ZEROES);
		out->zero_may_unmap = virtio_config16(vdev, CONFIG_ZEROES_UNMAP) & 0xff;
	}
	config_topology(vdev, out);
}

static uint64_t capacity_bytes(struct virtio_device *vdev)
{
	uint64_t sectors = virtio_config64(vdev, CONFIG_CAPACITY);

	return min(sectors, (uint64_t)INT64_MAX >> BLK_SECTOR_SHIFT) << BLK_SECTOR_SHIFT;
}

void blk_config_disk(struct virtio_device *vdev, struct bdev_params *params)
{
	params->size = capacity_bytes(vdev);
	params->sector_size = sector_size(vdev);
	params->read_only = virtio_has(vdev, BLK_F_RO);
}

void blk_config_changed(struct virtio_device *vdev)
{
	struct blk *blk = vdev->private;

	if (blk)
		work_queue(&blk->changed);
}

void blk_config_work(struct work *work)
{
	struct blk *blk = container_of(work, struct blk, changed);

	if (blk->disk)
		bdev_set_size(blk->disk, capacity_bytes(blk->vdev));
}
