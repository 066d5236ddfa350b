/* SPDX-License-Identifier: MIT */
/*
 * page_alloc: a buddy allocator.
 *
 * Invariants
 *  (1) A FREE page is the head of exactly one free-list block of its order; the block's other pages are TAIL.
 *  (2) No two free buddies of one order below the largest exist: they are merged.
 *  (3) Pages in a per-CPU list are PCP and never merge.
 *  (4) free_count is the sum of free-list blocks; per-CPU lists are counted apart.
 *
 * Locking. buddy.lock (class "buddy", irq-safe) protects lists and states; per-CPU lists belong to their CPU
 * with interrupts off.
 */
#include "mm/page_alloc.h"

#include "abi/errno.h"
#include "core/assert.h"
#include "core/init.h"
#include "core/kasan.h"
#include "mm/bootmem.h"
#include "mm/oom.h"
#include "sched/thread.h"
#include "sync/block.h"
#include "sync/percpu.h"

#define PCP_BATCH	32
#define PCP_HIGH	(PCP_BATCH * 4)
#define RECLAIM_TRIES	64		/* each waits for a killed process when nothing else helps (mm/oom.h) */

static struct {
	struct spinlock lock;
	struct list_head free[PAGE_ORDER_MAX + 1];	/* [lock] */
	unsigned long free_count;			/* [lock] pages */
	unsigned long total;				/* [lock] pages */
	unsigned long reserve;				/* [I] only GFP_RESERVE goes below; see may_take() */
	struct list_head shrinkers;			/* [I] after start-up */
} buddy = { .lock = SPINLOCK_NAMED("buddy"), .shrinkers = LIST_HEAD_INIT(buddy.shrinkers) };

struct pcp {
	struct list_head list;		/* [c] irqs off */
	unsigned count;			/* [c] */
};
static DEFINE_PER_CPU(struct pcp, pcp);

struct page *page_map;
pfn_t page_map_end;

static void page_bad(const struct page *page, const char *what)
{
	panic("%s: pfn %lx state %u order %u refs %d flags %x mapcount %d", what,
	      (unsigned long)page_to_pfn(page), page->state, page->order, page->refs, page->flags,
	      page->mapcount);
}

static inline void expect_state(const struct page *page, unsigned state, const char *what)
{
	if (unlikely(page->state != state))
		page_bad(page, what);
}

static void list_block(struct page *page, unsigned order)
{
	page->state = PAGE_FREE;
	page->order = (uint8_t)order;
	list_add(&page->lru, &buddy.free[order]);
}

static void free_block_locked(struct page *page, unsigned order)
{
	pfn_t pfn = page_to_pfn(page);

	assert_held(&buddy.lock);
	buddy.free_count += 1UL << order;
	for (; order < PAGE_ORDER_MAX; order++) {
		pfn_t other = pfn ^ (1UL << order);
		struct page *mate = pfn_to_page(other);

		if (!pfn_valid(other) || mate->state != PAGE_FREE || mate->order != order)
			break;
		list_del(&mate->lru);
		mate->state = PAGE_TAIL;
		if (other < pfn) {
			pfn_to_page(pfn)->state = PAGE_TAIL;
			pfn = other;
		}
	}
	list_block(pfn_to_page(pfn), order);
}

static struct page *take_block_locked(unsigned order)
{
	struct page *page;
	unsigned have;

	assert_held(&buddy.lock);
	for (have = order; have <= PAGE_ORDER_MAX; have++) {
		if (!list_empty(&buddy.free[have]))
			break;
	}
	if (have > PAGE_ORDER_MAX)
		return NULL;
	page = list_first_entry(&buddy.free[have], struct page, lru);
	expect_state(page, PAGE_FREE, "page_alloc: block on a free list is not free");
	list_del(&page->lru);
	while (have > order) {
		have--;
		list_block(page + (1UL << have), have);
	}
	buddy.free_count -= 1UL << order;
	page->state = PAGE_USED;
	return page;
}

/*
 * May this many pages be taken? Who can be told ENOMEM leaves twice the reserve, so that page faults, which can only
 * be answered with a page or a kill, find some when system calls took all they could get.
 */
static bool may_take_locked(unsigned gfp, unsigned long nr_pages)
{
	assert_held(&buddy.lock);
	if ((gfp & GFP_RESERVE) || likely(buddy.free_count >= nr_pages + 2 * buddy.reserve))
		return true;
	return current_thread()->faulting && buddy.free_count >= nr_pages + buddy.reserve;
}

static void pcp_fill(struct pcp *p, unsigned gfp)
{
	struct page *page;

	spin_lock(&buddy.lock);
	for (unsigned i = 0; i < PCP_BATCH; i++) {
		if (!may_take_locked(gfp, 1))
			break;
		page = take_block_locked(0);
		if (!page)
			break;
		page->state = PAGE_PCP;
		list_add_tail(&page->lru, &p->list);
		p->count++;
		if (gfp & GFP_RESERVE)
			break;
	}
	spin_unlock(&buddy.lock);
}

static void pcp_drain(struct pcp *p, unsigned keep)
{
	struct page *page;

	spin_lock(&buddy.lock);
	while (p->count > keep) {
		page = list_last_entry(&p->list, struct page, lru);
		list_del(&page->lru);
		p->count--;
		free_block_locked(page, 0);
	}
	spin_unlock(&buddy.lock);
}

/* This CPU's list. CPUs that start later come with a zeroed one. Interrupts off. */
static struct pcp *pcp_here(void)
{
	struct pcp *p = this_cpu_ptr(&pcp);

	if (unlikely(!p->list.next))
		INIT_LIST_HEAD(&p->list);
	return p;
}

/* This CPU's single pages may be what a larger block lacks. */
static void pcp_flush(void)
{
	unsigned long flags = arch_irq_save();

	pcp_drain(pcp_here(), 0);
	arch_irq_restore(flags);
}

static struct page *pcp_take(unsigned gfp)
{
	unsigned long flags = arch_irq_save();
	struct pcp *p = pcp_here();
	struct page *page = NULL;

	if (unlikely(list_empty(&p->list)))
		pcp_fill(p, gfp);
	if (likely(!list_empty(&p->list))) {
		page = list_first_entry(&p->list, struct page, lru);
		list_del(&page->lru);
		p->count--;
	}
	arch_irq_restore(flags);
	if (!page)
		return NULL;
	expect_state(page, PAGE_PCP, "page_alloc: page given out twice");
	page->state = PAGE_USED;
	return page;
}

static struct page *block_take(unsigned gfp, unsigned order)
{
	unsigned long flags = spin_lock_irqsave(&buddy.lock);
	struct page *page = NULL;

	if (may_take_locked(gfp, 1UL << order))
		page = take_block_locked(order);
	spin_unlock_irqrestore(&buddy.lock, flags);
	return page;
}

static struct page *try_take(unsigned gfp, unsigned order)
{
	return order ? block_take(gfp, order) : pcp_take(gfp);
}

static struct page *alloc_slow(unsigned gfp, unsigned order)
{
	struct page *page = NULL;

	if (!(gfp & GFP_WAIT))
		return NULL;
	for (unsigned i = 0; i < RECLAIM_TRIES && !page; i++) {
		if (order)
			pcp_flush();
		if (fatal_signal_pending()) {	/* who is to die may dip into the reserve, so as to get there */
			page = try_take(gfp | GFP_RESERVE, order);
			if (page)
				break;
		}
		if (!shrink_all(max(32UL, 2UL << order)) && ((gfp & GFP_QUIET) || !oom_kill(OOM_WORTHWHILE)))
			return NULL;
		page = try_take(gfp, order);
	}
	return page;
}

struct page *alloc_pages(unsigned gfp, unsigned order)
{
	struct page *page;

	alloc_might_sleep(gfp);
	page = try_take(gfp, order);
	if (unlikely(!page)) {
		page = alloc_slow(gfp, order);
		if (!page)
			return NULL;
	}
	page->flags = 0;
	page->mapcount = 0;
	page->order = (uint8_t)order;
	page->mapping = NULL;
	page->index = 0;
	__atomic_store_n(&page->refs, 1, __ATOMIC_RELEASE);
	for (unsigned i = 1; i < 1U << order; i++)
		page[i].state = PAGE_TAIL;
	kasan_unpoison(page_address(page), PAGE_SIZE << order);
	for (unsigned i = 0; (gfp & GFP_ZERO) && i < 1U << order; i++)
		arch_clear_page((char *)page_address(page) + i * PAGE_SIZE);
	return page;
}

void free_pages(struct page *page, unsigned order)
{
	unsigned long flags;
	struct pcp *p;

	expect_state(page, PAGE_USED, "page_alloc: page freed twice");
	if (unlikely(page->mapcount != 0 || page->order != order || (page->flags & PG_IN_USE)))
		page_bad(page, "page_alloc: page freed while mapped, locked or listed, or with another order");
	page->refs = 0;
	kasan_poison(page_address(page), PAGE_SIZE << order, KASAN_FREE_PAGE);
	flags = arch_irq_save();
	if (order) {
		spin_lock(&buddy.lock);
		free_block_locked(page, order);
		spin_unlock(&buddy.lock);
	} else {
		p = pcp_here();
		page->state = PAGE_PCP;
		list_add(&page->lru, &p->list);
		if (++p->count > PCP_HIGH)
			pcp_drain(p, PCP_HIGH - PCP_BATCH);
	}
	arch_irq_restore(flags);
}

void page_free_refs(struct page *page)
{
	free_pages(page, page->order);
}

unsigned long pages_total(void)
{
	return buddy.total;
}

unsigned long pages_free(void)
{
	unsigned long n = READ_ONCE(buddy.free_count);
	unsigned cpu;

	for_each_online_cpu(cpu)
		n += READ_ONCE(per_cpu_ptr(&pcp, cpu)->count);
	return n;
}

bool pages_plenty(void)
{
	return READ_ONCE(buddy.free_count) > buddy.total / 8;
}

unsigned long pages_low(void)
{
	return buddy.reserve * 3;
}

void shrinker_register(struct shrinker *s)
{
	list_add_tail(&s->link, &buddy.shrinkers);
}

unsigned long shrink_all(unsigned long nr_pages)
{
	unsigned long freed = 0;
	struct shrinker *s;

	list_for_each_entry(s, &buddy.shrinkers, link) {
		freed += s->shrink(nr_pages);
		if (freed >= nr_pages)
			break;
	}
	return freed;
}

/* Hand [start, end) frames over, in the largest aligned blocks. */
static void add_range(pfn_t start, pfn_t end, void *arg)
{
	unsigned order;

	(void)arg;
	buddy.total += end - start;
	while (start < end) {
		order = start ? (unsigned)__builtin_ctzl(start) : PAGE_ORDER_MAX;
		order = min(order, (unsigned)PAGE_ORDER_MAX);
		while ((1UL << order) > end - start)
			order--;
		buddy.free_count += 1UL << order;
		list_block(pfn_to_page(start), order);
		start += 1UL << order;
	}
}

void page_alloc_add(pfn_t start, pfn_t end)
{
	unsigned long flags = spin_lock_irqsave(&buddy.lock);

	for (pfn_t pfn = start; pfn < end; pfn++) {
		pfn_to_page(pfn)->order = 0;
		buddy.total++;
		free_block_locked(pfn_to_page(pfn), 0);
	}
	spin_unlock_irqrestore(&buddy.lock, flags);
}

void page_alloc_init(void)
{
	for (unsigned i = 0; i <= PAGE_ORDER_MAX; i++)
		INIT_LIST_HEAD(&buddy.free[i]);
	page_map = bootmem_page_map(&page_map_end);
	if (CONFIG_KASAN)
		kasan_init(bootmem_alloc(page_map_end * PAGE_SIZE / KASAN_GRANULE), arch_phys_to_virt(0),
			   page_map_end * PAGE_SIZE);
	bootmem_free_ranges(add_range, NULL);
	buddy.reserve = min(buddy.total / 64, 1024UL);
}
