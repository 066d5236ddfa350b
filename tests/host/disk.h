/* SPDX-License-Identifier: MIT */
/*
 * A disk of the hosted machine: a file of the host, read into memory; what the kernel writes stays there. Requests
 * take 50 microseconds of simulated time and complete out of order now and then.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

/* Field legend: [I] given before host_disk_register(), [d] the disk's */
struct host_disk {
	const char *name;		/* [I] "vda" */
	const char *path;		/* [I] of the file; NULL: data and size are set */
	char *data;			/* [d] */
	size_t size;			/* [d] */
	uint64_t reads, writes, flushes;	/* [d] requests seen */
	uint64_t fail_start, fail_end;	/* requests that touch these bytes fail with EIO */
};

/* Thread context. The test fails when the file cannot be read. */
void host_disk_register(struct host_disk *disk);
