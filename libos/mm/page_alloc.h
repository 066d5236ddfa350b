/* SPDX-License-Identifier: MIT */
/*
 * page_alloc: frames of RAM. A buddy system in one zone, with per-CPU lists of single pages in front.
 */
#pragma once

#include "core/init.h"
#include "lib/compiler.h"
#include "mm/page.h"
#include "sync/lockdep.h"

enum gfp {
	GFP_WAIT = 1,			/* may sleep to make memory free */
	GFP_ZERO = 2,			/* content is zeroed */
	GFP_RESERVE = 4,		/* may take the last pages: interrupts, freeing paths */
	GFP_QUIET = 8,			/* the caller copes with failure: no reclaim storm, no OOM kill */
	GFP_KERNEL = GFP_WAIT,
	GFP_ATOMIC = GFP_RESERVE,
	GFP_USER = GFP_WAIT,
};

/* Debug check of allocators. Before there are threads nothing waits: start-up allocates with interrupts off. */
static inline void alloc_might_sleep(unsigned gfp)
{
	if (CONFIG_LOCKDEP && gfp & GFP_WAIT && init_current_level() > INIT_SCHED)
		might_sleep();
}

#define PAGE_ORDER_MAX	10		/* 4 MiB blocks */
#define HUGE_ORDER	(HUGE_SHIFT - PAGE_SHIFT)

/*
 * 2^order contiguous pages with one reference on the head; NULL: no memory. With GFP_WAIT may sleep, else any
 * context.
 */
struct page *alloc_pages(unsigned gfp, unsigned order);
static inline struct page *alloc_page(unsigned gfp)
{
	return alloc_pages(gfp, 0);
}
/* Give back a block whose only reference the caller holds. Any context. */
void free_pages(struct page *page, unsigned order);
static inline void free_page(struct page *page)
{
	free_pages(page, 0);
}

/* Frames handed to the allocator at boot, and free now (per-CPU lists included). Any context. */
unsigned long pages_total(void);
unsigned long pages_free(void);
/* More than an eighth of memory is free: some may be spent on a guess. Any context. */
bool pages_plenty(void);
/* Below this many free pages reclaim is woken. */
unsigned long pages_low(void);

/*
 * Who can free pages: called under memory pressure in thread context with the number wanted; returns how many it
 * freed. Registered once, at start-up.
 */
struct shrinker {
	const char *name;
	unsigned long (*shrink)(unsigned long nr_pages);
	struct list_head link;
};
void shrinker_register(struct shrinker *s);
/* Ask all shrinkers; thread context, may sleep. Returns pages freed. */
unsigned long shrink_all(unsigned long nr_pages);
