/* SPDX-License-Identifier: MIT */
/*
 * virtqueue: a split ring between driver and device. VIRTIO 1.2, 2.7.
 *
 *   desc[]   chains of buffers          driver writes, device reads
 *   avail    heads of chains offered    driver writes idx, device follows
 *   used     heads of chains done       device writes idx, driver follows (last_used)
 *
 *   virtqueue_add()* -> virtqueue_kick() -> device -> interrupt -> callback -> virtqueue_get()*
 *
 * Layout in memory is the legacy one (one block, used ring on a page of its own), which version 1 allows too.
 *
 * Locking: none; the driver's lock covers add, kick and get of one queue. The callback comes in interrupt context.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct page;
struct virtio_device;
struct virtqueue;

/* As the device sees it. */
struct vring_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};
enum vring_desc_flags { VRING_NEXT = 1, VRING_WRITE = 2, VRING_INDIRECT = 4 };

struct vring_used_elem {
	uint32_t id, len;
};

/* One buffer of a chain. */
struct vq_buf {
	paddr_t addr;
	uint32_t len;
};

typedef void (*virtqueue_fn)(struct virtqueue *vq);

/* Field legend: [I] immutable, [d] driver's lock, [D] the device writes */
struct virtqueue {
	struct virtio_device *vdev;	/* [I] */
	unsigned index, size;		/* [I] size is a power of two */
	virtqueue_fn callback;		/* [I] */
	void *private;			/* [I] the driver's */
	unsigned cpu;			/* [I] where its interrupt goes, if it has one of its own */
	volatile void __iomem *notify_addr;	/* [I] pci */
	struct page *pages;		/* [I] */
	unsigned order;			/* [I] */
	bool event_idx, indirect;	/* [I] negotiated */
	struct vring_desc *desc;	/* [d] */
	uint16_t *avail;		/* [d] flags, idx, ring[size], used_event */
	volatile uint16_t *used;	/* [D] flags, idx, elements, avail_event */
	void **tokens;			/* [d] by head */
	uint16_t free_head;		/* [d] free descriptors, chained by next */
	uint16_t nr_free;		/* [d] */
	uint16_t avail_idx;		/* [d] next to publish */
	uint16_t kicked_idx;		/* [d] avail_idx at the last kick */
	uint16_t last_used;		/* [d] next to take */
};

/*
 * Make queue `index` with at most max_size entries (the device may offer fewer) and enable it; its interrupt, if it
 * has one of its own, goes to `cpu`. 0, -ENOENT: the device has no such queue, -ENOMEM, -ENOSPC: no interrupt left
 * for it, -errno of the transport. May sleep.
 */
struct virtqueue_params {
	unsigned index, max_size;
	unsigned cpu;
	virtqueue_fn callback;
	void *private;
};
int __must_check virtqueue_create_with(struct virtio_device *vdev, const struct virtqueue_params *params,
				       struct virtqueue **out);
/* The same on CPU 0. */
int __must_check virtqueue_create(struct virtio_device *vdev, unsigned index, unsigned max_size,
				  virtqueue_fn callback, struct virtqueue **out);
/* Without a transport: rings in memory only. For virtqueue_create() and the tests. NULL: no memory. */
struct virtqueue *virtqueue_alloc(struct virtio_device *vdev, unsigned index, unsigned size);
/* Only a queue whose device is reset or never knew of it. */
void virtqueue_free(struct virtqueue *vq);

paddr_t virtqueue_desc_phys(const struct virtqueue *vq);
paddr_t virtqueue_avail_phys(const struct virtqueue *vq);
paddr_t virtqueue_used_phys(const struct virtqueue *vq);

/* What one chain consists of: nr_out buffers the device reads, then nr_in it writes. */
struct vq_chain {
	const struct vq_buf *bufs;
	unsigned nr_out, nr_in;
	void *token;			/* given back by virtqueue_get(); not NULL */
	struct vring_desc *table;	/* nr_out + nr_in entries for an indirect chain, or NULL */
};

/* Offer a chain. False: no room. */
bool __must_check virtqueue_add(struct virtqueue *vq, const struct vq_chain *chain);
/* Make what was added visible and tell the device, if it wants to know. */
void virtqueue_kick(struct virtqueue *vq);
/* Tell it once more, whether it wants to know or not: it has been silent for long. */
void virtqueue_nudge(struct virtqueue *vq);
/* A chain that is done: its token and the bytes the device wrote. NULL: none. */
void *virtqueue_get(struct virtqueue *vq, uint32_t *len);
/* Ask for interrupts again after get() said NULL. False: more came meanwhile, go on getting. */
bool __must_check virtqueue_enable_interrupt(struct virtqueue *vq);
void virtqueue_disable_interrupt(struct virtqueue *vq);
