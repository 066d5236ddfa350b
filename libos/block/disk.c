/* SPDX-License-Identifier: MIT */
/*
 * disk: whole disks and their partitions: registering, reading the table, adding and removing by hand. The registry
 * itself is bdev.c's.
 *
 * Locking. disks.lock (mutex, class "partitions") is held while the partitions of any disk change; it is outside the
 * locks of page cache and queue, as tables are read under it.
 */
#include "abi/errno.h"
#include "block/bdev.h"
#include "block/internal.h"
#include "block/partition.h"
#include "core/init.h"
#include "core/log.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/mutex.h"

#define MAJOR_EXTENDED	259	/* partitions beyond a disk's minors, as on Linux */
#define TABLE_PAGES	5	/* MBR, GPT header and the usual 128 entries */
#define READ_AHEAD	32	/* pages */

/* Field legend: [p] lock */
static struct {
	struct mutex lock;
	unsigned next_extended;		/* [p] minor */
} disks;

static struct bdev *disk_create(const struct bdev_params *params)
{
	struct bdev *disk = kzalloc(sizeof(*disk), GFP_KERNEL);

	if (!disk)
		return NULL;
	ignore_result(strscpy(disk->name, params->name, sizeof(disk->name)));	/* drivers' names are short */
	disk->dev = kdev_make(params->major, params->minor);
	disk->size = params->size & ~(uint64_t)(params->sector_size - 1);
	disk->sector_size = params->sector_size;
	disk->read_only = params->read_only;
	disk->queue = params->queue;
	disk->ops = params->ops;
	disk->private = params->private;
	disk->minors = params->minors;
	disk->no_scan = params->no_scan;
	disk->ra_pages = READ_AHEAD;
	disk->block_size = PAGE_SIZE;
	disk->disk = disk;
	bdev_cache_init(disk);
	return disk;
}

static uint64_t partition_dev_locked(const struct bdev *disk, unsigned number)
{
	assert_held(&disks.lock);
	if (number < disk->minors)
		return kdev_make(kdev_major(disk->dev), kdev_minor(disk->dev) + number);
	return kdev_make(MAJOR_EXTENDED, disks.next_extended++);
}

/* "vda" + 1 = "vda1", "loop0" + 1 = "loop0p1". */
static void partition_name(struct bdev *part, const struct bdev *disk)
{
	char last = disk->name[strlen(disk->name) - 1];

	ksnprintf(part->name, sizeof(part->name), "%s%s%u", disk->name, last >= '0' && last <= '9' ? "p" : "",
		  part->partno);
}

static int partition_register_locked(struct bdev *disk, const struct partition *p)
{
	struct bdev *part = kzalloc(sizeof(*part), GFP_KERNEL);

	assert_held(&disks.lock);
	if (!part)
		return -ENOMEM;
	part->partno = p->number;
	partition_name(part, disk);
	part->dev = partition_dev_locked(disk, p->number);
	part->size = p->size;
	part->start = p->start;
	part->sector_size = disk->sector_size;
	part->queue = disk->queue;
	part->ra_pages = READ_AHEAD;
	part->block_size = PAGE_SIZE;
	part->disk = bdev_ref_id(disk->id);	/* for as long as the partition has references */
	if (!part->disk) {
		kfree(part);
		return -ENXIO;
	}
	memcpy(part->partuuid, p->uuid, sizeof(part->partuuid));
	memcpy(part->partlabel, p->label, sizeof(part->partlabel));
	bdev_cache_init(part);
	bdev_publish(part);
	return 0;
}

static int read_table(void *arg, uint64_t offset, void *buf, size_t n)
{
	return bdev_read(arg, offset, buf, n);
}

static int partitions_register_locked(struct bdev *disk)
{
	struct partition_source src = { .read = read_table, .arg = disk, .size = bdev_size(disk),
					.sector_size = disk->sector_size };
	struct partition *table = kmalloc(PARTITION_MAX * sizeof(*table), GFP_KERNEL);
	void *work = kmalloc(PARTITION_WORK, GFP_KERNEL);
	int nr = -ENOMEM, err = 0;

	assert_held(&disks.lock);
	if (table && work) {
		pagecache_readahead(&disk->mapping, 0, TABLE_PAGES);
		nr = partition_scan(&src, work, table);
	}
	for (int i = 0; i < nr && !err; i++)
		err = partition_register_locked(disk, &table[i]);
	kfree(work);
	kfree(table);
	if (nr < 0)
		klog(KLOG_ERR, "block: %s: partition table cannot be read: error %d", disk->name, -nr);
	return nr < 0 ? nr : err;
}

int bdev_register_disk(const struct bdev_params *params, struct bdev **out)
{
	struct bdev *disk = disk_create(params);
	int err = 0;

	if (!disk)
		return -ENOMEM;
	*out = disk;
	bdev_publish(disk);
	if (params->no_scan)
		return 0;
	klog(KLOG_INFO, "block: %s: %llu sectors of %u bytes%s", disk->name,
	     (unsigned long long)(disk->size / disk->sector_size), disk->sector_size,
	     disk->read_only ? ", read-only" : "");
	mutex_lock(&disks.lock);
	err = partitions_register_locked(disk);
	mutex_unlock(&disks.lock);
	return err == -ENOMEM ? err : 0;
}

void bdev_set_size(struct bdev *disk, uint64_t size)
{
	size &= ~(uint64_t)(disk->sector_size - 1);
	if (size == disk->size)
		return;
	WRITE_ONCE(disk->size, size);
	if (!disk->no_scan)
		klog(KLOG_INFO, "block: %s: new size: %llu sectors of %u bytes", disk->name,
		     (unsigned long long)(size / disk->sector_size), disk->sector_size);
}

/* --- Changing partitions -------------------------------------------------------------------------- */

/* The first partition of disk that `wanted` says true of, with a reference; NULL: none. */
static struct bdev *partition_find_locked(struct bdev *disk, bool (*wanted)(const struct bdev *part, const void *arg),
					  const void *arg)
{
	assert_held(&disks.lock);
	for (struct bdev *b = bdev_next(NULL); b; b = bdev_next(b)) {
		if (b->partno && b->disk == disk && wanted(b, arg))
			return b;
	}
	return NULL;
}

static bool is_any(const struct bdev *part, const void *arg)
{
	(void)part;
	(void)arg;
	return true;
}

static bool is_used(const struct bdev *part, const void *arg)
{
	(void)arg;
	return READ_ONCE(part->users);
}

static bool has_number(const struct bdev *part, const void *arg)
{
	return part->partno == *(const unsigned *)arg;
}

/* Does part lie across this range, which is that of another number? */
static bool overlaps(const struct bdev *part, const void *arg)
{
	const struct partition *p = arg;

	return part->partno != p->number && part->start < p->start + p->size &&
	       p->start < part->start + bdev_size(part);
}

static int partitions_remove_locked(struct bdev *disk)
{
	struct bdev *part;
	int err = 0;

	assert_held(&disks.lock);
	part = partition_find_locked(disk, is_used, NULL);
	if (part) {
		bdev_unref(part);
		return -EBUSY;
	}
	while (!err && (part = partition_find_locked(disk, is_any, NULL))) {
		err = bdev_retire(part);
		bdev_unref(part);
	}
	return err;
}

int bdev_rescan(struct bdev *disk)
{
	int err;

	if (disk->partno || disk->no_scan)
		return -EINVAL;
	mutex_lock(&disks.lock);
	err = partitions_remove_locked(disk);
	if (!err)
		err = bdev_sync(disk);
	if (!err) {
		pagecache_drop_clean(&disk->mapping, 0, ULONG_MAX);
		err = partitions_register_locked(disk);
	}
	mutex_unlock(&disks.lock);
	return err;
}

static bool on_disk(const struct bdev *disk, const struct partition *p)
{
	uint64_t size = bdev_size(disk);

	return p->size && !((p->start | p->size) & (disk->sector_size - 1)) && p->start < size &&
	       p->size <= size - p->start;
}

/* Is a bdev there that is in the way of p? Its reference is dropped: only the answer counts. */
static bool in_the_way_locked(struct bdev *disk, bool (*wanted)(const struct bdev *part, const void *arg),
			      const void *arg)
{
	struct bdev *part;

	assert_held(&disks.lock);
	part = partition_find_locked(disk, wanted, arg);
	if (part)
		bdev_unref(part);
	return part;
}

int bdev_add_partition(struct bdev *disk, unsigned number, uint64_t start, uint64_t size)
{
	struct partition p = { .number = number, .start = start, .size = size };
	int err = -EBUSY;

	if (!on_disk(disk, &p) || !number)
		return -EINVAL;
	mutex_lock(&disks.lock);
	if (!in_the_way_locked(disk, has_number, &number) && !in_the_way_locked(disk, overlaps, &p))
		err = partition_register_locked(disk, &p);
	mutex_unlock(&disks.lock);
	return err;
}

int bdev_del_partition(struct bdev *disk, unsigned number)
{
	struct bdev *part;
	int err = -ENXIO;

	mutex_lock(&disks.lock);
	part = partition_find_locked(disk, has_number, &number);
	if (part) {
		err = bdev_retire(part);
		bdev_unref(part);
	}
	mutex_unlock(&disks.lock);
	return err;
}

int bdev_resize_partition(struct bdev *disk, unsigned number, uint64_t start, uint64_t size)
{
	struct partition p = { .number = number, .start = start, .size = size };
	struct bdev *part;
	int err = -ENXIO;

	if (!on_disk(disk, &p))
		return -EINVAL;
	mutex_lock(&disks.lock);
	part = partition_find_locked(disk, has_number, &number);
	if (part) {
		err = part->start != start ? -EINVAL : in_the_way_locked(disk, overlaps, &p) ? -EBUSY : 0;
		if (!err)
			WRITE_ONCE(part->size, size);
		bdev_unref(part);
	}
	mutex_unlock(&disks.lock);
	return err;
}

int bdev_unregister_disk(struct bdev *disk)
{
	int err;

	mutex_lock(&disks.lock);
	err = partitions_remove_locked(disk);
	if (!err)
		err = bdev_retire(disk);
	mutex_unlock(&disks.lock);
	return err;
}

static int disks_init(void)
{
	mutex_init(&disks.lock, "partitions");
	return 0;
}
INIT_HOOK(INIT_SCHED, disks_init);
