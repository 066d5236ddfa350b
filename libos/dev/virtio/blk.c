/* SPDX-License-Identifier: MIT */
/*
 * blk: virtio block devices, "vda" and on. VIRTIO 1.2, 5.2.
 *
 * One virtqueue behind one block_queue. A request is a chain: header, data, status byte; header and status live in a
 * slot the request's tag chooses, and the chain in that slot's indirect table, so that starting a request allocates
 * nothing.
 *
 * Locking. The virtqueue is covered by the block queue's lock: start() and commit() are called under it, the
 * interrupt handler takes it.
 */
#include "abi/errno.h"
#include "block/bdev.h"
#include "block/queue.h"
#include "core/init.h"
#include "core/log.h"
#include "core/random.h"
#include "dev/virtio/virtio.h"
#include "dev/virtio/virtqueue.h"
#include "lib/align.h"
#include "lib/byteorder.h"
#include "lib/format.h"
#include "mm/page.h"
#include "mm/slab.h"

#define BLK_F_SIZE_MAX	(1ULL << 1)
#define BLK_F_SEG_MAX	(1ULL << 2)
#define BLK_F_RO	(1ULL << 5)
#define BLK_F_BLK_SIZE	(1ULL << 6)
#define BLK_F_FLUSH	(1ULL << 9)
#define BLK_F_DISCARD	(1ULL << 13)

enum blk_config { CONFIG_CAPACITY = 0, CONFIG_SIZE_MAX = 8, CONFIG_SEG_MAX = 12, CONFIG_BLK_SIZE = 20 };
enum blk_type { BLK_T_IN = 0, BLK_T_OUT = 1, BLK_T_FLUSH = 4, BLK_T_DISCARD = 11 };
enum blk_status { BLK_S_OK = 0, BLK_S_IOERR = 1, BLK_S_UNSUPP = 2 };

#define BLK_DEPTH	64
#define BLK_SEGS	61		/* + header, status: a table of at most 1 KiB */
#define BLK_TABLE	(BLK_SEGS + 2)
#define BLK_MAX_BYTES	(1UL << 20)
#define BLK_MAJOR	254		/* first of the range for dynamic use, where Linux puts virtblk too */
#define BLK_MINORS	16
#define BLK_DISKS	26
#define SECTOR_SHIFT	9

struct blk_header {
	uint32_t type, reserved;
	uint64_t sector;
};

struct blk_discard {
	uint64_t sector;
	uint32_t nr_sectors, flags;
};

/* One request in flight. Field legend: [q] the request's owner: driver, then device, then driver */
struct blk_slot {
	struct vring_desc table[BLK_TABLE];	/* [q] */
	struct blk_header header;	/* [q] */
	struct blk_discard discard;	/* [q] */
	uint8_t status;			/* [q] */
} __aligned(64);

/* Field legend: [I] immutable, [q] queue.lock */
struct blk {
	struct block_queue queue;	/* [I] */
	struct virtqueue *vq;		/* [q] */
	struct blk_slot *slots;		/* [q] by tag */
	struct page *slot_pages;	/* [I] */
	unsigned slot_order;		/* [I] */
	struct vq_buf bufs[BLK_TABLE];	/* [q] blk_start()'s: too large for the stack */
};

/* Field legend: [p] the probing thread */
static struct {
	unsigned nr_disks;		/* [p] */
} blks;

static void blk_prepare_header(struct blk_slot *slot, const struct block_request *rq)
{
	static const uint32_t type[] = { [BIO_READ] = BLK_T_IN, [BIO_WRITE] = BLK_T_OUT, [BIO_FLUSH] = BLK_T_FLUSH,
					 [BIO_DISCARD] = BLK_T_DISCARD };

	slot->header = (struct blk_header){
		.type = cpu_to_le32(type[rq->op]),
		.sector = rq->op <= BIO_WRITE ? cpu_to_le64(rq->start >> SECTOR_SHIFT) : 0,
	};
	slot->discard = (struct blk_discard){
		.sector = cpu_to_le64(rq->start >> SECTOR_SHIFT),
		.nr_sectors = cpu_to_le32((uint32_t)(rq->bytes >> SECTOR_SHIFT)),
	};
	slot->status = BLK_S_IOERR;
}

/* The data part into bufs[]; returns how many. */
static unsigned blk_data(const struct blk_slot *slot, const struct block_request *rq, struct vq_buf *bufs)
{
	const struct bio *bio;
	unsigned n = 0;

	if (rq->op == BIO_DISCARD) {
		bufs[n++] = (struct vq_buf){ arch_virt_to_phys(&slot->discard), sizeof(slot->discard) };
		return n;
	}
	list_for_each_entry(bio, &rq->bios, link) {
		for (unsigned i = 0; i < bio->nr_vecs; i++) {
			const struct bio_vec *v = &bio->vecs[i];

			bufs[n++] = (struct vq_buf){ page_to_phys(v->page) + v->offset, v->len };
		}
	}
	return n;
}

static bool blk_start(struct block_queue *q, struct block_request *rq)
{
	struct blk *blk = q->private;
	struct blk_slot *slot = &blk->slots[rq->tag];
	struct vq_buf *bufs = blk->bufs;
	struct vq_chain chain = { .bufs = bufs, .token = rq, .table = slot->table };
	unsigned data;

	blk_prepare_header(slot, rq);
	bufs[0] = (struct vq_buf){ arch_virt_to_phys(&slot->header), sizeof(slot->header) };
	data = blk_data(slot, rq, bufs + 1);
	bufs[1 + data] = (struct vq_buf){ arch_virt_to_phys(&slot->status), 1 };
	chain.nr_out = rq->op == BIO_READ ? 1 : 1 + data;
	chain.nr_in = rq->op == BIO_READ ? data + 1 : 1;
	return virtqueue_add(blk->vq, &chain);
}

static void blk_commit(struct block_queue *q)
{
	virtqueue_kick(((struct blk *)q->private)->vq);
}

static int blk_result(const struct blk *blk, const struct block_request *rq)
{
	uint8_t status = READ_ONCE(blk->slots[rq->tag].status);

	if (status == BLK_S_OK)
		return 0;
	return status == BLK_S_UNSUPP ? -EOPNOTSUPP : -EIO;
}

static void blk_interrupt(struct virtqueue *vq)
{
	struct blk *blk = vq->private;
	struct block_request *rq, *next;
	LIST_HEAD(done);
	unsigned long flags = spin_lock_irqsave(&blk->queue.lock);
	uint32_t len;

	do {
		virtqueue_disable_interrupt(vq);
		while ((rq = virtqueue_get(vq, &len)))
			list_add_tail(&rq->link, &done);
	} while (!virtqueue_enable_interrupt(vq));
	spin_unlock_irqrestore(&blk->queue.lock, flags);
	if (list_empty(&done))
		return;
	random_add_event(arch_cycles());
	list_for_each_entry_safe(rq, next, &done, link) {
		list_del_init(&rq->link);
		block_queue_done(&blk->queue, rq, blk_result(blk, rq));
	}
	block_queue_kick(&blk->queue);
}

static struct block_limits blk_limits(struct virtio_device *vdev, const struct blk *blk)
{
	struct block_limits limits = {
		.depth = BLK_DEPTH, .max_segs = BLK_SEGS, .max_bytes = BLK_MAX_BYTES, .max_seg_bytes = BLK_MAX_BYTES,
		.flush = virtio_has(vdev, BLK_F_FLUSH), .discard = virtio_has(vdev, BLK_F_DISCARD),
	};

	if (virtio_has(vdev, BLK_F_SEG_MAX))
		limits.max_segs = min(limits.max_segs, max(virtio_config32(vdev, CONFIG_SEG_MAX), 1u));
	if (virtio_has(vdev, BLK_F_SIZE_MAX))
		limits.max_seg_bytes = max(min(limits.max_seg_bytes, virtio_config32(vdev, CONFIG_SIZE_MAX)), 4096u);
	limits.depth = min(limits.depth, blk->vq->size);
	if (!virtio_has(vdev, VIRTIO_F_INDIRECT)) {	/* a chain must fit the ring */
		limits.max_segs = min(limits.max_segs, max(blk->vq->size, 3u) - 2);
	}
	return limits;
}

static int blk_setup(struct virtio_device *vdev, struct blk *blk)
{
	static const struct block_queue_ops ops = { .start = blk_start, .commit = blk_commit };
	struct block_limits limits;
	int err = virtqueue_create(vdev, 0, BLK_DEPTH * 2, blk_interrupt, &blk->vq);

	if (err)
		return err;
	blk->vq->private = blk;
	limits = blk_limits(vdev, blk);
	while ((PAGE_SIZE << blk->slot_order) < limits.depth * sizeof(struct blk_slot))
		blk->slot_order++;
	blk->slot_pages = alloc_pages(GFP_KERNEL, blk->slot_order);
	if (!blk->slot_pages)
		return -ENOMEM;
	blk->slots = page_address(blk->slot_pages);
	return block_queue_init(&blk->queue, &ops, blk, &limits);
}

static int blk_register(struct virtio_device *vdev, struct blk *blk)
{
	unsigned index = blks.nr_disks++;
	char name[8];
	struct bdev_params params = {
		.name = name, .major = BLK_MAJOR, .minor = index * BLK_MINORS, .minors = BLK_MINORS,
		.size = virtio_config64(vdev, CONFIG_CAPACITY) << SECTOR_SHIFT, .sector_size = 512,
		.read_only = virtio_has(vdev, BLK_F_RO), .queue = &blk->queue,
	};
	uint32_t blk_size = virtio_has(vdev, BLK_F_BLK_SIZE) ? virtio_config32(vdev, CONFIG_BLK_SIZE) : 0;
	struct bdev *disk;

	if (index >= BLK_DISKS)
		return -ENOSPC;
	if (blk_size == 4096)
		params.sector_size = blk_size;
	ksnprintf(name, sizeof(name), "vd%c", 'a' + (int)index);
	return bdev_register_disk(&params, &disk);
}

/* After DRIVER_OK the device is live: a failure from there on leaves the memory to it. */
static int blk_probe(struct virtio_device *vdev)
{
	struct blk *blk = kzalloc(sizeof(*blk), GFP_KERNEL);
	int err;

	if (!blk)
		return -ENOMEM;
	vdev->private = blk;
	err = blk_setup(vdev, blk);
	if (err)
		return err;
	virtio_device_ready(vdev);
	return blk_register(vdev, blk);
}

static int blk_init(void)
{
	static struct virtio_driver driver = {
		.name = "virtio-blk", .type = VIRTIO_BLK, .probe = blk_probe,
		.features = BLK_F_SIZE_MAX | BLK_F_SEG_MAX | BLK_F_RO | BLK_F_BLK_SIZE | BLK_F_FLUSH | BLK_F_DISCARD,
	};

	virtio_driver_register(&driver);
	return 0;
}
INIT_HOOK(INIT_THREADS, blk_init);
