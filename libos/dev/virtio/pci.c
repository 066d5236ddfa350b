/* SPDX-License-Identifier: MIT */
/*
 * pci: virtio devices on PCI, through the version 1 capabilities. VIRTIO 1.2, 4.1.
 *
 * Transitional devices (0x1000..) are driven the same way: they have the capabilities too. A device that is legacy only
 * is left alone, with a message.
 *
 * Interrupts: MSI-X entry 0 tells of changes of the configuration, entry n + 1 is queue n's (with one entry in all,
 * it is queue 0's); without MSI-X the shared line, where reading ISR tells and acknowledges.
 */
#include "abi/errno.h"
#include "arch/io.h"
#include "core/log.h"
#include "dev/pci/pci.h"
#include "dev/virtio/virtio.h"
#include "dev/virtio/virtqueue.h"
#include "lib/format.h"
#include "mm/slab.h"

#define VIRTIO_VENDOR		0x1af4
#define DEVICE_TRANSITIONAL	0x1000
#define DEVICE_MODERN		0x1040
#define DEVICE_END		0x1080
#define NO_VECTOR		0xffff
#define ISR_QUEUE		1
#define ISR_CONFIG		2

/* The vendor capability, 4.1.4. */
enum cap_reg { CAP_CFG_TYPE = 3, CAP_BAR = 4, CAP_OFFSET = 8, CAP_LENGTH = 12, CAP_NOTIFY_MULTIPLIER = 16 };
enum cap_type { CAP_COMMON = 1, CAP_NOTIFY = 2, CAP_ISR = 3, CAP_DEVICE = 4, CAP_TYPES };

/* The common configuration, 4.1.4.3. */
enum common_reg {
	COMMON_DEVICE_FEATURE_SEL = 0, COMMON_DEVICE_FEATURE = 4, COMMON_DRIVER_FEATURE_SEL = 8,
	COMMON_DRIVER_FEATURE = 12, COMMON_MSIX_CONFIG = 16, COMMON_STATUS = 20, COMMON_GENERATION = 21,
	COMMON_QUEUE_SEL = 22, COMMON_QUEUE_SIZE = 24, COMMON_QUEUE_MSIX = 26, COMMON_QUEUE_ENABLE = 28,
	COMMON_QUEUE_NOTIFY_OFF = 30, COMMON_QUEUE_DESC = 32, COMMON_QUEUE_DRIVER = 40, COMMON_QUEUE_DEVICE = 48,
	COMMON_SIZE = 56,
};

/* Field legend: [I] immutable */
struct pci_virtio {
	struct virtio_device vdev;	/* [I] */
	struct pci_dev *pci;		/* [I] */
	volatile char __iomem *area[CAP_TYPES];	/* [I] by enum cap_type */
	uint32_t length[CAP_TYPES];	/* [I] */
	uint32_t notify_multiplier;	/* [I] */
	bool msix;			/* [I] */
	int config_irq;			/* [I] once queues are enabled: 0: not asked for, < 0: has none */
};

static struct pci_virtio *pci_of(struct virtio_device *vdev)
{
	return container_of(vdev, struct pci_virtio, vdev);
}

static volatile char __iomem *common(struct virtio_device *vdev, enum common_reg reg)
{
	return pci_of(vdev)->area[CAP_COMMON] + reg;
}

static uint8_t vpci_get_status(struct virtio_device *vdev)
{
	return arch_read8(common(vdev, COMMON_STATUS));
}

/* 4.1.4.3.2: after writing 0 wait until it reads back as 0. */
static void vpci_set_status(struct virtio_device *vdev, uint8_t status)
{
	arch_write8(common(vdev, COMMON_STATUS), status);
	for (unsigned i = 0; !status && i < 1000000 && vpci_get_status(vdev); i++)
		;
}

static uint64_t vpci_get_features(struct virtio_device *vdev)
{
	uint64_t features;

	arch_write32(common(vdev, COMMON_DEVICE_FEATURE_SEL), 0);
	features = arch_read32(common(vdev, COMMON_DEVICE_FEATURE));
	arch_write32(common(vdev, COMMON_DEVICE_FEATURE_SEL), 1);
	return features | (uint64_t)arch_read32(common(vdev, COMMON_DEVICE_FEATURE)) << 32;
}

static void vpci_set_features(struct virtio_device *vdev, uint64_t features)
{
	arch_write32(common(vdev, COMMON_DRIVER_FEATURE_SEL), 0);
	arch_write32(common(vdev, COMMON_DRIVER_FEATURE), (uint32_t)features);
	arch_write32(common(vdev, COMMON_DRIVER_FEATURE_SEL), 1);
	arch_write32(common(vdev, COMMON_DRIVER_FEATURE), (uint32_t)(features >> 32));
}

static uint8_t vpci_read_config8(struct virtio_device *vdev, unsigned offset)
{
	struct pci_virtio *dev = pci_of(vdev);

	return offset < dev->length[CAP_DEVICE] ? arch_read8(dev->area[CAP_DEVICE] + offset) : 0;
}

static void vpci_write_config8(struct virtio_device *vdev, unsigned offset, uint8_t value)
{
	struct pci_virtio *dev = pci_of(vdev);

	if (offset < dev->length[CAP_DEVICE])
		arch_write8(dev->area[CAP_DEVICE] + offset, value);
}

static uint32_t vpci_config_generation(struct virtio_device *vdev)
{
	return arch_read8(common(vdev, COMMON_GENERATION));
}

static unsigned vpci_queue_max(struct virtio_device *vdev, unsigned index)
{
	arch_write16(common(vdev, COMMON_QUEUE_SEL), (uint16_t)index);
	return arch_read16(common(vdev, COMMON_QUEUE_SIZE));
}

static void write64(struct virtio_device *vdev, enum common_reg reg, uint64_t value)
{
	arch_write32(common(vdev, reg), (uint32_t)value);
	arch_write32(common(vdev, reg) + 4, (uint32_t)(value >> 32));
}

static void msix_interrupt(void *arg)
{
	struct virtqueue *vq = arg;

	if (vq->callback)
		vq->callback(vq);
}

static void msix_config_interrupt(void *arg)
{
	virtio_config_interrupt(arg);
}

static int queue_route(struct pci_virtio *dev, struct virtqueue *vq)
{
	unsigned entry = dev->pci->msix_size > 1 ? vq->index + 1 : vq->index;
	int irq;

	if (entry >= dev->pci->msix_size)
		return -ENOSPC;
	irq = pci_msix_request(dev->pci, entry, vq->cpu, msix_interrupt, vq);
	if (irq < 0)
		return irq;
	arch_write16(common(&dev->vdev, COMMON_QUEUE_MSIX), (uint16_t)entry);
	return arch_read16(common(&dev->vdev, COMMON_QUEUE_MSIX)) == entry ? 0 : -ENOSPC;
}

/* Not having it is no failure: the device works, and only its changes go unnoticed. After a reset: in enable. */
static void config_route(struct pci_virtio *dev)
{
	if (!dev->config_irq)
		dev->config_irq = dev->pci->msix_size > 1 ?
				  pci_msix_request(dev->pci, 0, 0, msix_config_interrupt, &dev->vdev) : -1;
	arch_write16(common(&dev->vdev, COMMON_MSIX_CONFIG), dev->config_irq > 0 ? 0 : NO_VECTOR);
}

static int vpci_queue_enable(struct virtio_device *vdev, struct virtqueue *vq)
{
	struct pci_virtio *dev = pci_of(vdev);
	uint64_t notify;
	int err = 0;

	arch_write16(common(vdev, COMMON_QUEUE_SEL), (uint16_t)vq->index);
	arch_write16(common(vdev, COMMON_QUEUE_SIZE), (uint16_t)vq->size);
	write64(vdev, COMMON_QUEUE_DESC, virtqueue_desc_phys(vq));
	write64(vdev, COMMON_QUEUE_DRIVER, virtqueue_avail_phys(vq));
	write64(vdev, COMMON_QUEUE_DEVICE, virtqueue_used_phys(vq));
	notify = (uint64_t)arch_read16(common(vdev, COMMON_QUEUE_NOTIFY_OFF)) * dev->notify_multiplier;
	if (notify + 2 > dev->length[CAP_NOTIFY])
		return -ENODEV;
	vq->notify_addr = dev->area[CAP_NOTIFY] + notify;
	if (dev->msix && vdev->config_changed)
		config_route(dev);
	if (dev->msix)
		err = queue_route(dev, vq);
	if (!err)
		arch_write16(common(vdev, COMMON_QUEUE_ENABLE), 1);
	return err;
}

static void vpci_notify(struct virtio_device *vdev, struct virtqueue *vq)
{
	(void)vdev;
	arch_write16(vq->notify_addr, (uint16_t)vq->index);
}

static const struct virtio_transport pci_transport = {
	.name = "pci",
	.get_status = vpci_get_status,
	.set_status = vpci_set_status,
	.get_features = vpci_get_features,
	.set_features = vpci_set_features,
	.read_config8 = vpci_read_config8,
	.write_config8 = vpci_write_config8,
	.config_generation = vpci_config_generation,
	.queue_max = vpci_queue_max,
	.queue_enable = vpci_queue_enable,
	.notify = vpci_notify,
};

static void intx_interrupt(void *arg)
{
	struct pci_virtio *dev = arg;

	uint8_t isr = arch_read8(dev->area[CAP_ISR]);	/* reading clears and releases the line */

	if (isr & ISR_QUEUE)
		virtio_queues_interrupt(&dev->vdev);
	if (isr & ISR_CONFIG)
		virtio_config_interrupt(&dev->vdev);
}

/* Map the areas the capabilities name; the first of each type counts. */
static void map_areas(struct pci_virtio *dev)
{
	unsigned cap = 0;

	while ((cap = pci_find_cap(dev->pci, PCI_CAP_VENDOR, cap))) {
		uint8_t type = pci_read8(dev->pci, cap + CAP_CFG_TYPE);
		uint32_t length = pci_read32(dev->pci, cap + CAP_LENGTH);

		if (type < CAP_COMMON || type >= CAP_TYPES || dev->area[type] || !length)
			continue;
		if (type == CAP_NOTIFY)
			dev->notify_multiplier = pci_read32(dev->pci, cap + CAP_NOTIFY_MULTIPLIER);
		dev->length[type] = length;
		dev->area[type] = pci_bar_map(dev->pci, pci_read8(dev->pci, cap + CAP_BAR),
					      pci_read32(dev->pci, cap + CAP_OFFSET), length);
	}
}

static int setup_interrupts(struct pci_virtio *dev)
{
	int irq;

	if (pci_msix_enable(dev->pci) == 0) {
		dev->msix = true;
		arch_write16(dev->area[CAP_COMMON] + COMMON_MSIX_CONFIG, NO_VECTOR);
		return 0;
	}
	if (!dev->area[CAP_ISR])
		return -ENODEV;
	irq = pci_intx_request(dev->pci, intx_interrupt, dev);
	return irq < 0 ? irq : 0;
}

static uint32_t device_type(const struct pci_dev *pci)
{
	if (pci->device >= DEVICE_MODERN)
		return pci->device - DEVICE_MODERN;
	return pci->subsystem;		/* transitional: 4.1.2.3 */
}

static void found(struct pci_dev *pci, void *arg)
{
	struct pci_virtio *dev;
	int err = -ENODEV;

	(void)arg;
	if (pci->vendor != VIRTIO_VENDOR || pci->device < DEVICE_TRANSITIONAL || pci->device >= DEVICE_END)
		return;
	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return;
	dev->pci = pci;
	dev->vdev.transport = &pci_transport;
	dev->vdev.type = device_type(pci);
	ksnprintf(dev->vdev.name, sizeof(dev->vdev.name), "pci %02x:%02x.%u", pci->bus, pci->slot, pci->fn);
	pci_enable(pci);
	map_areas(dev);
	if (dev->area[CAP_COMMON] && dev->area[CAP_NOTIFY] && dev->length[CAP_COMMON] >= COMMON_SIZE)
		err = setup_interrupts(dev);
	if (!err) {
		virtio_device_add(&dev->vdev);
		return;
	}
	klog(KLOG_ERR, "virtio: %s: cannot be used (legacy only, or no interrupt): error %d", dev->vdev.name, -err);
	kfree(dev);
}

void virtio_pci_init(void)
{
	pci_for_each(found, NULL);
}
