/* SPDX-License-Identifier: MIT */
/*
 * bdev: block devices: whole disks ("vda") and their partitions ("vda1").
 *
 * Model. A driver registers a disk; the partition table is read and each partition becomes a bdev of its own that
 * forwards to the disk's queue. A bdev has a page cache: /dev/vda1 and the metadata of a file system on it share it.
 * Partitions come and go (BLKRRPART, BLKPG), but not while somebody uses them: bdev_get/bdev_put count users. What is
 * gone answers transfers with -ENXIO, and its memory goes with the last reference.
 *
 * Locking. The list, references, users and holders are under a spin lock in bdev.c (class "bdevs"); changes of a disk's
 * partitions under a mutex in disk.c (class "partitions").
 */
#pragma once

#include "block/bio.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/pagecache.h"
#include "sync/atomic.h"

struct block_queue;

#define BDEV_NAME_MAX	32

/* What was counted about requests. Field legend: [a] atomic, each by itself */
struct bdev_counts {
	uint64_t requests[BIO_OPS];	/* [a] done */
	uint64_t merges[BIO_OPS];	/* [a] bios that joined another */
	uint64_t sectors[BIO_OPS];	/* [a] */
	uint64_t ns[BIO_OPS];		/* [a] between start and done, summed */
	uint32_t in_flight[2];		/* [a] reads, the rest */
	uint64_t busy_ms;		/* [a] with something in flight */
	uint64_t busy_seen_ms;		/* [a] when busy_ms was brought up to date */
};

/* Field legend: [I] immutable once registered, [a] atomic, [l] list lock, [w] who writes back */
struct bdev {
	char name[BDEV_NAME_MAX];	/* [I] "vda", "vda1" */
	uint64_t id;			/* [I] never used twice */
	const struct bdev_ops *ops;	/* [I] NULL: nothing special; a partition has none */
	void *private;			/* [I] the driver's */
	uint64_t dev;			/* [I] device number, kdev_make() */
	uint64_t size;			/* [a] bytes; read by bdev_size() where it matters that it may change */
	uint32_t sector_size;		/* [I] logical: 512 or 4096 */
	bool read_only;			/* [a] device or BLKROSET; bdev_is_read_only() asks the whole disk too */
	bool gone;			/* [a] the device or partition is no more */
	struct address_space mapping;	/* own locks */
	struct block_queue *queue;	/* [I] of the disk */
	struct bdev *disk;		/* [I] whole disk; itself if it is one */
	uint64_t start;			/* [I] first byte on the disk */
	unsigned minors;		/* [I] whole disk: partitions with device numbers beside it */
	unsigned ra_pages;		/* [a] read-ahead of those who open it */
	unsigned block_size;		/* [a] BLKBSZSET: what BLKBSZGET tells, nothing else */
	bool no_scan;			/* [a] whole disk: partition tables are not looked for */
	unsigned partno;		/* [I] 0: whole disk */
	char partuuid[37];		/* [I] "" if none */
	char partlabel[37];		/* [I] GPT name, ASCII; "" if none */
	uint32_t refs;			/* [l] the registry's, users', walkers' */
	uint32_t users;			/* [l] bdev_get() */
	struct bdev_counts counts;	/* [a] */
	uint64_t dirty_seen_ns;		/* [w] the write-back's: since when its cache is dirty; 0: it is not */
	void *holder;			/* [l] who mounted it (bdev_claim) */
	struct list_head link;		/* [l] all bdevs */
};

/* Device numbers as stat(2) shows them: makedev(3). */
static inline uint64_t kdev_make(unsigned major, unsigned minor)
{
	return (minor & 0xff) | (uint64_t)(major & 0xfff) << 8 | (uint64_t)(minor & ~0xffu) << 12 |
	       (uint64_t)(major & ~0xfffu) << 32;
}

static inline unsigned kdev_major(uint64_t dev)
{
	return (unsigned)((dev >> 8 & 0xfff) | (dev >> 32 & ~0xfffu));
}

static inline unsigned kdev_minor(uint64_t dev)
{
	return (unsigned)((dev & 0xff) | (dev >> 12 & ~0xffu));
}

/* What a driver may want to know or do. All may sleep; NULL slots do nothing. */
struct bdev_ops {
	/* The disk or one of its partitions is opened; the last of those that have it open closes it. */
	int (*open)(struct bdev *disk);
	void (*release)(struct bdev *disk);
	/* What the block layer does not know, of the whole disk. writable: opened for writing. -ENOTTY: nor it. */
	long (*ioctl)(struct bdev *disk, bool writable, unsigned cmd, unsigned long arg);
};

/* What a driver says about a disk. */
struct bdev_params {
	const char *name;		/* "vda"; copied */
	unsigned major, minor;		/* of the whole disk; partition n has minor + n, for n < minors */
	unsigned minors;
	uint64_t size;			/* bytes */
	uint32_t sector_size;		/* 512 or 4096 */
	bool read_only;
	bool no_scan;			/* do not look for partitions */
	struct block_queue *queue;
	const struct bdev_ops *ops;	/* NULL: none */
	void *private;
};

/*
 * Register a disk, read its partition table and register the partitions. 0 or -errno (-ENOMEM; a disk without or with a
 * broken table is fine). Thread context; sleeps for the table's sectors.
 */
int __must_check bdev_register_disk(const struct bdev_params *params, struct bdev **out);
/*
 * The driver's disk goes, with its partitions: 0, or -EBUSY when somebody uses them. The queue is the driver's to
 * free after. Thread context; sleeps.
 */
int __must_check bdev_unregister_disk(struct bdev *disk);
/*
 * Partitions, for BLKRRPART and BLKPG; thread context, may sleep. bdev_rescan: drop them all, read the table again: 0,
 * -EBUSY when one is used, -EINVAL for what has none, -errno of reading. bdev_add_partition: -EBUSY when it overlaps
 * another or the number is taken, -EINVAL when it is not on the disk. bdev_del_partition: -ENXIO, -EBUSY.
 * bdev_resize_partition: -ENXIO, -EINVAL for another start, -EBUSY for an overlap.
 */
int __must_check bdev_rescan(struct bdev *disk);
int __must_check bdev_add_partition(struct bdev *disk, unsigned number, uint64_t start, uint64_t size);
int __must_check bdev_del_partition(struct bdev *disk, unsigned number);
int __must_check bdev_resize_partition(struct bdev *disk, unsigned number, uint64_t start, uint64_t size);

/*
 * By name ("vda1", "/dev/vda1"), number ("254:1", "fe01"), "PARTUUID=...", "PARTLABEL=...", "LABEL=..." or
 * "UUID=..."; NULL: none. Takes
 * a use. Thread context; the last two may sleep.
 */
struct bdev *bdev_get(const char *name);
/* By device number; by bdev->id. */
struct bdev *bdev_get_dev(uint64_t dev);
struct bdev *bdev_get_id(uint64_t id);
/* Like bdev_get_id() for those who only look: no use, does not keep a partition from being removed. Any context. */
struct bdev *bdev_ref_id(uint64_t id);
void bdev_unref(struct bdev *bdev);
bool bdev_id_exists(uint64_t id);
/* Any context but interrupt; the last reference to what is gone sleeps. */
void bdev_put(struct bdev *bdev);
/*
 * A file system registers how to recognise its own for LABEL= and UUID=: true, label[] (17 bytes with NUL) and
 * uuid (RFC 9562 bytes) filled in. May sleep.
 */
struct bdev_probe {
	bool (*probe)(struct bdev *bdev, char label[17], uint8_t uuid[16]);
	struct list_head link;
};
void bdev_register_probe(struct bdev_probe *probe);
/* Exclusive use (mount, O_EXCL): 0, or -EBUSY when another holder has it or, for a disk, one of its partitions. */
int __must_check bdev_claim(struct bdev *bdev, void *holder);
void bdev_release(struct bdev *bdev, void *holder);
/*
 * Walk: the one after `at` (NULL: the first), with a reference, that of `at` dropped; NULL: the end. Those that come
 * meanwhile may be missed. Thread context; may sleep.
 */
struct bdev *bdev_next(struct bdev *at);
/* Call fn for each bdev, disks before their first partitions. fn may sleep. Thread context. */
void bdev_for_each(void (*fn)(struct bdev *bdev, void *arg), void *arg);
/* I/O counters for /proc/diskstats and /sys/block; a disk's are those of its partitions too. Any context. */
struct bdev_stats {
	struct {
		uint64_t requests, merges, sectors, ms;
	} read, write, discard, flush;
	uint64_t in_flight[2];		/* reads, the rest */
	uint64_t busy_ms, weighted_ms;
};
void bdev_stats(const struct bdev *bdev, struct bdev_stats *out);

static inline uint64_t bdev_size(const struct bdev *bdev)
{
	return READ_ONCE(bdev->size);
}

/* The device cannot be written, or is not to be: BLKROSET on it or on its disk. */
static inline bool bdev_is_read_only(const struct bdev *bdev)
{
	return READ_ONCE(bdev->read_only) || READ_ONCE(bdev->disk->read_only);
}

/* The device says that a disk is larger or smaller now. Partitions stay as they are. Thread context. */
void bdev_set_size(struct bdev *disk, uint64_t size);

/*
 * Read or write any bytes through the bdev's page cache. 0 or -errno (-EIO past the end). May sleep.
 * Writes reach the disk with bdev_sync().
 */
int __must_check bdev_read(struct bdev *bdev, uint64_t offset, void *buf, size_t n);
int __must_check bdev_write(struct bdev *bdev, uint64_t offset, const void *buf, size_t n);
/* Write dirty pages of the bdev's page cache and flush the disk's write cache. May sleep. */
int __must_check bdev_sync(struct bdev *bdev);
/* Flush the disk's write cache. May sleep. */
int __must_check bdev_flush(struct bdev *bdev);
