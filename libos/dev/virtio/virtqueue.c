/* SPDX-License-Identifier: MIT */
/*
 * virtqueue: the split ring. See virtqueue.h.
 *
 * Invariants
 *  (1) A descriptor is in the free chain or in exactly one chain between add and get.
 *  (2) tokens[head] != NULL exactly while the chain that begins at head is the device's.
 *  (3) What the device writes is not trusted: heads out of range or without a token are ignored, with a message.
 *
 * Ordering: the release store of avail idx publishes descriptors and ring entry; the acquire load of used idx comes
 * before reads of the elements. Index stores and event reads are separated by full barriers (2.7.13.4.1, 2.7.10):
 * device_mb().
 */
#include "dev/virtio/virtqueue.h"

#include "abi/errno.h"
#include "arch/cpu.h"
#include "arch/smp.h"
#include "core/assert.h"
#include "core/log.h"
#include "dev/virtio/virtio.h"
#include "lib/align.h"
#include "lib/bits.h"
#include "lib/byteorder.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sync/atomic.h"

#define AVAIL_NO_INTERRUPT	1
#define USED_NO_NOTIFY		1
#define FLAGS			0	/* indexes of uint16_t in both rings */
#define IDX			1
#define RING			2
#define ELEM_UNITS		(sizeof(struct vring_used_elem) / 2)

/*
 * A full barrier that the device sees, too. QEMU before 8.2 leaves a guest's fences out when it emulates a machine of
 * one CPU, though the device runs in another thread of the host: then a store to the ring can pass the look behind it,
 * and driver and device both go to sleep. It reads the cycle counter under a lock of the host, which is a barrier.
 */
static void device_mb(void)
{
	smp_mb();
	if (arch_smp_nr_cpus() == 1)
		ignore_result(arch_cycles());
}

static uint16_t *used_event(struct virtqueue *vq)
{
	return &vq->avail[RING + vq->size];
}

static uint16_t avail_event(const struct virtqueue *vq)
{
	return le16_to_cpu(vq->used[RING + ELEM_UNITS * vq->size]);
}

static size_t used_offset(unsigned size)
{
	return ALIGN_UP(size * sizeof(struct vring_desc) + (RING + size + 1) * sizeof(uint16_t), PAGE_SIZE);
}

struct virtqueue *virtqueue_alloc(struct virtio_device *vdev, unsigned index, unsigned size)
{
	size_t bytes = used_offset(size) + (RING + 1) * sizeof(uint16_t) + size * sizeof(struct vring_used_elem);
	struct virtqueue *vq = kzalloc(sizeof(*vq), GFP_KERNEL);
	char *ring;

	VERIFY(is_power_of_2(size) && size <= 32768);
	if (!vq)
		return NULL;
	vq->vdev = vdev;
	vq->index = index;
	vq->size = size;
	while ((PAGE_SIZE << vq->order) < bytes)
		vq->order++;
	vq->pages = alloc_pages(GFP_KERNEL | GFP_ZERO, vq->order);
	vq->tokens = kcalloc(size, sizeof(*vq->tokens), GFP_KERNEL);
	if (!vq->pages || !vq->tokens) {
		virtqueue_free(vq);
		return NULL;
	}
	ring = page_address(vq->pages);
	vq->desc = (struct vring_desc *)ring;
	vq->avail = (uint16_t *)(ring + size * sizeof(struct vring_desc));
	vq->used = (uint16_t *)(ring + used_offset(size));
	vq->event_idx = virtio_has(vdev, VIRTIO_F_EVENT_IDX);
	vq->indirect = virtio_has(vdev, VIRTIO_F_INDIRECT);
	vq->nr_free = (uint16_t)size;
	for (unsigned i = 0; i + 1 < size; i++)
		vq->desc[i].next = cpu_to_le16(i + 1);
	return vq;
}

void virtqueue_free(struct virtqueue *vq)
{
	if (vq->pages)
		free_pages(vq->pages, vq->order);
	kfree(vq->tokens);
	kfree(vq);
}

int virtqueue_create_with(struct virtio_device *vdev, const struct virtqueue_params *params, struct virtqueue **out)
{
	unsigned index = params->index, size;
	struct virtqueue *vq;
	int err;

	if (index >= VIRTIO_MAX_QUEUES)
		return -ENOENT;
	size = vdev->transport->queue_max(vdev, index);
	if (!size)
		return -ENOENT;
	vq = virtqueue_alloc(vdev, index, (unsigned)rounddown_pow_of_two(min(size, params->max_size)));
	if (!vq)
		return -ENOMEM;
	vq->callback = params->callback;
	vq->private = params->private;
	vq->cpu = params->cpu;
	err = vdev->transport->queue_enable(vdev, vq);
	if (err) {
		virtqueue_free(vq);
		return err;
	}
	vdev->queues[index] = vq;
	vdev->nr_queues = max(vdev->nr_queues, index + 1);
	*out = vq;
	return 0;
}

int virtqueue_create(struct virtio_device *vdev, unsigned index, unsigned max_size, virtqueue_fn callback,
		     struct virtqueue **out)
{
	struct virtqueue_params params = { .index = index, .max_size = max_size, .callback = callback };

	return virtqueue_create_with(vdev, &params, out);
}

paddr_t virtqueue_desc_phys(const struct virtqueue *vq)
{
	return page_to_phys(vq->pages);
}

paddr_t virtqueue_avail_phys(const struct virtqueue *vq)
{
	return page_to_phys(vq->pages) + vq->size * sizeof(struct vring_desc);
}

paddr_t virtqueue_used_phys(const struct virtqueue *vq)
{
	return page_to_phys(vq->pages) + used_offset(vq->size);
}

static void fill_desc(struct vring_desc *d, const struct vq_buf *buf, unsigned flags)
{
	d->addr = cpu_to_le64(buf->addr);
	d->len = cpu_to_le32(buf->len);
	d->flags = cpu_to_le16(flags);
}

/* Flags of buffer i of a chain. */
static unsigned chain_flags(const struct vq_chain *chain, unsigned i)
{
	return (i + 1 < chain->nr_out + chain->nr_in ? VRING_NEXT : 0) | (i >= chain->nr_out ? VRING_WRITE : 0);
}

/* The chain in a table of its own: one descriptor of the ring. */
static void add_indirect(struct virtqueue *vq, const struct vq_chain *chain)
{
	unsigned n = chain->nr_out + chain->nr_in;
	struct vring_desc *d = &vq->desc[vq->free_head];
	struct vq_buf table = { arch_virt_to_phys(chain->table), (uint32_t)(n * sizeof(*chain->table)) };

	for (unsigned i = 0; i < n; i++) {
		fill_desc(&chain->table[i], &chain->bufs[i], chain_flags(chain, i));
		chain->table[i].next = cpu_to_le16(i + 1);
	}
	vq->free_head = le16_to_cpu(d->next);
	vq->nr_free--;
	fill_desc(d, &table, VRING_INDIRECT);
}

static void add_direct(struct virtqueue *vq, const struct vq_chain *chain)
{
	unsigned n = chain->nr_out + chain->nr_in;

	for (unsigned i = 0; i < n; i++) {
		struct vring_desc *d = &vq->desc[vq->free_head];

		fill_desc(d, &chain->bufs[i], chain_flags(chain, i));
		vq->free_head = le16_to_cpu(d->next);
	}
	vq->nr_free = (uint16_t)(vq->nr_free - n);
}

bool virtqueue_add(struct virtqueue *vq, const struct vq_chain *chain)
{
	unsigned n = chain->nr_out + chain->nr_in;
	bool indirect = vq->indirect && chain->table && n > 1;
	uint16_t head = vq->free_head;

	VERIFY(n && chain->token);
	if (vq->nr_free < (indirect ? 1 : n))
		return false;
	if (indirect)
		add_indirect(vq, chain);
	else
		add_direct(vq, chain);
	vq->tokens[head] = chain->token;
	vq->avail[RING + (vq->avail_idx & (vq->size - 1))] = cpu_to_le16(head);
	vq->avail_idx++;
	return true;
}

/* Has idx passed `event` since it was `old`? 2.7.7.2 */
static bool event_passed(uint16_t event, uint16_t idx, uint16_t old)
{
	return (uint16_t)(idx - event - 1) < (uint16_t)(idx - old);
}

void virtqueue_kick(struct virtqueue *vq)
{
	uint16_t old = vq->kicked_idx;
	bool wanted;

	if (vq->avail_idx == old)
		return;
	smp_store_release(&vq->avail[IDX], cpu_to_le16(vq->avail_idx));	/* pairs with the device's read of idx */
	vq->kicked_idx = vq->avail_idx;
	device_mb();	/* idx before the look at the device's wish; the device does the reverse */
	if (vq->event_idx)
		wanted = event_passed(avail_event(vq), vq->avail_idx, old);
	else
		wanted = !(le16_to_cpu(vq->used[FLAGS]) & USED_NO_NOTIFY);
	if (wanted)
		vq->vdev->transport->notify(vq->vdev, vq);
}

void virtqueue_nudge(struct virtqueue *vq)
{
	vq->vdev->transport->notify(vq->vdev, vq);
}

static void free_chain(struct virtqueue *vq, uint16_t head)
{
	uint16_t last = head, n = 1;

	while (le16_to_cpu(vq->desc[last].flags) & VRING_NEXT) {
		last = le16_to_cpu(vq->desc[last].next);
		n++;
	}
	vq->desc[last].next = cpu_to_le16(vq->free_head);
	vq->free_head = head;
	vq->nr_free = (uint16_t)(vq->nr_free + n);
}

void *virtqueue_get(struct virtqueue *vq, uint32_t *len)
{
	while (vq->last_used != le16_to_cpu(smp_load_acquire(&vq->used[IDX]))) {	/* device's release of idx */
		volatile struct vring_used_elem *e = (volatile struct vring_used_elem *)&vq->used[RING];
		uint32_t head;
		void *token;

		e += vq->last_used & (vq->size - 1);
		head = le32_to_cpu(e->id);
		*len = le32_to_cpu(e->len);
		vq->last_used++;
		token = head < vq->size ? vq->tokens[head] : NULL;
		if (!token) {
			klog_once(KLOG_ERR, "virtio: %s: the device completed a buffer it does not have",
				  vq->vdev->name);
			continue;
		}
		vq->tokens[head] = NULL;
		free_chain(vq, (uint16_t)head);
		return token;
	}
	return NULL;
}

bool virtqueue_enable_interrupt(struct virtqueue *vq)
{
	if (vq->event_idx)
		WRITE_ONCE(*used_event(vq), cpu_to_le16(vq->last_used));
	else
		WRITE_ONCE(vq->avail[FLAGS], 0);
	device_mb();	/* the wish before the look at used idx; the device does the reverse */
	return vq->last_used == le16_to_cpu(READ_ONCE(vq->used[IDX]));
}

void virtqueue_disable_interrupt(struct virtqueue *vq)
{
	if (!vq->event_idx)
		WRITE_ONCE(vq->avail[FLAGS], cpu_to_le16(AVAIL_NO_INTERRUPT));
}
