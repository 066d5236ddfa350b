/* SPDX-License-Identifier: MIT */
/*
 * struct page: one per frame of RAM; what the frame is used for.
 *
 *   RESERVED (0) --boot--> FREE (head of a buddy block) <-> PCP (in a per-CPU list) -> USED -> FREE
 *   USED has a kind: plain kernel page, page table, slab, anonymous, page cache. The state is checked in
 *   every build: a page given out twice or freed twice stops the machine with the page's words.
 *
 * References. `refs` counts users: each mapping entry, the page cache, each holder of a pointer. The last put frees.
 */
#pragma once

#include "arch/mmu.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/rcu.h"
#include "sync/spinlock.h"

struct address_space;
struct kmem_cache;

enum page_state { PAGE_RESERVED, PAGE_FREE, PAGE_PCP, PAGE_USED, PAGE_TAIL };

/* Bits of page->flags. */
enum page_flags {
	PG_LOCKED = 1 << 0,		/* page cache: being filled or truncated */
	PG_WAITERS = 1 << 1,		/* somebody sleeps for LOCKED or WRITEBACK */
	PG_UPTODATE = 1 << 2,		/* content is valid */
	PG_DIRTY = 1 << 3,		/* content is newer than the disk's */
	PG_WRITEBACK = 1 << 4,		/* being written */
	PG_ERROR = 1 << 5,		/* last fill failed */
	PG_REFERENCED = 1 << 6,		/* used since reclaim last looked */
	PG_LRU = 1 << 7,		/* on a reclaim list */
	PG_ANON = 1 << 8,		/* anonymous memory of address spaces */
	PG_SLAB = 1 << 9,
	PG_TABLE = 1 << 10,		/* page table */
	PG_READAHEAD = 1 << 11,		/* reaching it starts the next read-ahead */
	PG_SHMEM = 1 << 12,		/* the page is the only copy (tmpfs, shared anonymous) */
	PG_HUGE = 1 << 13,		/* head of a 2 MiB page */
	PG_FORKED = 1 << 14,		/* page table that several address spaces pointed to at some time */
	PG_NOMEM = 1 << 15,		/* as ERROR, for want of memory: worth another try */
	PG_CHECKED_SHIFT = 16,		/* 12 bits: parts the file system verified; a page that is dirtied has none */
	PG_CHECKED = 0xfff << PG_CHECKED_SHIFT,
	PG_IN_USE = PG_LOCKED | PG_WRITEBACK | PG_LRU | PG_SLAB | PG_TABLE,	/* none at the time a page is freed */
};

/* Field legend: [a] atomic, [b] buddy lock, [l] lock of the owner: slab cache, page-table lock, page-cache tree lock */
struct page {
	uint32_t flags;			/* [a] enum page_flags */
	int32_t refs;			/* [a] */
	uint8_t state;			/* [b] enum page_state */
	uint8_t order;			/* [b] of a free block, or of a multi-page allocation's head */
	uint16_t slab_inuse;		/* [l] slab: objects given out */
	int32_t mapcount;		/* [a] page-table entries that map it */
	union {
		struct {
			struct address_space *mapping;	/* [l] page cache: owner; NULL: truncated, or anonymous */
			uint64_t index;			/* [l] page number in the mapping */
		};
		struct {
			struct spinlock ptl;		/* page table: its entries */
			uint32_t share;			/* [a] address spaces that point to this table */
			uint32_t rows;			/* [a] bit n: something may be in entries 16n to 16n + 15 */
		};
		struct {
			struct kmem_cache *slab;	/* [l] */
			void *freelist;			/* [l] first free object */
		};
	};
	union {
		struct list_head lru;	/* [b] free list, [l] slab list, reclaim list */
		struct rcu_head rcu;	/* page table on its way out */
	};
};

/* The array, by frame number; the direct map of all RAM. */
extern struct page *page_map;
extern pfn_t page_map_end;		/* first frame number beyond the array */

static inline struct page *pfn_to_page(pfn_t pfn)
{
	return page_map + pfn;
}

static inline pfn_t page_to_pfn(const struct page *page)
{
	return (pfn_t)(page - page_map);
}

static inline paddr_t page_to_phys(const struct page *page)
{
	return page_to_pfn(page) << PAGE_SHIFT;
}

static inline struct page *phys_to_page(paddr_t pa)
{
	return pfn_to_page(pa >> PAGE_SHIFT);
}

static inline void *page_address(const struct page *page)
{
	return arch_phys_to_virt(page_to_phys(page));
}

static inline struct page *virt_to_page(const void *va)
{
	return phys_to_page(arch_virt_to_phys(va));
}

/* The page that counts references for this one: itself, or the head of the 2 MiB block it belongs to (mm/huge.h). */
static inline struct page *page_head(struct page *page)
{
	if (likely(page->state != PAGE_TAIL))
		return page;
	return pfn_to_page(page_to_pfn(page) & ~((1UL << (HUGE_SHIFT - PAGE_SHIFT)) - 1));
}

/* Is there a struct page: RAM the allocator knows. */
static inline bool pfn_valid(pfn_t pfn)
{
	return pfn < page_map_end;
}

void page_free_refs(struct page *page);	/* last reference is gone: page_alloc.c */

static inline struct page *get_page(struct page *page)
{
	__atomic_fetch_add(&page->refs, 1, __ATOMIC_RELAXED);
	return page;
}

/* For lock-free look-ups: false when the page is being freed. */
static inline bool __must_check try_get_page(struct page *page)
{
	int32_t refs = __atomic_load_n(&page->refs, __ATOMIC_RELAXED);

	while (refs > 0) {
		if (__atomic_compare_exchange_n(&page->refs, &refs, refs + 1, true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

static inline void put_page(struct page *page)
{
	if (__atomic_sub_fetch(&page->refs, 1, __ATOMIC_ACQ_REL) == 0)
		page_free_refs(page);
}

static inline int page_refs(const struct page *page)
{
	return __atomic_load_n(&page->refs, __ATOMIC_ACQUIRE);
}

static inline bool page_test(const struct page *page, uint32_t bits)
{
	return __atomic_load_n(&page->flags, __ATOMIC_ACQUIRE) & bits;
}

static inline void page_set(struct page *page, uint32_t bits)
{
	__atomic_fetch_or(&page->flags, bits, __ATOMIC_ACQ_REL);
}

static inline void page_clear(struct page *page, uint32_t bits)
{
	__atomic_fetch_and(&page->flags, ~bits, __ATOMIC_ACQ_REL);
}

static inline bool page_test_and_set(struct page *page, uint32_t bit)
{
	return __atomic_fetch_or(&page->flags, bit, __ATOMIC_ACQ_REL) & bit;
}

static inline bool page_test_and_clear(struct page *page, uint32_t bit)
{
	return __atomic_fetch_and(&page->flags, ~bit, __ATOMIC_ACQ_REL) & bit;
}
