/* SPDX-License-Identifier: MIT */
/*
 * A disk of the hosted machine: a file of the host, read into memory; what the kernel writes stays there. Requests
 * take 50 microseconds of simulated time and complete out of order now and then.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

/*
 * What happened to a recorded disk, by a count of all beginnings and ends of requests. Flushes have no bytes. A write
 * is durable at time t when a flush begun after the write's end had ended by t; until then any part of it may be
 * on the disk or not, from its beginning on.
 */
struct host_event {
	uint64_t begin, end;		/* count */
	uint64_t start;			/* byte on the disk */
	uint32_t bytes;			/* written; 0: a flush */
	char *data;
};

/* Field legend: [d] the disk's */
struct host_record {
	struct host_event *events;	/* [d] by end */
	size_t nr, room;		/* [d] */
	uint64_t clock;			/* [d] the count */
};

/* Field legend: [I] given before host_disk_register(), [d] the disk's */
struct host_disk {
	const char *name;		/* [I] "vda" */
	const char *path;		/* [I] of the file; NULL: data and size are set */
	char *data;			/* [d] */
	size_t size;			/* [d] */
	uint64_t reads, writes, flushes;	/* [d] requests seen */
	struct host_record *record;	/* [I] filled in; NULL: not recorded */
	uint64_t fail_start, fail_end;	/* requests that touch these bytes fail with EIO */
	bool can_discard;		/* [I] what is discarded reads as 0xdd afterwards */
	uint64_t discarded;		/* [d] bytes */
};

/*
 * What a disk that had `base` may have when the power goes at `cut`: the durable writes, and of the others (by
 * test_random()) all, none, some, or some sectors of some. Into `disk`, of `size` bytes as base is.
 */
void host_record_crash(const struct host_record *record, const char *base, char *disk, size_t size, uint64_t cut);

/* An image as a file of the host, sparse where there are zeroes. */
void host_image_save(const char *path, const char *data, size_t size);

/* Thread context. The test fails when the file cannot be read. */
void host_disk_register(struct host_disk *disk);
