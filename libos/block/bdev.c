/* SPDX-License-Identifier: MIT */
/*
 * bdev: the registry of disks and partitions, and looking them up. Disks and their tables are disk.c's, the page
 * cache bdev_cache.c's.
 *
 *	bdev_publish(): listed, refs 1 -> used (users > 0) <-> idle -> bdev_retire(): gone, not found any more
 *	  -> last reference: off the list, cache dropped, freed
 *
 * Walks hold a reference on where they are, and what is gone stays in the list until it has none: so a walk finds its
 * way on.
 *
 * Locking. bdevs.lock guards the list, references, users and holders.
 */
#include "block/bdev.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "block/internal.h"
#include "block/queue.h"
#include "core/assert.h"
#include "core/init.h"
#include "core/log.h"
#include "core/power.h"
#include "dev/devnode.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "lib/uuid.h"
#include "mm/slab.h"
#include "sync/spinlock.h"

#define NODE_MODE	0660	/* of nodes in /dev */

/* Field legend: [l] lock */
static struct {
	struct spinlock lock;
	struct list_head all;		/* [l] */
	struct list_head probes;	/* [l] filled during start-up */
	uint64_t last_id;		/* [l] */
} bdevs = {
	.lock = SPINLOCK_NAMED("bdevs"),
	.all = LIST_HEAD_INIT(bdevs.all),
	.probes = LIST_HEAD_INIT(bdevs.probes),
};

/* --- Life ----------------------------------------------------------------------------------------- */

/* A name that is taken in /dev stays without a node. */
void bdev_publish(struct bdev *bdev)
{
	int err;

	spin_lock(&bdevs.lock);
	bdev->refs = 1;
	bdev->id = ++bdevs.last_id;
	list_add_tail(&bdev->link, &bdevs.all);
	spin_unlock(&bdevs.lock);
	err = devnode_add(bdev->name, S_IFBLK | NODE_MODE, bdev->dev);
	if (err)
		klog(KLOG_WARN, "block: no node for %s: error %d", bdev->name, -err);
}

void bdev_unref(struct bdev *bdev)
{
	bool last;

	spin_lock(&bdevs.lock);
	last = --bdev->refs == 0;
	if (last)
		list_del(&bdev->link);
	spin_unlock(&bdevs.lock);
	if (!last)
		return;
	VERIFY(bdev->gone && !bdev->users);
	pagecache_truncate(&bdev->mapping, 0);
	address_space_fini(&bdev->mapping);
	if (bdev->disk != bdev)
		bdev_unref(bdev->disk);
	kfree(bdev);
}

int bdev_retire(struct bdev *bdev)
{
	bool busy;

	if (READ_ONCE(bdev->users))
		return -EBUSY;
	ignore_result(bdev_sync(bdev));	/* what writers left; they were told by fsync(2), or did not ask */
	spin_lock(&bdevs.lock);
	busy = bdev->users || bdev->holder;
	if (!busy)
		WRITE_ONCE(bdev->gone, true);
	spin_unlock(&bdevs.lock);
	if (busy)
		return -EBUSY;
	devnode_remove(bdev->name);
	bdev_unref(bdev);
	return 0;
}

/* --- Looking up ----------------------------------------------------------------------------------- */

struct bdev *bdev_next(struct bdev *at)
{
	struct list_head *link;
	struct bdev *next = NULL;

	spin_lock(&bdevs.lock);
	for (link = at ? at->link.next : bdevs.all.next; link != &bdevs.all; link = link->next) {
		struct bdev *bdev = list_entry(link, struct bdev, link);

		if (!bdev->gone) {
			bdev->refs++;
			next = bdev;
			break;
		}
	}
	spin_unlock(&bdevs.lock);
	if (at)
		bdev_unref(at);
	return next;
}

void bdev_for_each(void (*fn)(struct bdev *bdev, void *arg), void *arg)
{
	for (struct bdev *bdev = bdev_next(NULL); bdev; bdev = bdev_next(bdev))
		fn(bdev, arg);
}

/* What is looked for. Field legend: [I] */
struct lookup {
	const char *key;
	uint64_t dev;
	bool (*match)(struct bdev *bdev, const struct lookup *want);
};

static bool match_name(struct bdev *bdev, const struct lookup *want)
{
	return !strcmp(bdev->name, want->key);
}

static bool match_dev(struct bdev *bdev, const struct lookup *want)
{
	return bdev->dev == want->dev;
}

static bool match_id(struct bdev *bdev, const struct lookup *want)
{
	return bdev->id == want->dev;
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

/* One more user, unless it is gone. */
static bool bdev_use(struct bdev *bdev)
{
	bool there;

	spin_lock(&bdevs.lock);
	there = !bdev->gone;
	if (there) {
		bdev->users++;
		bdev->refs++;
	}
	spin_unlock(&bdevs.lock);
	return there;
}

static struct bdev *lookup(const struct lookup *want)
{
	for (struct bdev *bdev = bdev_next(NULL); bdev; bdev = bdev_next(bdev)) {
		if (want->match(bdev, want) && bdev_use(bdev)) {
			bdev_unref(bdev);		/* the walk's */
			return bdev;
		}
	}
	return NULL;
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

struct bdev *bdev_get_id(uint64_t id)
{
	struct lookup want = { .dev = id, .match = match_id };

	return lookup(&want);
}

static struct bdev *find_id_locked(uint64_t id)
{
	struct bdev *bdev;

	assert_held(&bdevs.lock);
	list_for_each_entry(bdev, &bdevs.all, link) {
		if (bdev->id == id)
			return bdev->gone ? NULL : bdev;
	}
	return NULL;
}

struct bdev *bdev_ref_id(uint64_t id)
{
	struct bdev *bdev;

	spin_lock(&bdevs.lock);
	bdev = find_id_locked(id);
	if (bdev)
		bdev->refs++;
	spin_unlock(&bdevs.lock);
	return bdev;
}

bool bdev_id_exists(uint64_t id)
{
	bool exists;

	spin_lock(&bdevs.lock);
	exists = find_id_locked(id);
	spin_unlock(&bdevs.lock);
	return exists;
}

void bdev_put(struct bdev *bdev)
{
	spin_lock(&bdevs.lock);
	VERIFY(bdev->users);
	bdev->users--;
	spin_unlock(&bdevs.lock);
	bdev_unref(bdev);
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
