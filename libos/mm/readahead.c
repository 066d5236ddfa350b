/* SPDX-License-Identifier: MIT */
/*
 * readahead: read more than was asked when reads are sequential.
 *
 * A window [start, start + size) was read ahead; its page at size - async_size carries PG_READAHEAD: reaching it starts
 * the next window, twice as large up to max_pages, before the reader needs it. A read elsewhere starts over small; a
 * random one reads what it needs.
 */
#include "lib/align.h"
#include "mm/pagecache_internal.h"

#define WINDOW_FIRST	4		/* pages of a first sequential window */

static void read_window(struct address_space *as, struct readahead *ra)
{
	uint64_t end = DIV_ROUND_UP((uint64_t)as->size(as), PAGE_SIZE);
	uint64_t mark = ra->start + ra->size - ra->async_size;
	struct page *page;

	if (ra->start >= end)
		return;
	if (ra->start + ra->size > end)
		ra->size = (uint32_t)(end - ra->start);
	pagecache_readahead_locked(as, ra->start, ra->size);
	if (!ra->async_size || mark >= end)
		return;
	page = pagecache_find(as, mark);
	if (!page)
		return;
	page_set(page, PG_READAHEAD);
	put_page(page);
}

void readahead_missing(struct address_space *as, struct readahead *ra, uint64_t index)
{
	bool sequential = index == 0 || index == ra->prev_index + 1 || index == ra->prev_index;

	if (ra->size && index == ra->start + ra->size) {
		ra->size = min(ra->size * 2, ra->max_pages);
	} else if (sequential) {
		ra->size = min((uint32_t)WINDOW_FIRST, ra->max_pages);
	} else if (ra->prev_index == UINT64_MAX) {
		/* A mapping's fault: its neighbourhood, aligned. */
		ra->start = ALIGN_DOWN(index, (uint64_t)16);
		ra->size = min((uint32_t)16, ra->max_pages);
		ra->async_size = 0;
		read_window(as, ra);
		return;
	} else {
		return;
	}
	ra->start = index;
	ra->async_size = ra->size / 2;
	read_window(as, ra);
}

void readahead_reached(struct address_space *as, struct readahead *ra, struct page *page)
{
	if (!ra->max_pages || !ra->size)
		return;
	page_clear(page, PG_READAHEAD);
	ra->start += ra->size;
	ra->size = min(ra->size * 2, ra->max_pages);
	ra->async_size = ra->size / 2;
	read_window(as, ra);
}
