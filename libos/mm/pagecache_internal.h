/* SPDX-License-Identifier: MIT */
/* pagecache_internal.h: shared by pagecache.c, pagecache_wb.c, readahead.c and reclaim.c only. */
#pragma once

#include "mm/pagecache.h"

#define READAHEAD_BATCH	32		/* pages handed to a file system at once */

/* Of pagecache_counters.unclean, 32 bits each: pages that are dirty, and pages on their way to the disk. */
#define UNCLEAN_DIRTY		1ULL
#define UNCLEAN_WRITEBACK	(1ULL << 32)

/* Pages in the whole system. Field legend: [a] atomic */
extern struct pagecache_counters {
	uint64_t cached, shmem;		/* [a] */
	uint64_t unclean;		/* [a] two counts: a page goes from one to the other, nobody sees it twice */
} pagecache_counters;

/* Reads both counts at one moment. */
static inline void pagecache_count_unclean(uint64_t *dirty, uint64_t *writeback)
{
	uint64_t unclean = __atomic_load_n(&pagecache_counters.unclean, __ATOMIC_RELAXED);

	*dirty = (uint32_t)unclean;
	*writeback = unclean / UNCLEAN_WRITEBACK;
}

/* Take a locked page out of its mapping; drops the cache's reference, the caller still has one. */
void pagecache_remove_page(struct address_space *as, struct page *page);
bool pagecache_try_remove_page(struct address_space *as, struct page *page);
void pagecache_wake_writeback(struct page *page);

/* Is something cached at index (no reference taken). */
static inline void *xa_load_present(struct address_space *as, uint64_t index)
{
	return xa_load(&as->pages, index);
}

/* pagecache_readahead() for who has invalidate_lock. */
void pagecache_readahead_locked(struct address_space *as, uint64_t index, unsigned nr);

/* readahead.c: invalidate_lock is held */
void readahead_missing(struct address_space *as, struct readahead *ra, uint64_t index);
void readahead_reached(struct address_space *as, struct readahead *ra, struct page *page);

/* reclaim.c */
void reclaim_add(struct page *page);
void reclaim_remove(struct page *page);
static inline void page_mark_used(struct page *page)
{
	if (!page_test(page, PG_REFERENCED))
		page_set(page, PG_REFERENCED);
}
