/* SPDX-License-Identifier: MIT */
/*
 * limits: what /proc/sys/fs sets for open files, descriptors and inotify. The files there stand in fs/procfs/sys.c.
 */
#pragma once

#include "lib/types.h"

#define FD_HARD_MAX	(1U << 18)	/* more descriptors a table cannot have: its array is one contiguous block */

/* Field legend: [a] single words */
extern struct vfs_limits {
	uint64_t file_max;		/* [a] open files of all, without CAP_SYS_ADMIN; set at start-up */
	unsigned nr_open;		/* [a] descriptors of a table: what RLIMIT_NOFILE may be */
	unsigned inotify_instances;	/* [a] of a user */
	unsigned inotify_watches;	/* [a] of a user; set at start-up */
	unsigned inotify_events;	/* [a] that a new instance queues */
} vfs_limits;

/* Open files there are. */
unsigned long vfs_nr_files(void);
