/* SPDX-License-Identifier: MIT */
/*
 * virtio: devices, drivers and what is between them. Virtual I/O Device (VIRTIO) specification 1.2.
 *
 * Model. A transport (pci.c, mmio.c) finds devices and says how to reach their registers; a driver (blk.c, rng.c) is
 * chosen by device type and works through virtqueues (virtqueue.h).
 *
 *   reset -> ACKNOWLEDGE -> DRIVER -> features -> FEATURES_OK -> driver->probe: queues -> DRIVER_OK
 *                 any failure: FAILED, and the device is left alone
 *
 * Devices are found at INIT_BUS and probed at INIT_DEVICE; drivers register before INIT_DEVICE.
 */
#pragma once

#include "arch/irq.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"

struct virtio_device;
struct virtqueue;

enum virtio_type { VIRTIO_NET = 1, VIRTIO_BLK = 2, VIRTIO_CONSOLE = 3, VIRTIO_RNG = 4 };

/* Device status, 2.1. */
enum virtio_status { VIRTIO_ACKNOWLEDGE = 1, VIRTIO_DRIVER = 2, VIRTIO_DRIVER_OK = 4, VIRTIO_FEATURES_OK = 8,
		     VIRTIO_FAILED = 128 };

/* Feature bits of all devices, 6. */
#define VIRTIO_F_INDIRECT	(1ULL << 28)
#define VIRTIO_F_EVENT_IDX	(1ULL << 29)
#define VIRTIO_F_VERSION_1	(1ULL << 32)
#define VIRTIO_F_ALL		(VIRTIO_F_INDIRECT | VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1)

/* A transport. All in thread context, but notify() and config access, which are for any. */
struct virtio_transport {
	const char *name;
	uint8_t (*get_status)(struct virtio_device *vdev);
	/* Status 0 resets; returns when the device has. */
	void (*set_status)(struct virtio_device *vdev, uint8_t status);
	uint64_t (*get_features)(struct virtio_device *vdev);
	void (*set_features)(struct virtio_device *vdev, uint64_t features);
	uint8_t (*read_config8)(struct virtio_device *vdev, unsigned offset);
	void (*write_config8)(struct virtio_device *vdev, unsigned offset, uint8_t value);
	uint32_t (*config_generation)(struct virtio_device *vdev);
	/* Most entries queue `index` may have; 0: there is no such queue. */
	unsigned (*queue_max)(struct virtio_device *vdev, unsigned index);
	/* Tell the device where vq's rings are, route its interrupt, enable it. 0 or -errno. */
	int (*queue_enable)(struct virtio_device *vdev, struct virtqueue *vq);
	void (*notify)(struct virtio_device *vdev, struct virtqueue *vq);
};

#define VIRTIO_MAX_QUEUES	64

/* Field legend: [I] immutable after probing */
struct virtio_device {
	struct list_head link;		/* [I] */
	const struct virtio_transport *transport;	/* [I] */
	uint32_t type;			/* [I] enum virtio_type */
	bool legacy;			/* [I] before version 1: page-frame rings, no FEATURES_OK */
	uint64_t features;		/* [I] negotiated */
	void *private;			/* [I] the driver's */
	struct virtqueue *queues[VIRTIO_MAX_QUEUES];	/* [I] */
	unsigned nr_queues;		/* [I] highest + 1 */
	/* [I] set by probe(): the device changed its configuration. Interrupt context, after virtio_device_ready(). */
	void (*config_changed)(struct virtio_device *vdev);
	char name[24];			/* [I] for messages: "pci 00:03.0", "mmio feb00e00" */
};

/* Field legend: [I] but for link */
struct virtio_driver {
	const char *name;
	uint32_t type;
	uint64_t features;		/* device-specific bits it can use; the common ones are the core's */
	/* Set up queues, then virtio_device_ready(). 0 or -errno: the device is then marked failed. May sleep. */
	int (*probe)(struct virtio_device *vdev);
	struct list_head link;
};

/* Before INIT_DEVICE. */
void virtio_driver_register(struct virtio_driver *driver);
/* A transport found one. The memory is the transport's, for ever. Before INIT_DEVICE. */
void virtio_device_add(struct virtio_device *vdev);
/* DRIVER_OK: from here on the device may use its queues. */
void virtio_device_ready(struct virtio_device *vdev);

static inline bool virtio_has(const struct virtio_device *vdev, uint64_t feature)
{
	return vdev->features & feature;
}

/* Device configuration, little endian (legacy: the guest's, which is the same here). Consistent against changes. */
uint16_t virtio_config16(struct virtio_device *vdev, unsigned offset);
uint32_t virtio_config32(struct virtio_device *vdev, unsigned offset);
uint64_t virtio_config64(struct virtio_device *vdev, unsigned offset);

/* Write one byte of it. Thread context. */
void virtio_config_write8(struct virtio_device *vdev, unsigned offset, uint8_t value);

/* For transports: an interrupt for the queues came; the configuration changed. Interrupt context. */
void virtio_queues_interrupt(struct virtio_device *vdev);
void virtio_config_interrupt(struct virtio_device *vdev);

/* Transports. */
void virtio_pci_init(void);
void virtio_mmio_init(void);
