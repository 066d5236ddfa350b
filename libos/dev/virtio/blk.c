/* SPDX-License-Identifier: MIT */
/*
 * blk: virtio block devices, "vda" and on: requests and queues. VIRTIO 1.2, 5.2. Configuration is blk_config.c's.
 *
 * The device's virtqueues, at most one a CPU, stand behind the hwqs of one block_queue; virtqueue n interrupts CPU n. A
 * request is a chain: header, data, status byte; header and status live in a slot the request's tag chooses, and
 * the chain in that slot's indirect table, so that starting a request allocates nothing.
 *
 * Locking. A virtqueue is covered by its hwq's lock: start() and commit() are called under it, the interrupt handler
 * takes it.
 */
#include "dev/virtio/blk.h"

#include "abi/errno.h"
#include "arch/smp.h"
#include "block/bdev.h"
#include "core/init.h"
#include "core/random.h"
#include "lib/byteorder.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

enum blk_type { BLK_T_IN = 0, BLK_T_OUT = 1, BLK_T_FLUSH = 4, BLK_T_GET_ID = 8, BLK_T_DISCARD = 11,
		BLK_T_WRITE_ZEROES = 13 };
enum blk_status { BLK_S_OK = 0, BLK_S_IOERR = 1, BLK_S_UNSUPP = 2 };
#define BLK_RANGE_UNMAP	1u

#define BLK_MAJOR	254		/* first of the range for dynamic use, where Linux puts virtblk too */
#define BLK_MINORS	16
#define BLK_DISKS	26

/* Field legend: [p] the probing thread */
static struct {
	unsigned nr_disks;		/* [p] */
} blks;

static bool has_range(const struct block_request *rq)
{
	return rq->op == BIO_DISCARD || rq->op == BIO_WRITE_ZEROES;
}

/* Does the device write the data? */
static bool is_inward(const struct block_request *rq)
{
	return rq->op == BIO_READ || rq->op == BIO_GET_ID;
}

static void blk_prepare_header(struct blk_slot *slot, const struct block_request *rq)
{
	static const uint32_t type[BIO_OPS] = {
		[BIO_READ] = BLK_T_IN, [BIO_WRITE] = BLK_T_OUT, [BIO_FLUSH] = BLK_T_FLUSH,
		[BIO_DISCARD] = BLK_T_DISCARD, [BIO_WRITE_ZEROES] = BLK_T_WRITE_ZEROES, [BIO_GET_ID] = BLK_T_GET_ID,
	};

	slot->header = (struct blk_header){
		.type = cpu_to_le32(type[rq->op]),
		.sector = rq->op <= BIO_WRITE ? cpu_to_le64(rq->start >> BLK_SECTOR_SHIFT) : 0,
	};
	slot->status = BLK_S_IOERR;
	if (has_range(rq)) {
		const struct bio *bio = list_first_entry(&rq->bios, struct bio, link);

		slot->range = (struct blk_range){
			.sector = cpu_to_le64(rq->start >> BLK_SECTOR_SHIFT),
			.nr_sectors = cpu_to_le32((uint32_t)(rq->bytes >> BLK_SECTOR_SHIFT)),
			.flags = cpu_to_le32(bio->flags & BIO_UNMAP ? BLK_RANGE_UNMAP : 0),
		};
	}
}

/* The data part into bufs[]; returns how many. */
static unsigned blk_data(const struct blk_slot *slot, const struct block_request *rq, struct vq_buf *bufs)
{
	const struct bio *bio;
	unsigned n = 0;

	if (has_range(rq)) {
		bufs[n++] = (struct vq_buf){ arch_virt_to_phys(&slot->range), sizeof(slot->range) };
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

static bool blk_start(struct block_hwq *hwq, struct block_request *rq)
{
	struct blk_vq *bvq = hwq->driver;
	struct blk_slot *slot = &bvq->slots[rq->tag];
	struct vq_buf *bufs = bvq->bufs;
	struct vq_chain chain = { .bufs = bufs, .token = rq, .table = slot->table };
	unsigned data;

	blk_prepare_header(slot, rq);
	bufs[0] = (struct vq_buf){ arch_virt_to_phys(&slot->header), sizeof(slot->header) };
	data = blk_data(slot, rq, bufs + 1);
	bufs[1 + data] = (struct vq_buf){ arch_virt_to_phys(&slot->status), 1 };
	chain.nr_out = is_inward(rq) ? 1 : 1 + data;
	chain.nr_in = is_inward(rq) ? data + 1 : 1;
	return virtqueue_add(bvq->vq, &chain);
}

static void blk_commit(struct block_hwq *hwq)
{
	virtqueue_kick(((struct blk_vq *)hwq->driver)->vq);
}

static int blk_result(const struct blk_vq *bvq, const struct block_request *rq)
{
	uint8_t status = READ_ONCE(bvq->slots[rq->tag].status);

	if (status == BLK_S_OK)
		return 0;
	return status == BLK_S_UNSUPP ? -EOPNOTSUPP : -EIO;
}

static void blk_interrupt(struct virtqueue *vq)
{
	struct blk_vq *bvq = vq->private;
	struct block_hwq *hwq = READ_ONCE(bvq->hwq);
	struct block_request *rq;
	LIST_HEAD(done);
	unsigned long flags;
	uint32_t len;

	if (!hwq)			/* a shared line, before all is set up */
		return;
	flags = spin_lock_irqsave(&hwq->lock);
	do {
		virtqueue_disable_interrupt(vq);
		while ((rq = virtqueue_get(vq, &len)))
			block_hwq_done_locked(rq, blk_result(bvq, rq), &done);
	} while (!virtqueue_enable_interrupt(vq));
	if (list_empty(&done)) {
		spin_unlock_irqrestore(&hwq->lock, flags);
		return;
	}
	block_hwq_finish(hwq, &done, flags);
	random_add_event(arch_cycles());
}

/* Its doorbell once more, and a look at what it has done: one of the two may have got lost on the way. */
static bool blk_nudge(struct block_hwq *hwq)
{
	struct blk_vq *bvq = hwq->driver;
	unsigned long flags = spin_lock_irqsave(&hwq->lock);
	unsigned before = hwq->in_flight;

	virtqueue_nudge(bvq->vq);
	spin_unlock_irqrestore(&hwq->lock, flags);
	blk_interrupt(bvq->vq);
	return READ_ONCE(hwq->in_flight) != before;
}

/* --- Serial number -------------------------------------------------------------------------------- */

static int blk_get_serial(struct block_queue *q, char *serial, size_t size)
{
	struct blk *blk = q->private;
	struct bio *bio = bio_alloc(blk->disk, BIO_GET_ID, 1, GFP_KERNEL);
	char *buf = kzalloc(BIO_ID_BYTES + 1, GFP_KERNEL);
	int err = -ENOMEM;

	if (bio && buf && bio_add(bio, virt_to_page(buf), (uint32_t)((uintptr_t)buf & ~PAGE_MASK), BIO_ID_BYTES))
		err = bio_submit_wait(bio);
	if (!err)
		ignore_result(strscpy(serial, buf, size));	/* cut to what the caller has room for */
	kfree(buf);
	if (bio)
		bio_free(bio);
	return err;
}

/* --- Start ---------------------------------------------------------------------------------------- */

/* Virtqueue n for CPU n; how many is what the device, its interrupts and memory allow. At least one, or -errno. */
static int blk_create_queues(struct blk *blk)
{
	unsigned want = min(min(blk_config_queues(blk->vdev), arch_smp_nr_cpus()), (unsigned)BLK_QUEUES_MAX);
	int err = 0;

	blk->vqs = kcalloc(want, sizeof(*blk->vqs), GFP_KERNEL);
	if (!blk->vqs)
		return -ENOMEM;
	for (unsigned i = 0; i < want && !err; i++) {
		struct virtqueue_params params = { .index = i, .max_size = BLK_DEPTH * 2, .cpu = i,
						   .callback = blk_interrupt, .private = &blk->vqs[i] };

		err = virtqueue_create_with(blk->vdev, &params, &blk->vqs[i].vq);
		if (!err)
			blk->nr_vqs++;
	}
	return blk->nr_vqs ? 0 : err;
}

static struct blk_slot *blk_alloc_slots(unsigned count)
{
	unsigned order = 0;
	struct page *pages;

	while ((PAGE_SIZE << order) < count * sizeof(struct blk_slot))
		order++;
	pages = alloc_pages(GFP_KERNEL, order);
	return pages ? page_address(pages) : NULL;
}

static int blk_connect(struct blk *blk, unsigned i)
{
	struct blk_vq *bvq = &blk->vqs[i];

	bvq->slots = blk_alloc_slots(blk->queue.limits.depth);
	if (!bvq->slots)
		return -ENOMEM;
	blk->queue.hwqs[i].driver = bvq;
	WRITE_ONCE(bvq->hwq, &blk->queue.hwqs[i]);
	return 0;
}

static int blk_setup(struct blk *blk)
{
	static const struct block_queue_ops ops = {
		.start = blk_start, .commit = blk_commit, .nudge = blk_nudge,
		.set_write_cache = blk_config_set_write_cache, .get_serial = blk_get_serial,
	};
	struct block_queue_params params = { .ops = &ops, .private = blk };
	unsigned ring_size = BLK_DEPTH * 2;
	int err = blk_create_queues(blk);

	if (err)
		return err;
	for (unsigned i = 0; i < blk->nr_vqs; i++)
		ring_size = min(ring_size, blk->vqs[i].vq->size);
	params.nr_hwqs = blk->nr_vqs;
	params.write_cache = blk_config_write_cache(blk->vdev);
	blk_config_limits(blk, ring_size, &params.limits);
	err = block_queue_init(&blk->queue, &params);
	for (unsigned i = 0; i < blk->nr_vqs && !err; i++)
		err = blk_connect(blk, i);
	return err;
}

static int blk_register(struct blk *blk)
{
	unsigned index = blks.nr_disks++;
	char name[8];
	struct bdev_params params = { .name = name, .major = BLK_MAJOR, .minor = index * BLK_MINORS,
				      .minors = BLK_MINORS, .queue = &blk->queue };

	if (index >= BLK_DISKS)
		return -ENOSPC;
	blk_config_disk(blk->vdev, &params);
	ksnprintf(name, sizeof(name), "vd%c", 'a' + (int)index);
	return bdev_register_disk(&params, &blk->disk);
}

/* After DRIVER_OK the device is live: a failure from there on leaves the memory to it. */
static int blk_probe(struct virtio_device *vdev)
{
	struct blk *blk = kzalloc(sizeof(*blk), GFP_KERNEL);
	int err;

	if (!blk)
		return -ENOMEM;
	blk->vdev = vdev;
	work_init(&blk->changed, blk_config_work);
	vdev->private = blk;
	vdev->config_changed = blk_config_changed;
	err = blk_setup(blk);
	if (err)
		return err;
	virtio_device_ready(vdev);
	return blk_register(blk);
}

static int blk_init(void)
{
	static struct virtio_driver driver = { .name = "virtio-blk", .type = VIRTIO_BLK, .probe = blk_probe };

	driver.features = blk_features;
	virtio_driver_register(&driver);
	return 0;
}
INIT_HOOK(INIT_THREADS, blk_init);
