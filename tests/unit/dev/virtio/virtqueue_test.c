/* SPDX-License-Identifier: MIT */
/*
 * virtqueue against a model of a device that reads the rings as VIRTIO 1.2, 2.7 says: chains complete out of order, in
 * both descriptor forms, with and without event indexes, far beyond the wrap of the 16-bit indexes.
 */
#include "kernel.h"

#include "arch/mmu.h"
#include "dev/virtio/virtio.h"
#include "dev/virtio/virtqueue.h"
#include "mm/slab.h"

#include <string.h>

#define SIZE	16

/* The device's side. */
static struct {
	uint16_t last_avail;
	uint16_t pending[SIZE];
	unsigned nr_pending, notified;
	uint64_t sum;			/* of the addresses seen */
	unsigned out, in;		/* buffers of the last chain */
} dev;

static void model_notify(struct virtio_device *vdev, struct virtqueue *vq)
{
	(void)vdev;
	(void)vq;
	dev.notified++;
}

static const struct virtio_transport transport = { .name = "model", .notify = model_notify };
static struct virtio_device vdev = { .transport = &transport, .name = "model" };

static void walk(const struct vring_desc *table, unsigned i)
{
	for (;;) {
		const struct vring_desc *d = &table[i];

		if (d->flags & VRING_INDIRECT) {
			walk(arch_phys_to_virt(d->addr), 0);
			return;
		}
		dev.sum += d->addr;
		if (d->flags & VRING_WRITE)
			dev.in++;
		else
			dev.out++;
		if (!(d->flags & VRING_NEXT))
			return;
		i = d->next;
	}
}

/* Take what is offered. */
static void model_take(struct virtqueue *vq)
{
	const uint16_t *avail = arch_phys_to_virt(virtqueue_avail_phys(vq));
	uint16_t *used = arch_phys_to_virt(virtqueue_used_phys(vq));

	while (dev.last_avail != avail[1]) {
		uint16_t head = avail[2 + dev.last_avail++ % vq->size];

		dev.in = dev.out = 0;
		walk(arch_phys_to_virt(virtqueue_desc_phys(vq)), head);
		CHECK_LT(dev.nr_pending, SIZE);
		dev.pending[dev.nr_pending++] = head;
	}
	used[2 + 4 * vq->size] = dev.last_avail;	/* avail_event */
}

/* Complete a random one. */
static void model_complete(struct virtqueue *vq)
{
	unsigned i = (unsigned)test_random_below(dev.nr_pending);
	uint16_t *used = arch_phys_to_virt(virtqueue_used_phys(vq));
	struct vring_used_elem *e = (struct vring_used_elem *)(used + 2) + used[1] % vq->size;

	e->id = dev.pending[i];
	e->len = dev.pending[i] + 1000u;
	dev.pending[i] = dev.pending[--dev.nr_pending];
	used[1]++;
}

static struct virtqueue *start(uint64_t features)
{
	memset(&dev, 0, sizeof(dev));
	vdev.features = features;
	return virtqueue_alloc(&vdev, 0, SIZE);
}

/* Random traffic; every token comes back exactly once, and in the end all descriptors are free again. */
static void traffic(struct virtqueue *vq, unsigned rounds)
{
	static struct vring_desc tables[SIZE][8] __aligned(16);
	unsigned in_flight = 0, done = 0;
	bool busy[SIZE] = { false };
	struct vring_desc *table = kmalloc(sizeof(tables), GFP_KERNEL);
	uint64_t sum = 0;
	uint32_t len;
	char *token;

	for (unsigned round = 0; done < rounds; round++) {
		unsigned slot = (unsigned)test_random_below(SIZE), n = 1 + (unsigned)test_random_below(5);
		struct vq_buf bufs[8];
		struct vq_chain chain = { .bufs = bufs, .nr_out = (unsigned)test_random_below(n + 1),
					  .token = (char *)tables + slot, .table = table + slot * 8 };
		uint64_t add = 0;

		for (unsigned i = 0; i < n; i++) {
			bufs[i] = (struct vq_buf){ test_random() >> 12, 16 };
			add += bufs[i].addr;
		}
		chain.nr_in = n - chain.nr_out;
		if (!busy[slot] && round < rounds * 4 && virtqueue_add(vq, &chain)) {
			busy[slot] = true;
			in_flight++;
			sum += add;
			virtqueue_kick(vq);
			model_take(vq);
			CHECK_EQ(dev.out, chain.nr_out);
			CHECK_EQ(dev.in, chain.nr_in);
			CHECK_EQ(dev.sum, sum);
		}
		if (dev.nr_pending && test_random_below(2))
			model_complete(vq);
		while ((token = virtqueue_get(vq, &len))) {
			slot = (unsigned)(token - (char *)tables);
			CHECK_LT(slot, SIZE);
			CHECK(busy[slot]);
			busy[slot] = false;
			CHECK_GE(len, 1000);
			in_flight--;
			done++;
		}
		CHECK_EQ(in_flight, dev.nr_pending);
	}
	while (dev.nr_pending)
		model_complete(vq);
	while (virtqueue_get(vq, &len))
		;
	CHECK_EQ(vq->nr_free, SIZE);
	CHECK(virtqueue_enable_interrupt(vq));
	kfree(table);
}

KTEST(virtqueue_direct)
{
	struct virtqueue *vq = start(0);

	traffic(vq, 70000);
	virtqueue_free(vq);
}

KTEST(virtqueue_indirect_event_idx)
{
	struct virtqueue *vq = start(VIRTIO_F_INDIRECT | VIRTIO_F_EVENT_IDX);

	traffic(vq, 70000);
	virtqueue_free(vq);
}

static bool add_one(struct virtqueue *vq)
{
	struct vq_buf buf = { 4096, 16 };
	struct vq_chain chain = { .bufs = &buf, .nr_out = 1, .token = &dev };

	return virtqueue_add(vq, &chain);
}

/* With event indexes the device is told only when it asked for the entry. */
KTEST(virtqueue_notifies_when_wanted)
{
	struct virtqueue *vq = start(VIRTIO_F_EVENT_IDX);

	CHECK(add_one(vq));
	virtqueue_kick(vq);
	CHECK_EQ(dev.notified, 1);
	CHECK(add_one(vq));		/* avail_event is still 0: it is busy and will look */
	virtqueue_kick(vq);
	CHECK_EQ(dev.notified, 1);
	model_take(vq);
	CHECK(add_one(vq));
	virtqueue_kick(vq);
	CHECK_EQ(dev.notified, 2);
	virtqueue_kick(vq);
	CHECK_EQ(dev.notified, 2);
	virtqueue_free(vq);
}

KTEST(virtqueue_full)
{
	struct virtqueue *vq = start(0);

	for (unsigned i = 0; i < SIZE; i++)
		CHECK(add_one(vq));
	CHECK(!add_one(vq));
	virtqueue_free(vq);
}

/* A device that completes what it never got, or the same twice, is not believed. */
KTEST(virtqueue_bogus_completions)
{
	struct virtqueue *vq = start(0);
	uint16_t *used = arch_phys_to_virt(virtqueue_used_phys(vq));
	struct vring_used_elem *e = (struct vring_used_elem *)(used + 2);
	uint32_t len;

	CHECK(add_one(vq));
	virtqueue_kick(vq);
	e[0].id = 60000;
	e[1].id = 3;
	e[2].id = 0;
	e[3].id = 0;
	used[1] = 4;
	CHECK(virtqueue_get(vq, &len) == &dev);
	CHECK(!virtqueue_get(vq, &len));
	CHECK_EQ(vq->nr_free, SIZE);
	virtqueue_free(vq);
}
