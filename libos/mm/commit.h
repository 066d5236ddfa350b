/* SPDX-License-Identifier: MIT */
/*
 * commit: memory that was promised: pages which private writable areas, and shared memory without a file, may come to
 * need. /proc/sys/vm/overcommit_* say what is promised at most. Source: proc(5), mmap(2) on MAP_NORESERVE.
 *
 * An area that is made read-only is not counted any more, even if it was written to; pages of tmpfs are not counted.
 */
#pragma once

#include "abi/mman.h"
#include "lib/compiler.h"
#include "lib/types.h"

/* Field legend: [a] single words */
extern struct mm_sysctl {
	unsigned max_map_count;		/* [a] areas of an address space */
	unsigned overcommit;		/* [a] OVERCOMMIT_* */
	unsigned overcommit_ratio;	/* [a] per cent of RAM, for OVERCOMMIT_NEVER */
	uint64_t overcommit_kbytes;	/* [a] instead of the ratio, unless 0 */
} mm_sysctl;

/* Does an area of these flags count? */
bool commit_counts(uint32_t vm_flags);
/* So many pages more, or fewer. Not in interrupts. */
void commit_add(int64_t pages);
/* May pages more be promised? 0 or -ENOMEM. */
int __must_check commit_check(uint64_t pages);
/* Pages promised; what OVERCOMMIT_NEVER allows. */
uint64_t commit_total(void);
uint64_t commit_limit(void);
