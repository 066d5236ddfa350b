/* SPDX-License-Identifier: MIT */
/*
 * reclaim: give clean file pages back when memory is short.
 *
 * All reclaimable pages are on one list in the order they came; the scan takes the oldest, gives pages
 * used since a second
 * round, unmaps and frees the others. Memory-only pages (tmpfs) are never on the list.
 *
 * Locking. lru.lock (class "lru") is a leaf. The scan takes pages off under it, works on each with the page lock,
 * and puts back what stays.
 */
#include "core/init.h"
#include "mm/page_alloc.h"
#include "mm/pagecache_internal.h"
#include "mm/writeback.h"
#include "sched/sched.h"

#define SCAN_BATCH	32

static struct {
	struct spinlock lock;
	struct list_head list;		/* [lock] oldest first */
	unsigned long count;		/* [lock] */
} lru = { .lock = SPINLOCK_NAMED("lru"), .list = LIST_HEAD_INIT(lru.list) };

void reclaim_add(struct page *page)
{
	unsigned long flags;

	if (page_test(page, PG_SHMEM))
		return;
	flags = spin_lock_irqsave(&lru.lock);
	page_set(page, PG_LRU);
	list_add_tail(&page->lru, &lru.list);
	lru.count++;
	spin_unlock_irqrestore(&lru.lock, flags);
}

void reclaim_remove(struct page *page)
{
	unsigned long flags = spin_lock_irqsave(&lru.lock);

	if (page_test_and_clear(page, PG_LRU)) {
		list_del(&page->lru);
		lru.count--;
	}
	spin_unlock_irqrestore(&lru.lock, flags);
}

/* The oldest page, moved to the young end, with a reference; NULL: none. */
static struct page *next_candidate(void)
{
	unsigned long flags = spin_lock_irqsave(&lru.lock);
	struct page *page = NULL;

	for (unsigned tries = 0; tries < SCAN_BATCH && !list_empty(&lru.list) && !page; tries++) {
		page = list_first_entry(&lru.list, struct page, lru);
		list_move_tail(&page->lru, &lru.list);
		if (!try_get_page(page))
			page = NULL;
	}
	spin_unlock_irqrestore(&lru.lock, flags);
	return page;
}

/* Free the page if nobody needs it. The caller's reference stays. */
static bool try_reclaim(struct page *page)
{
	struct address_space *as;
	bool freed = false;

	if (page_test_and_clear(page, PG_REFERENCED) || !trylock_page(page))
		return false;
	as = page->mapping;
	if (!as || page_test(page, PG_DIRTY | PG_WRITEBACK) || !page_test(page, PG_UPTODATE))
		goto out;
	/* Nobody allocates memory under i_mmap_lock, so waiting for it here is safe. */
	if (__atomic_load_n(&page->mapcount, __ATOMIC_ACQUIRE))
		unmap_mapping_pages(as, page->index, 1, /*copies=*/false);
	freed = pagecache_try_remove_page(as, page);
out:
	unlock_page(page);
	return freed;
}

static unsigned long scan(unsigned long nr_pages)
{
	unsigned long freed = 0, scans = READ_ONCE(lru.count) * 2 + SCAN_BATCH;
	struct page *page;

	for (; scans && freed < nr_pages; scans--) {
		page = next_candidate();
		if (!page)
			break;
		freed += try_reclaim(page);
		put_page(page);
		cond_resched();
	}
	return freed;
}

/* Dirty pages cannot be freed; if too few others can, they are written and looked at again. */
static unsigned long reclaim_shrink(unsigned long nr_pages)
{
	unsigned long freed = scan(nr_pages);

	if (freed < nr_pages && writeback_for_reclaim())
		freed += scan(nr_pages - freed);
	return freed;
}

unsigned long reclaim_clean(void)
{
	return scan(ULONG_MAX);
}

static int reclaim_init(void)
{
	static struct shrinker shrinker = { .name = "pagecache", .shrink = reclaim_shrink };

	shrinker_register(&shrinker);
	return 0;
}
INIT_HOOK(INIT_IRQ, reclaim_init);
