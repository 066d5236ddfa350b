/* SPDX-License-Identifier: MIT */
/*
 * sysfs/block: /sys/block, /sys/class/block, /sys/dev/block and the folders of disks and partitions they lead to, as
 * lsblk(8), blkid(8) and udev read them. All names are computed from the registry of block/, as devices come and go: a
 * target's index is the device's id, which is never used twice.
 *
 *	/sys/devices/block/vda/vda1	the folders themselves
 *	/sys/block/vda, /sys/class/block/vda1, /sys/dev/block/254:1	links to them
 *
 * Source: Documentation/ABI/stable/sysfs-block.
 */
#include "fs/sysfs/block.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "block/bdev.h"
#include "block/bdev_text.h"
#include "block/queue.h"
#include "core/init.h"
#include "lib/format.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "vfs/blkdev.h"

#define SERIAL_ROOM	24

int block_attr_show(struct strbuf *out, const struct pseudo_target *t)
{
	const struct block_attr *attr = t->entry->arg;
	struct bdev *bdev = bdev_ref_id(t->index);

	if (!bdev)
		return -ENODEV;
	attr->show(out, bdev);
	bdev_unref(bdev);
	return 0;
}

int block_attr_store(char *text, size_t size, const struct pseudo_target *t)
{
	const struct block_attr *attr = t->entry->arg;
	struct bdev *bdev = bdev_ref_id(t->index);
	int err;

	(void)size;
	if (!bdev)
		return -ENODEV;
	err = attr->store(text, bdev);
	bdev_unref(bdev);
	return err;
}

/* --- Files ---------------------------------------------------------------------------------------- */

static void show_dev(struct strbuf *out, struct bdev *b)
{
	strbuf_printf(out, "%u:%u\n", kdev_major(b->dev), kdev_minor(b->dev));
}

static void show_size(struct strbuf *out, struct bdev *b)
{
	strbuf_printf(out, "%llu\n", (unsigned long long)(bdev_size(b) >> 9));
}

static void show_start(struct strbuf *out, struct bdev *b)
{
	strbuf_printf(out, "%llu\n", (unsigned long long)(b->start >> 9));
}

static void show_partition(struct strbuf *out, struct bdev *b)
{
	strbuf_printf(out, "%u\n", b->partno);
}

static void show_ro(struct strbuf *out, struct bdev *b)
{
	strbuf_printf(out, "%d\n", bdev_is_read_only(b));
}

static void show_alignment(struct strbuf *out, struct bdev *b)
{
	strbuf_printf(out, "%u\n", blkdev_alignment(b));
}

static void show_stat(struct strbuf *out, struct bdev *b)
{
	struct bdev_stats s;

	bdev_stats(b, &s);
	block_print_stats(out, &s);
}

static void show_inflight(struct strbuf *out, struct bdev *b)
{
	struct bdev_stats s;

	bdev_stats(b, &s);
	strbuf_printf(out, "%8llu %8llu\n", (unsigned long long)s.in_flight[0], (unsigned long long)s.in_flight[1]);
}

static void show_uevent(struct strbuf *out, struct bdev *b)
{
	strbuf_printf(out, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\nDEVTYPE=%s\nDISKSEQ=%llu\n", kdev_major(b->dev),
		      kdev_minor(b->dev), b->name, b->partno ? "partition" : "disk",
		      (unsigned long long)b->disk->id);
	if (b->partno)
		strbuf_printf(out, "PARTN=%u\n", b->partno);
	if (b->partlabel[0])
		strbuf_printf(out, "PARTNAME=%s\n", b->partlabel);
	if (b->partuuid[0])
		strbuf_printf(out, "PARTUUID=%s\n", b->partuuid);
}

static void show_diskseq(struct strbuf *out, struct bdev *b)
{
	strbuf_printf(out, "%llu\n", (unsigned long long)b->id);
}

static void show_range(struct strbuf *out, struct bdev *b)
{
	strbuf_printf(out, "%u\n", max(b->minors, 1u));
}

static void show_ext_range(struct strbuf *out, struct bdev *b)
{
	strbuf_puts(out, b->no_scan ? "1\n" : "256\n");
}

static void show_serial(struct strbuf *out, struct bdev *b)
{
	char serial[SERIAL_ROOM] = "";

	if (b->queue->ops->get_serial && !b->queue->ops->get_serial(b->queue, serial, sizeof(serial)))
		strbuf_printf(out, "%s\n", serial);
	else
		strbuf_puts(out, "\n");
}

/* --- Links ---------------------------------------------------------------------------------------- */

/* `up` leads to the root of /sys. */
static int print_folder(struct strbuf *out, const struct pseudo_target *t, const char *up)
{
	struct bdev *b = bdev_ref_id(t->index);

	if (!b)
		return -ENODEV;
	strbuf_printf(out, "%sdevices/block/%s", up, b->disk->name);
	if (b->partno)
		strbuf_printf(out, "/%s", b->name);
	bdev_unref(b);
	return 0;
}

static int link_one_up(struct strbuf *out, const struct pseudo_target *t)
{
	return print_folder(out, t, "../");
}

static int link_two_up(struct strbuf *out, const struct pseudo_target *t)
{
	return print_folder(out, t, "../../");
}

static int link_disk_subsystem(struct strbuf *out, const struct pseudo_target *t)
{
	(void)t;
	strbuf_puts(out, "../../../class/block");
	return 0;
}

static int link_partition_subsystem(struct strbuf *out, const struct pseudo_target *t)
{
	(void)t;
	strbuf_puts(out, "../../../../class/block");
	return 0;
}

/* --- Folders -------------------------------------------------------------------------------------- */

static bool still_there(const struct pseudo_target *t)
{
	return bdev_id_exists(t->index);
}

/* Which devices a folder lists, under which names, as what. */
struct listing {
	bool (*wanted)(const struct bdev *b, const struct pseudo_target *dir);
	void (*name)(const struct bdev *b, char *name, size_t size);
	const struct pseudo_entry *entry;
};

static bool is_disk(const struct bdev *b, const struct pseudo_target *dir)
{
	(void)dir;
	return !b->partno;
}

static bool is_any(const struct bdev *b, const struct pseudo_target *dir)
{
	(void)b;
	(void)dir;
	return true;
}

static bool is_part_of(const struct bdev *b, const struct pseudo_target *dir)
{
	return b->partno && b->disk->id == dir->index;
}

static void own_name(const struct bdev *b, char *name, size_t size)
{
	ignore_result(strscpy(name, b->name, size));	/* names are short */
}

static void number_name(const struct bdev *b, char *name, size_t size)
{
	ksnprintf(name, size, "%u:%u", kdev_major(b->dev), kdev_minor(b->dev));
}

static int listing_lookup(const struct listing *l, const struct pseudo_target *dir, const char *name,
			  struct pseudo_target *out)
{
	char own[BDEV_NAME_MAX];

	for (struct bdev *b = bdev_next(NULL); b; b = bdev_next(b)) {
		if (!l->wanted(b, dir))
			continue;
		l->name(b, own, sizeof(own));
		if (!strcmp(own, name)) {
			*out = (struct pseudo_target){ .entry = l->entry, .index = b->id };
			bdev_unref(b);
			return 0;
		}
	}
	return -ENOENT;
}

/* Positions are ids, which ascend in the order of the walk. */
static bool listing_next(const struct listing *l, const struct pseudo_target *dir, loff_t *pos, char *name,
			 size_t size)
{
	for (struct bdev *b = bdev_next(NULL); b; b = bdev_next(b)) {
		if (b->id >= (uint64_t)*pos && l->wanted(b, dir)) {
			*pos = (loff_t)b->id;
			l->name(b, name, size);
			bdev_unref(b);
			return true;
		}
	}
	return false;
}

#define LISTING(which)											\
static int which##_lookup(const struct pseudo_target *dir, const char *name, struct pseudo_target *out)	\
{													\
	return listing_lookup(&which, dir, name, out);							\
}													\
static bool which##_next(const struct pseudo_target *dir, loff_t *pos, char *name, size_t size,	\
			 uint32_t *mode)								\
{													\
	*mode = which.entry->mode;									\
	return listing_next(&which, dir, pos, name, size);						\
}

/* An empty folder. */
static const struct pseudo_dir empty_dir;

#define COMMON_FILES											\
	BLOCK_FILE("dev", show_dev), BLOCK_FILE("size", show_size), BLOCK_FILE("ro", show_ro),		\
	BLOCK_FILE("stat", show_stat), BLOCK_FILE("inflight", show_inflight),				\
	BLOCK_FILE("uevent", show_uevent),								\
	BLOCK_FILE("alignment_offset", show_alignment), BLOCK_FILE("discard_alignment", block_show_zero),	\
	{ .name = "holders", .mode = S_IFDIR | 0755, .dir = &empty_dir }

static const struct pseudo_entry partition_entries[] = {
	COMMON_FILES, BLOCK_FILE("partition", show_partition), BLOCK_FILE("start", show_start),
	{ .name = "subsystem", .mode = S_IFLNK | 0777, .link = link_partition_subsystem },
};
static const struct pseudo_dir partition_dir = {
	.entries = partition_entries, .count = ARRAY_SIZE(partition_entries),
};
static const struct pseudo_entry partition_entry = {
	.mode = S_IFDIR | 0755, .dir = &partition_dir, .valid = still_there,
};
static const struct listing partitions = { is_part_of, own_name, &partition_entry };
LISTING(partitions)

static const struct pseudo_entry disk_entries[] = {
	COMMON_FILES, BLOCK_FILE("removable", block_show_zero), BLOCK_FILE("hidden", block_show_zero),
	BLOCK_FILE("capability", block_show_zero), BLOCK_FILE("diskseq", show_diskseq), BLOCK_FILE("range", show_range),
	BLOCK_FILE("ext_range", show_ext_range), BLOCK_FILE("serial", show_serial),
	BLOCK_FILE_RW("cache_type", block_show_cache, block_store_cache),
	{ .name = "slaves", .mode = S_IFDIR | 0755, .dir = &empty_dir },
	{ .name = "queue", .mode = S_IFDIR | 0755, .dir = &block_queue_dir },
	{ .name = "subsystem", .mode = S_IFLNK | 0777, .link = link_disk_subsystem },
};
static const struct pseudo_dir disk_dir = {
	.entries = disk_entries, .count = ARRAY_SIZE(disk_entries),
	.lookup = partitions_lookup, .next = partitions_next,
};
static const struct pseudo_entry disk_entry = { .mode = S_IFDIR | 0755, .dir = &disk_dir, .valid = still_there };
static const struct listing disks = { is_disk, own_name, &disk_entry };
LISTING(disks)

static const struct pseudo_entry link_one_entry = {
	.mode = S_IFLNK | 0777, .link = link_one_up, .valid = still_there,
};
static const struct pseudo_entry link_two_entry = {
	.mode = S_IFLNK | 0777, .link = link_two_up, .valid = still_there,
};
static const struct listing disk_links = { is_disk, own_name, &link_one_entry };
LISTING(disk_links)
static const struct listing name_links = { is_any, own_name, &link_two_entry };
LISTING(name_links)
static const struct listing number_links = { is_any, number_name, &link_two_entry };
LISTING(number_links)

#define FOLDER(which)										\
static const struct pseudo_dir which##_folder = { .lookup = which##_lookup, .next = which##_next };	\
static const struct pseudo_entry which##_folder_entry = {						\
	.name = "block", .mode = S_IFDIR | 0755, .dir = &which##_folder,				\
};

FOLDER(disks)
FOLDER(disk_links)
FOLDER(name_links)
FOLDER(number_links)

static int block_init(void)
{
	static const struct {
		const char *folder;
		const struct pseudo_entry *entry;
	} folders[] = {
		{ "devices", &disks_folder_entry }, { "", &disk_links_folder_entry },
		{ "class", &name_links_folder_entry }, { "dev", &number_links_folder_entry },
	};
	int err = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(folders) && !err; i++)
		err = sysfs_register(folders[i].folder, folders[i].entry, 1);
	return err;
}
INIT_HOOK(INIT_LATE, block_init);
