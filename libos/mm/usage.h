/* SPDX-License-Identifier: MIT */
/*
 * usage: what of an area is in memory, and with whom it is shared: /proc/PID/smaps. Counts come from the page
 * tables at the time of the call, not from the counters that mm->rss keeps.
 */
#pragma once

#include "lib/types.h"

struct vma;

/* Bytes, the proportional ones times 1 << USAGE_PSS_SHIFT. */
#define USAGE_PSS_SHIFT	12

struct mem_usage {
	uint64_t resident;
	uint64_t pss, pss_dirty, pss_anon, pss_file, pss_shmem;	/* a page divided by how many map it */
	uint64_t shared_clean, shared_dirty, private_clean, private_dirty;
	uint64_t referenced, anonymous, huge;
	uint64_t pss_locked;
};

/* Add what vma has in memory to *usage. The mm's lock is held for reading. */
void mem_usage_add(const struct vma *vma, struct mem_usage *usage);
