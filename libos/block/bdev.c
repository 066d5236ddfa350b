/* SPDX-License-Identifier: MIT */
/*
 * bdev: the registry of disks and partitions, and looking them up. Their page cache is bdev_cache.c's.
 *
 * Locking. bdevs.lock guards additions and holders; the list is only appended to, so walks need no lock.
 */
#include "block/bdev.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "block/internal.h"
#include "block/partition.h"
#include "block/queue.h"
#include "core/init.h"
#include "core/log.h"
#include "core/power.h"
#include "dev/devnode.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "lib/uuid.h"
#include "mm/slab.h"
#include "sync/spinlock.h"

#define MAJOR_EXTENDED	259	/* partitions beyond a disk's minors, as on Linux */
#define NODE_MODE	0660	/* of nodes in /dev */
#define TABLE_PAGES	5	/* MBR, GPT header and the usual 128 entries */

/* Field legend: [l] lock, [r] appended to under lock, read without */
static struct {
	struct spinlock lock;
	struct list_head all;		/* [r] */
	struct list_head probes;	/* [l] filled during start-up */
	unsigned next_extended;		/* [l] minor */
} bdevs = {
	.lock = SPINLOCK_NAMED("bdevs"),
	.all = LIST_HEAD_INIT(bdevs.all),
	.probes = LIST_HEAD_INIT(bdevs.probes),
};

/* Into the list and /dev. A name that is taken there stays without a node. */
static void bdev_publish(struct bdev *bdev)
{
	int err = devnode_add(bdev->name, S_IFBLK | NODE_MODE, bdev->dev);

	if (err)
		klog(KLOG_WARN, "block: no node for %s: error %d", bdev->name, -err);
	spin_lock(&bdevs.lock);
	list_add_tail_rcu(&bdev->link, &bdevs.all);
	spin_unlock(&bdevs.lock);
}

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
	disk->disk = disk;
	bdev_cache_init(disk);
	return disk;
}

static uint64_t partition_dev(const struct bdev_params *params, unsigned number)
{
	if (number < params->minors)
		return kdev_make(params->major, params->minor + number);
	return kdev_make(MAJOR_EXTENDED, bdevs.next_extended++);
}

/* "vda" + 1 = "vda1", "nvme0n1" + 1 = "nvme0n1p1". */
static void partition_name(struct bdev *part, const struct bdev *disk)
{
	char last = disk->name[strlen(disk->name) - 1];

	ksnprintf(part->name, sizeof(part->name), "%s%s%u", disk->name, last >= '0' && last <= '9' ? "p" : "",
		  part->partno);
}

static int partition_register(struct bdev *disk, const struct bdev_params *params, const struct partition *p)
{
	struct bdev *part = kzalloc(sizeof(*part), GFP_KERNEL);

	if (!part)
		return -ENOMEM;
	part->partno = p->number;
	partition_name(part, disk);
	part->dev = partition_dev(params, p->number);
	part->size = p->size;
	part->start = p->start;
	part->sector_size = disk->sector_size;
	part->read_only = disk->read_only;
	part->queue = disk->queue;
	part->disk = disk;
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

static int partitions_register(struct bdev *disk, const struct bdev_params *params)
{
	struct partition_source src = { .read = read_table, .arg = disk, .size = disk->size,
					.sector_size = disk->sector_size };
	struct partition *table = kmalloc(PARTITION_MAX * sizeof(*table), GFP_KERNEL);
	void *work = kmalloc(PARTITION_WORK, GFP_KERNEL);
	int nr = -ENOMEM, err = 0;

	if (table && work) {
		pagecache_readahead(&disk->mapping, 0, TABLE_PAGES);
		nr = partition_scan(&src, work, table);
	}
	for (int i = 0; i < nr && !err; i++)
		err = partition_register(disk, params, &table[i]);
	kfree(work);
	kfree(table);
	if (nr < 0)
		klog(KLOG_ERR, "block: %s: partition table cannot be read: error %d", disk->name, -nr);
	return nr == -ENOMEM ? nr : err;
}

int bdev_register_disk(const struct bdev_params *params, struct bdev **out)
{
	struct bdev *disk = disk_create(params);

	if (!disk)
		return -ENOMEM;
	*out = disk;
	bdev_publish(disk);
	klog(KLOG_INFO, "block: %s: %llu sectors of %u bytes%s", disk->name,
	     (unsigned long long)(disk->size / disk->sector_size), disk->sector_size,
	     disk->read_only ? ", read-only" : "");
	return partitions_register(disk, params);
}

void bdev_for_each(void (*fn)(struct bdev *bdev, void *arg), void *arg)
{
	struct bdev *bdev;

	list_for_each_entry_rcu(bdev, &bdevs.all, link)
		fn(bdev, arg);
}

/* --- look-up --- */

/* What is looked for. Field legend: [I] but for found */
struct lookup {
	const char *key;
	uint64_t dev;
	bool (*match)(struct bdev *bdev, const struct lookup *want);
	struct bdev *found;
};

static void lookup_step(struct bdev *bdev, void *arg)
{
	struct lookup *want = arg;

	if (!want->found && want->match(bdev, want))
		want->found = bdev;
}

static bool match_name(struct bdev *bdev, const struct lookup *want)
{
	return !strcmp(bdev->name, want->key);
}

static bool match_dev(struct bdev *bdev, const struct lookup *want)
{
	return bdev->dev == want->dev;
}

static bool match_partuuid(struct bdev *bdev, const struct lookup *want)
{
	return bdev->partuuid[0] && !strcasecmp(bdev->partuuid, want->key);
}

static bool match_partlabel(struct bdev *bdev, const struct lookup *want)
{
	return bdev->partlabel[0] && !strcmp(bdev->partlabel, want->key);
}

static bool probe_any(struct bdev *bdev, char label[17], uint8_t uuid[16])
{
	struct bdev_probe *p;

	list_for_each_entry(p, &bdevs.probes, link) {
		if (p->probe(bdev, label, uuid))
			return true;
	}
	return false;
}

static bool match_label(struct bdev *bdev, const struct lookup *want)
{
	char label[17] = "";
	uint8_t uuid[16];

	return probe_any(bdev, label, uuid) && !strcmp(label, want->key);
}

static bool match_uuid(struct bdev *bdev, const struct lookup *want)
{
	char label[17];
	struct uuid asked, has;

	return !uuid_parse(want->key, &asked) && probe_any(bdev, label, has.b) && uuid_equal(&asked, &has);
}

static struct bdev *lookup(struct lookup *want)
{
	bdev_for_each(lookup_step, want);
	if (want->found)
		__atomic_fetch_add(&want->found->users, 1, __ATOMIC_RELAXED);
	return want->found;
}

/* "254:1" or, in hexadecimal, "fe01": major << 8 | minor. 0: neither. */
static uint64_t parse_number(const char *name)
{
	char *end, *minor_end;
	unsigned long major = simple_strtoull(name, &end, 10), minor;

	if (end != name && *end == ':') {
		minor = simple_strtoull(end + 1, &minor_end, 10);
		return minor_end != end + 1 && !*minor_end ? kdev_make((unsigned)major, (unsigned)minor) : 0;
	}
	major = simple_strtoull(name, &end, 16);
	return end != name && !*end && major <= 0xffff ? kdev_make((unsigned)major >> 8, (unsigned)major & 0xff) : 0;
}

struct bdev *bdev_get(const char *name)
{
	static const struct {
		const char *prefix;
		bool (*match)(struct bdev *bdev, const struct lookup *want);
	} forms[] = {
		{ "/dev/", match_name }, { "PARTUUID=", match_partuuid }, { "PARTLABEL=", match_partlabel },
		{ "LABEL=", match_label }, { "UUID=", match_uuid },
	};
	struct lookup want = { .key = name, .match = match_name };

	want.dev = parse_number(name);
	if (want.dev)
		want.match = match_dev;
	for (unsigned i = 0; i < ARRAY_SIZE(forms); i++) {
		size_t n = strlen(forms[i].prefix);

		if (!strncmp(name, forms[i].prefix, n)) {
			want.key = name + n;
			want.match = forms[i].match;
			break;
		}
	}
	return lookup(&want);
}

struct bdev *bdev_get_dev(uint64_t dev)
{
	struct lookup want = { .dev = dev, .match = match_dev };

	return lookup(&want);
}

void bdev_put(struct bdev *bdev)
{
	__atomic_fetch_sub(&bdev->users, 1, __ATOMIC_RELAXED);
}

void bdev_register_probe(struct bdev_probe *probe)
{
	spin_lock(&bdevs.lock);
	list_add_tail(&probe->link, &bdevs.probes);
	spin_unlock(&bdevs.lock);
}

/* --- exclusive use --- */

static bool holder_conflicts(const struct bdev *other, const struct bdev *bdev, const void *holder)
{
	if (!other->holder || other->holder == holder)
		return false;
	return other == bdev || (other->disk == bdev->disk && (!other->partno || !bdev->partno));
}

int bdev_claim(struct bdev *bdev, void *holder)
{
	struct bdev *other;
	int err = 0;

	spin_lock(&bdevs.lock);
	list_for_each_entry(other, &bdevs.all, link) {
		if (holder_conflicts(other, bdev, holder))
			err = -EBUSY;
	}
	if (!err)
		bdev->holder = holder;
	spin_unlock(&bdevs.lock);
	return err;
}

void bdev_release(struct bdev *bdev, void *holder)
{
	spin_lock(&bdevs.lock);
	if (bdev->holder == holder)
		bdev->holder = NULL;
	spin_unlock(&bdevs.lock);
}

void bdev_set_size(struct bdev *disk, uint64_t size)
{
	uint64_t old = disk->size;

	size &= ~(uint64_t)(disk->sector_size - 1);
	if (size == old)
		return;
	WRITE_ONCE(disk->size, size);
	klog(KLOG_INFO, "block: %s: new size: %llu sectors of %u bytes", disk->name,
	     (unsigned long long)(size / disk->sector_size), disk->sector_size);
}

/* --- the end --- */

static void sync_one(struct bdev *bdev, void *arg)
{
	int err = bdev_sync(bdev);

	(void)arg;
	if (err)
		klog(KLOG_ERR, "block: %s: sync failed: error %d", bdev->name, -err);
}

static void sync_all(enum power_action action)
{
	(void)action;
	bdev_for_each(sync_one, NULL);
}

static int bdev_init(void)
{
	static struct power_hook hook = { .order = 50, .prepare = sync_all };

	power_hook_register(&hook);
	return 0;
}
INIT_HOOK(INIT_BUS, bdev_init);
