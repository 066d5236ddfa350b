/* SPDX-License-Identifier: MIT */
/* virtio: matching devices with drivers, negotiating features, reading configuration. */
#include "dev/virtio/virtio.h"

#include "abi/errno.h"
#include "core/init.h"
#include "core/log.h"
#include "dev/virtio/virtqueue.h"

/* Field legend: [I] after start-up; filled by one thread */
static struct {
	struct list_head devices;	/* [I] */
	struct list_head drivers;	/* [I] */
} virtio = { LIST_HEAD_INIT(virtio.devices), LIST_HEAD_INIT(virtio.drivers) };

void virtio_driver_register(struct virtio_driver *driver)
{
	list_add_tail(&driver->link, &virtio.drivers);
}

void virtio_device_add(struct virtio_device *vdev)
{
	list_add_tail(&vdev->link, &virtio.devices);
}

static void status_add(struct virtio_device *vdev, uint8_t bits)
{
	vdev->transport->set_status(vdev, vdev->transport->get_status(vdev) | bits);
}

void virtio_device_ready(struct virtio_device *vdev)
{
	status_add(vdev, VIRTIO_DRIVER_OK);
}

/* 3.1.1; legacy devices have no FEATURES_OK and offer the low 32 bits only. */
static int negotiate(struct virtio_device *vdev, const struct virtio_driver *driver)
{
	uint64_t offered = vdev->transport->get_features(vdev);

	if (!vdev->legacy && !(offered & VIRTIO_F_VERSION_1))
		return -ENODEV;
	vdev->features = offered & (driver->features | VIRTIO_F_ALL);
	if (vdev->legacy)
		vdev->features &= UINT32_MAX;
	vdev->transport->set_features(vdev, vdev->features);
	if (vdev->legacy)
		return 0;
	status_add(vdev, VIRTIO_FEATURES_OK);
	return vdev->transport->get_status(vdev) & VIRTIO_FEATURES_OK ? 0 : -ENODEV;
}

static void probe_with(struct virtio_device *vdev, const struct virtio_driver *driver)
{
	int err;

	vdev->transport->set_status(vdev, 0);
	status_add(vdev, VIRTIO_ACKNOWLEDGE);
	status_add(vdev, VIRTIO_DRIVER);
	err = negotiate(vdev, driver);
	if (!err)
		err = driver->probe(vdev);
	if (!err)
		return;
	status_add(vdev, VIRTIO_FAILED);
	klog(KLOG_ERR, "virtio: %s: %s failed: error %d", vdev->name, driver->name, -err);
}

static int virtio_probe_all(void)
{
	struct virtio_device *vdev;
	struct virtio_driver *driver;

	list_for_each_entry(vdev, &virtio.devices, link) {
		list_for_each_entry(driver, &virtio.drivers, link) {
			if (driver->type == vdev->type) {
				probe_with(vdev, driver);
				break;
			}
		}
	}
	return 0;
}
INIT_HOOK(INIT_DEVICE, virtio_probe_all);

void virtio_queues_interrupt(struct virtio_device *vdev)
{
	for (unsigned i = 0; i < vdev->nr_queues; i++) {
		struct virtqueue *vq = vdev->queues[i];

		if (vq && vq->callback)
			vq->callback(vq);
	}
}

void virtio_config_interrupt(struct virtio_device *vdev)
{
	if (vdev->config_changed)
		vdev->config_changed(vdev);
}

/* n bytes, read again when the device changed its configuration in between. */
static uint64_t config_read(struct virtio_device *vdev, unsigned offset, unsigned n)
{
	uint32_t before, after;
	uint64_t value;

	do {
		before = vdev->transport->config_generation(vdev);
		value = 0;
		for (unsigned i = 0; i < n; i++)
			value |= (uint64_t)vdev->transport->read_config8(vdev, offset + i) << 8 * i;
		after = vdev->transport->config_generation(vdev);
	} while (before != after);
	return value;
}

uint16_t virtio_config16(struct virtio_device *vdev, unsigned offset)
{
	return (uint16_t)config_read(vdev, offset, 2);
}

uint32_t virtio_config32(struct virtio_device *vdev, unsigned offset)
{
	return (uint32_t)config_read(vdev, offset, 4);
}

uint64_t virtio_config64(struct virtio_device *vdev, unsigned offset)
{
	return config_read(vdev, offset, 8);
}

void virtio_config_write8(struct virtio_device *vdev, unsigned offset, uint8_t value)
{
	vdev->transport->write_config8(vdev, offset, value);
}
