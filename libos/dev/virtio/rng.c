/* SPDX-License-Identifier: MIT */
/*
 * rng: the host's entropy, once at start-up. VIRTIO 1.2, 5.4.
 *
 * The request is made while drivers are probed and the answer mixed in when it comes; start-up does not wait for it.
 */
#include "abi/errno.h"
#include "core/init.h"
#include "core/random.h"
#include "dev/virtio/virtio.h"
#include "dev/virtio/virtqueue.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

#define RNG_BYTES	64

static void rng_interrupt(struct virtqueue *vq)
{
	uint32_t len;
	uint8_t *buf = virtqueue_get(vq, &len);

	if (!buf)
		return;
	if (len > RNG_BYTES)
		len = RNG_BYTES;
	random_add_entropy(buf, len, len * 8);
	memzero_explicit(buf, RNG_BYTES);
	kfree(buf);
}

static int rng_probe(struct virtio_device *vdev)
{
	struct virtqueue *vq;
	uint8_t *buf;
	int err = virtqueue_create(vdev, 0, 4, rng_interrupt, &vq);

	if (err)
		return err;
	buf = kmalloc(RNG_BYTES, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	virtio_device_ready(vdev);
	if (!virtqueue_add(vq, &(struct vq_chain){ .bufs = &(struct vq_buf){ arch_virt_to_phys(buf), RNG_BYTES },
						   .nr_in = 1, .token = buf })) {
		kfree(buf);
		return -ENOSPC;
	}
	virtqueue_kick(vq);
	return 0;
}

static int rng_init(void)
{
	static struct virtio_driver driver = { .name = "virtio-rng", .type = VIRTIO_RNG, .probe = rng_probe };

	virtio_driver_register(&driver);
	return 0;
}
INIT_HOOK(INIT_THREADS, rng_init);
