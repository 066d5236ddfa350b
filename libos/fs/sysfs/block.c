/* SPDX-License-Identifier: MIT */
/*
 * sysfs/block: /sys/block, /sys/class/block, /sys/dev/block and the folders of disks and partitions they lead to, as
 * lsblk(8), blkid(8) and udev read them. Disks are not unplugged: what is registered stays.
 *
 * Source: Documentation/ABI/stable/sysfs-block; queue/: Documentation/block/queue-sysfs.rst.
 */
#include "abi/errno.h"
#include "abi/stat.h"
#include "block/bdev.h"
#include "block/bdev_text.h"
#include "block/queue.h"
#include "core/init.h"
#include "core/log.h"
#include "fs/pseudo/pseudo.h"
#include "lib/format.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"

#define PATH_ROOM	96
#define DEVICES		"devices/block"

static const struct bdev *bdev_of(const struct pseudo_target *t)
{
	return t->entry->arg;
}

static int show_dev(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%u:%u\n", kdev_major(bdev_of(t)->dev), kdev_minor(bdev_of(t)->dev));
	return 0;
}

static int show_size(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%llu\n", (unsigned long long)(bdev_size(bdev_of(t)) >> 9));
	return 0;
}

static int show_start(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%llu\n", (unsigned long long)(bdev_of(t)->start >> 9));
	return 0;
}

static int show_partition(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%u\n", bdev_of(t)->partno);
	return 0;
}

static int show_ro(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%d\n", bdev_is_read_only(bdev_of(t)));
	return 0;
}

static int show_zero(struct strbuf *out, const struct pseudo_target *t)
{
	(void)t;
	strbuf_puts(out, "0\n");
	return 0;
}

static int show_stat(struct strbuf *out, const struct pseudo_target *t)
{
	struct bdev_stats s;

	bdev_stats(bdev_of(t), &s);
	block_print_stats(out, &s);
	return 0;
}

static int show_uevent(struct strbuf *out, const struct pseudo_target *t)
{
	const struct bdev *b = bdev_of(t);

	strbuf_printf(out, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\nDEVTYPE=%s\n", kdev_major(b->dev), kdev_minor(b->dev),
		      b->name, b->partno ? "partition" : "disk");
	if (b->partno)
		strbuf_printf(out, "PARTN=%u\n", b->partno);
	if (b->partlabel[0])
		strbuf_printf(out, "PARTNAME=%s\n", b->partlabel);
	if (b->partuuid[0])
		strbuf_printf(out, "PARTUUID=%s\n", b->partuuid);
	return 0;
}

/* --- queue/ --------------------------------------------------------------------------------------- */

static int show_sector_size(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%u\n", bdev_of(t)->sector_size);
	return 0;
}

static int show_max_kb(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%llu\n", (unsigned long long)min(bdev_of(t)->queue->limits.max_bytes >> 10, 1UL << 21));
	return 0;
}

static int show_requests(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%u\n", bdev_of(t)->queue->limits.depth);
	return 0;
}

static int show_max_segments(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%u\n", bdev_of(t)->queue->limits.max_segs);
	return 0;
}

static int show_discard_max(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%llu\n", (unsigned long long)bdev_of(t)->queue->limits.max_discard_bytes);
	return 0;
}

static int show_discard_granularity(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_printf(out, "%u\n", bdev_of(t)->queue->limits.discard_granularity);
	return 0;
}

static int show_write_cache(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_puts(out, READ_ONCE(bdev_of(t)->queue->write_cache) ? "write back\n" : "write through\n");
	return 0;
}

static int show_scheduler(struct strbuf *out, const struct pseudo_target *t)
{
	(void)t;
	strbuf_puts(out, "[none]\n");
	return 0;
}

static int show_zoned(struct strbuf *out, const struct pseudo_target *t)
{
	(void)t;
	strbuf_puts(out, "none\n");
	return 0;
}

/* --- Links ---------------------------------------------------------------------------------------- */

/* Where the folder of a device is, below /sys. */
static void print_folder(struct strbuf *out, const struct bdev *b)
{
	strbuf_printf(out, DEVICES "/%s", b->disk->name);
	if (b->partno)
		strbuf_printf(out, "/%s", b->name);
}

static int link_one_up(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_puts(out, "../");
	print_folder(out, bdev_of(t));
	return 0;
}

static int link_two_up(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_puts(out, "../../");
	print_folder(out, bdev_of(t));
	return 0;
}

static int link_subsystem(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_puts(out, bdev_of(t)->partno ? "../../../../class/block" : "../../../class/block");
	return 0;
}

/* --- Registration --------------------------------------------------------------------------------- */

#define FILE(name_, show_) { .name = name_, .mode = S_IFREG | 0444, .show = show_ }

static const struct pseudo_entry common_entries[] = {
	FILE("dev", show_dev), FILE("size", show_size), FILE("ro", show_ro), FILE("stat", show_stat),
	FILE("alignment_offset", show_zero), FILE("discard_alignment", show_zero), FILE("uevent", show_uevent),
	{ .name = "subsystem", .mode = S_IFLNK | 0777, .link = link_subsystem },
};

static const struct pseudo_entry disk_entries[] = {
	FILE("removable", show_zero), FILE("hidden", show_zero), FILE("capability", show_zero),
};

static const struct pseudo_entry partition_entries[] = {
	FILE("partition", show_partition), FILE("start", show_start),
};

static const struct pseudo_entry queue_entries[] = {
	FILE("logical_block_size", show_sector_size), FILE("physical_block_size", show_sector_size),
	FILE("hw_sector_size", show_sector_size), FILE("minimum_io_size", show_sector_size),
	FILE("optimal_io_size", show_zero), FILE("max_sectors_kb", show_max_kb), FILE("max_hw_sectors_kb", show_max_kb),
	FILE("max_segments", show_max_segments), FILE("nr_requests", show_requests), FILE("rotational", show_zero),
	FILE("discard_granularity", show_discard_granularity), FILE("discard_max_bytes", show_discard_max),
	FILE("discard_max_hw_bytes", show_discard_max), FILE("discard_zeroes_data", show_zero),
	FILE("write_cache", show_write_cache), FILE("scheduler", show_scheduler), FILE("zoned", show_zoned),
	FILE("dax", show_zero), FILE("fua", show_zero),
};

/* A copy of a table about one device, which stays. */
static int register_for(const char *folder, struct bdev *b, const struct pseudo_entry *entries, unsigned count)
{
	struct pseudo_entry *copy = kmalloc(count * sizeof(*copy), GFP_KERNEL);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, entries, count * sizeof(*copy));
	for (unsigned i = 0; i < count; i++)
		copy[i].arg = b;
	return sysfs_register(folder, copy, count);
}

static int register_link(const char *folder, struct bdev *b, const char *name,
			 int (*link)(struct strbuf *out, const struct pseudo_target *t))
{
	struct pseudo_entry entry = { .name = name, .mode = S_IFLNK | 0777, .link = link };

	return register_for(folder, b, &entry, 1);
}

/* The folder of one device, with an empty one beneath it if `sub`. */
static void folder_of(const struct bdev *b, const char *sub, char path[PATH_ROOM])
{
	ksnprintf(path, PATH_ROOM, DEVICES "/%s%s%s%s%s", b->disk->name, b->partno ? "/" : "", b->partno ? b->name : "",
		  sub ? "/" : "", sub ? sub : "");
}

/* What disks have and partitions have not. */
static int register_disk(struct bdev *b)
{
	char path[PATH_ROOM];
	int err;

	folder_of(b, NULL, path);
	err = register_for(path, b, disk_entries, ARRAY_SIZE(disk_entries));
	folder_of(b, "slaves", path);
	if (!err)
		err = sysfs_register(path, NULL, 0);
	folder_of(b, "queue", path);
	if (!err)
		err = register_for(path, b, queue_entries, ARRAY_SIZE(queue_entries));
	return err ? err : register_link("block", b, b->name, link_one_up);
}

static int register_bdev(struct bdev *b)
{
	char path[PATH_ROOM], *number = kmalloc(24, GFP_KERNEL);
	int err;

	if (!number)
		return -ENOMEM;
	ksnprintf(number, 24, "%u:%u", kdev_major(b->dev), kdev_minor(b->dev));
	folder_of(b, NULL, path);
	err = register_for(path, b, common_entries, ARRAY_SIZE(common_entries));
	if (!err)
		err = b->partno ? register_for(path, b, partition_entries, ARRAY_SIZE(partition_entries)) :
				  register_disk(b);
	folder_of(b, "holders", path);
	if (!err)
		err = sysfs_register(path, NULL, 0);
	if (!err)
		err = register_link("dev/block", b, number, link_two_up);
	return err ? err : register_link("class/block", b, b->name, link_two_up);
}

static void register_one(struct bdev *b, void *arg)
{
	int err = register_bdev(b);

	(void)arg;
	if (err)
		klog(KLOG_WARN, "sysfs: no folder for %s: error %d", b->name, -err);
}

static int block_init(void)
{
	bdev_for_each(register_one, NULL);
	return 0;
}
INIT_HOOK(INIT_LATE, block_init);
