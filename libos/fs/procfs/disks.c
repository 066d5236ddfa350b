/* SPDX-License-Identifier: MIT */
/*
 * procfs/disks: block devices, as proc(5) lays them out.
 */
#include "fs/procfs/internal.h"

#include "abi/stat.h"
#include "block/bdev.h"
#include "block/bdev_text.h"

static void show_partition(struct bdev *bdev, void *arg)
{
	strbuf_printf(arg, "%4u  %7u %10llu %s\n", kdev_major(bdev->dev), kdev_minor(bdev->dev),
		      (unsigned long long)(bdev_size(bdev) >> 10), bdev->name);
}

static int show_partitions(struct strbuf *out, const struct pseudo_target *t)
{
	strbuf_puts(out, "major minor  #blocks  name\n\n");
	bdev_for_each(show_partition, out);
	return 0;
}

static void show_diskstat(struct bdev *bdev, void *arg)
{
	struct bdev_stats s;

	bdev_stats(bdev, &s);
	strbuf_printf(arg, "%4u %7u %s", kdev_major(bdev->dev), kdev_minor(bdev->dev), bdev->name);
	block_print_stats(arg, &s);
}

static int show_diskstats(struct strbuf *out, const struct pseudo_target *t)
{
	bdev_for_each(show_diskstat, out);
	return 0;
}

static const struct pseudo_entry disk_entries[] = {
	{ .name = "partitions", .mode = S_IFREG | 0444, .show = show_partitions },
	{ .name = "diskstats", .mode = S_IFREG | 0444, .show = show_diskstats },
};

int procfs_register_disks(void)
{
	return procfs_register("", disk_entries, ARRAY_SIZE(disk_entries));
}
