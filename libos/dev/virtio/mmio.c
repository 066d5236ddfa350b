/* SPDX-License-Identifier: MIT */
/*
 * mmio: virtio devices behind a page of registers. VIRTIO 1.2, 4.2; version 1 of the register layout ("legacy", QEMU's
 * default) is 4.2.4.
 *
 * Where they are comes from the command line, `virtio_mmio.device=SIZE@BASE:GSI[:ID]` (QEMU microvm without ACPI,
 * Firecracker), or, where there is no PCI port pair, from the DSDT (microvm with ACPI).
 */
#include "dev/virtio/virtio.h"

#include "abi/errno.h"
#include "arch/io.h"
#include "core/cmdline.h"
#include "core/log.h"
#include "dev/acpi/acpi.h"
#include "dev/virtio/virtqueue.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "mm/kvmap.h"
#include "mm/page.h"
#include "mm/slab.h"

#define MMIO_MAGIC_VALUE	0x74726976	/* "virt" */
#define MMIO_SIZE_MIN		0x100
#define MMIO_CMDLINE_MAX	32
#define MMIO_INTERRUPT_QUEUE	1u
#define MMIO_INTERRUPT_CONFIG	2u

enum mmio_reg {
	MMIO_MAGIC = 0x000, MMIO_VERSION = 0x004, MMIO_DEVICE_ID = 0x008, MMIO_DEVICE_FEATURES = 0x010,
	MMIO_DEVICE_FEATURES_SEL = 0x014, MMIO_DRIVER_FEATURES = 0x020, MMIO_DRIVER_FEATURES_SEL = 0x024,
	MMIO_GUEST_PAGE_SIZE = 0x028, MMIO_QUEUE_SEL = 0x030, MMIO_QUEUE_NUM_MAX = 0x034, MMIO_QUEUE_NUM = 0x038,
	MMIO_QUEUE_ALIGN = 0x03c, MMIO_QUEUE_PFN = 0x040, MMIO_QUEUE_READY = 0x044, MMIO_QUEUE_NOTIFY = 0x050,
	MMIO_INTERRUPT_STATUS = 0x060, MMIO_INTERRUPT_ACK = 0x064, MMIO_STATUS = 0x070, MMIO_QUEUE_DESC = 0x080,
	MMIO_QUEUE_AVAIL = 0x090, MMIO_QUEUE_USED = 0x0a0, MMIO_CONFIG_GENERATION = 0x0fc, MMIO_CONFIG = 0x100,
};

/* Where a device is said to be. */
struct mmio_place {
	uint64_t base, size;
	unsigned gsi;
	enum irq_trigger trigger;
};

/* Field legend: [I] immutable */
struct mmio_device {
	struct virtio_device vdev;	/* [I] */
	volatile char __iomem *regs;	/* [I] */
};

/* Field legend: [I] written while the command line is parsed */
static struct {
	struct mmio_place places[MMIO_CMDLINE_MAX];	/* [I] */
	unsigned nr;			/* [I] */
} mmio_cmdline;

static int mmio_option(const char *value)
{
	struct mmio_place *p = &mmio_cmdline.places[mmio_cmdline.nr];
	const char *at;
	char *end;

	if (mmio_cmdline.nr == MMIO_CMDLINE_MAX)
		return -ENOSPC;
	p->size = memparse(value, &at);
	if (*at != '@' || p->size < MMIO_SIZE_MIN)
		return -EINVAL;
	p->base = simple_strtoull(at + 1, &end, 0);
	if (*end != ':' || !p->base)
		return -EINVAL;
	p->gsi = (unsigned)simple_strtoull(end + 1, &end, 0);
	if (*end && *end != ':')
		return -EINVAL;
	p->trigger = IRQ_EDGE_HIGH;
	mmio_cmdline.nr++;
	return 0;
}
CMDLINE_CALL_OPTION(virtio_mmio_device, "virtio_mmio.device", mmio_option,
		    "a virtio-mmio device: SIZE@BASE:IRQ[:ID], may be given several times");

static volatile char __iomem *mmio_regs(struct virtio_device *vdev)
{
	return container_of(vdev, struct mmio_device, vdev)->regs;
}

static uint32_t mmio_read(struct virtio_device *vdev, enum mmio_reg reg)
{
	return arch_read32(mmio_regs(vdev) + reg);
}

static void mmio_write(struct virtio_device *vdev, enum mmio_reg reg, uint32_t value)
{
	arch_write32(mmio_regs(vdev) + reg, value);
}

static void mmio_write64(struct virtio_device *vdev, enum mmio_reg reg, uint64_t value)
{
	arch_write32(mmio_regs(vdev) + reg, (uint32_t)value);
	arch_write32(mmio_regs(vdev) + reg + 4, (uint32_t)(value >> 32));
}

static uint8_t mmio_get_status(struct virtio_device *vdev)
{
	return (uint8_t)mmio_read(vdev, MMIO_STATUS);
}

static void mmio_set_status(struct virtio_device *vdev, uint8_t status)
{
	mmio_write(vdev, MMIO_STATUS, status);
}

static uint64_t mmio_get_features(struct virtio_device *vdev)
{
	uint64_t features;

	mmio_write(vdev, MMIO_DEVICE_FEATURES_SEL, 0);
	features = mmio_read(vdev, MMIO_DEVICE_FEATURES);
	if (vdev->legacy)
		return features;
	mmio_write(vdev, MMIO_DEVICE_FEATURES_SEL, 1);
	return features | (uint64_t)mmio_read(vdev, MMIO_DEVICE_FEATURES) << 32;
}

static void mmio_set_features(struct virtio_device *vdev, uint64_t features)
{
	mmio_write(vdev, MMIO_DRIVER_FEATURES_SEL, 0);
	mmio_write(vdev, MMIO_DRIVER_FEATURES, (uint32_t)features);
	if (vdev->legacy) {
		mmio_write(vdev, MMIO_GUEST_PAGE_SIZE, PAGE_SIZE);
		return;
	}
	mmio_write(vdev, MMIO_DRIVER_FEATURES_SEL, 1);
	mmio_write(vdev, MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
}

static uint8_t mmio_read_config8(struct virtio_device *vdev, unsigned offset)
{
	return arch_read8(mmio_regs(vdev) + MMIO_CONFIG + offset);
}

static void mmio_write_config8(struct virtio_device *vdev, unsigned offset, uint8_t value)
{
	arch_write8(mmio_regs(vdev) + MMIO_CONFIG + offset, value);
}

static uint32_t mmio_config_generation(struct virtio_device *vdev)
{
	return vdev->legacy ? 0 : mmio_read(vdev, MMIO_CONFIG_GENERATION);
}

static unsigned mmio_queue_max(struct virtio_device *vdev, unsigned index)
{
	mmio_write(vdev, MMIO_QUEUE_SEL, index);
	return mmio_read(vdev, MMIO_QUEUE_NUM_MAX);
}

static int mmio_queue_enable(struct virtio_device *vdev, struct virtqueue *vq)
{
	mmio_write(vdev, MMIO_QUEUE_SEL, vq->index);
	mmio_write(vdev, MMIO_QUEUE_NUM, vq->size);
	if (vdev->legacy) {
		mmio_write(vdev, MMIO_QUEUE_ALIGN, PAGE_SIZE);
		mmio_write(vdev, MMIO_QUEUE_PFN, (uint32_t)(virtqueue_desc_phys(vq) >> PAGE_SHIFT));
		return 0;
	}
	mmio_write64(vdev, MMIO_QUEUE_DESC, virtqueue_desc_phys(vq));
	mmio_write64(vdev, MMIO_QUEUE_AVAIL, virtqueue_avail_phys(vq));
	mmio_write64(vdev, MMIO_QUEUE_USED, virtqueue_used_phys(vq));
	mmio_write(vdev, MMIO_QUEUE_READY, 1);
	return 0;
}

static void mmio_notify(struct virtio_device *vdev, struct virtqueue *vq)
{
	mmio_write(vdev, MMIO_QUEUE_NOTIFY, vq->index);
}

static const struct virtio_transport mmio_transport = {
	.name = "mmio",
	.get_status = mmio_get_status,
	.set_status = mmio_set_status,
	.get_features = mmio_get_features,
	.set_features = mmio_set_features,
	.read_config8 = mmio_read_config8,
	.write_config8 = mmio_write_config8,
	.config_generation = mmio_config_generation,
	.queue_max = mmio_queue_max,
	.queue_enable = mmio_queue_enable,
	.notify = mmio_notify,
};

static void mmio_interrupt(void *arg)
{
	struct virtio_device *vdev = arg;
	uint32_t status = mmio_read(vdev, MMIO_INTERRUPT_STATUS);

	mmio_write(vdev, MMIO_INTERRUPT_ACK, status);
	if (status & MMIO_INTERRUPT_QUEUE)
		virtio_queues_interrupt(vdev);
	if (status & MMIO_INTERRUPT_CONFIG)
		virtio_config_interrupt(vdev);
}

/* Look at one place: a device, or an empty slot (id 0), as most of microvm's are. */
static void mmio_try(const struct mmio_place *p)
{
	volatile char __iomem *regs = kvmap_io(p->base, p->size);
	uint32_t version = regs ? arch_read32(regs + MMIO_VERSION) : 0;
	struct mmio_device *dev;
	int irq;

	if (!regs || arch_read32(regs + MMIO_MAGIC) != MMIO_MAGIC_VALUE || version < 1 || version > 2 ||
	    !arch_read32(regs + MMIO_DEVICE_ID))
		goto unmap;
	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		goto unmap;
	dev->regs = regs;
	dev->vdev.transport = &mmio_transport;
	dev->vdev.type = arch_read32(regs + MMIO_DEVICE_ID);
	dev->vdev.legacy = version == 1;
	ksnprintf(dev->vdev.name, sizeof(dev->vdev.name), "mmio %llx", (unsigned long long)p->base);
	irq = arch_irq_request_gsi(p->gsi, /*isa=*/false, p->trigger, mmio_interrupt, &dev->vdev);
	if (irq >= 0) {
		virtio_device_add(&dev->vdev);
		return;
	}
	klog(KLOG_ERR, "virtio: %s: interrupt %u: error %d", dev->vdev.name, p->gsi, -irq);
	kfree(dev);
unmap:
	if (regs)
		kvmap_io_unmap((void __iomem *)regs, p->size);
}

static void mmio_scan_dsdt(void)
{
	struct acpi_header *dsdt = acpi_dsdt_get();
	struct acpi_virtio_mmio found;
	size_t offset = 0;

	while (dsdt && dsdt_next_virtio_mmio(dsdt, &offset, &found)) {
		struct mmio_place p = { .base = found.base, .size = found.size, .gsi = found.gsi };

		if (found.edge)
			p.trigger = found.low ? IRQ_EDGE_LOW : IRQ_EDGE_HIGH;
		else
			p.trigger = found.low ? IRQ_LEVEL_LOW : IRQ_LEVEL_HIGH;
		mmio_try(&p);
	}
	kfree(dsdt);
}

void virtio_mmio_init(void)
{
	for (unsigned i = 0; i < mmio_cmdline.nr; i++)
		mmio_try(&mmio_cmdline.places[i]);
	if (!mmio_cmdline.nr)
		mmio_scan_dsdt();
}
