/* SPDX-License-Identifier: MIT */
/*
 * pgtable: walking and sharing page tables. For mm/ only.
 *
 * Leaf tables are shared between address spaces at fork: every sharer's level-1 entry is write-protected and the
 * table's struct page counts sharers. Rules
 *  (1) Entries of a table with share > 1 are not changed, other than write-protected or cleared by rmap
 *  (truncate, reclaim).
 *  (2) Before any change an address space makes the table its own: pt_own(). The last sharer just lifts the protection.
 *  (3) share goes up only under the parent's mm lock held for writing (fork), so a sole owner stays sole while it
 *      holds the mm lock.
 * Each page of a shared table is referenced and counted once, whatever the number of sharers.
 *
 * Upper levels are never shared; their entries go none -> table by compare-and-swap and back under the mm lock
 * held for writing.
 */
#pragma once

#include "arch/mmu.h"
#include "lib/compiler.h"
#include "mm/mm.h"
#include "mm/page.h"

/*
 * Tables are mostly empty, and every fork and exit looks through some: a bit for each row of 16 entries says where
 * something may be. Whoever writes an entry has set its row's bit before: pt_pmd_alloc() and pt_own() do for
 * theirs, pt_note() for neighbours.
 */
#define PT_ROW		16
static inline void pt_note(struct page *table, unsigned index)
{
	uint32_t bit = 1U << index / PT_ROW;

	if (!(__atomic_load_n(&table->rows, __ATOMIC_RELAXED) & bit))
		__atomic_fetch_or(&table->rows, bit, __ATOMIC_RELAXED);
}

/* Level-1 entry for addr; NULL when tables above are missing. mm lock held. */
pte_t *pt_pmd(struct mm *mm, vaddr_t addr);
/* The same, making tables; NULL: no memory. */
pte_t *pt_pmd_alloc(struct mm *mm, vaddr_t addr);
/* A zeroed table with its lock, counted in mm; NULL: no memory. And back, if it was never used. */
struct page *pt_table_alloc(struct mm *mm);
void pt_table_free(struct mm *mm, struct page *table);
/*
 * Leaf entry for addr in a table this mm owns alone, made if missing; a huge entry (mm/huge.h) is split. 0 with *pte
 * and *table (whose ptl guards it), or -ENOMEM. May sleep; mm lock held.
 */
int __must_check pt_own(struct mm *mm, vaddr_t addr, pte_t **pte, struct page **table);
/*
 * Leaf entry for addr to look at, table possibly shared; NULL: no table, or a huge entry. mm lock held, and the
 * table not to be left by another thread meanwhile: mm lock for writing, or the table is owned (pt_own()), or
 * rcu_read_lock().
 */
pte_t *pt_peek(struct mm *mm, vaddr_t addr, struct page **table);
/*
 * The same with the table's ptl held, for rmap, which has the mapping's i_mmap_lock (so that the area,
 * and with it the upper
 * tables, stay) but not the mm lock. NULL: no table, and nothing is held.
 *
 *	rmap                                   unshare, unmap (mm lock only)
 *	rcu_read_lock()                        lock ptl, change the level-1 entry, unlock
 *	read level-1 entry, lock ptl           flush, leave the table; the last one: lock ptl, drop pages, unlock,
 *	rcu_read_unlock()                          free the table a grace period later
 *	level-1 entry still the same? use it
 */
pte_t *pt_lock_entry(struct mm *mm, vaddr_t addr, struct page **table) __no_lock_check;

/* Pages taken out of tables, to be put after the flush. */
#define GATHER_MAX	126
struct mmu_gather {
	struct mm *mm;
	vaddr_t start, end;		/* range to flush */
	bool tables;			/* a table was unlinked */
	unsigned nr;
	struct gather_batch *batch;	/* current page of pointers */
	struct page *small[14];		/* used until it overflows, and when memory is out */
};
void gather_init(struct mmu_gather *g, struct mm *mm);
/*
 * Remember a page whose entry in [addr, addr + PAGE_SIZE) was cleared. True: full, call
 * gather_flush() with no spin lock held.
 */
bool gather_page(struct mmu_gather *g, struct page *page, vaddr_t addr);
/* No room for another page: what the last gather_page() answered. */
static inline bool gather_full(const struct mmu_gather *g)
{
	return g->nr == (g->batch ? GATHER_MAX : ARRAY_SIZE(g->small));
}
/* Flush all CPUs, then put the pages. Interrupts on, no spin lock. */
void gather_flush(struct mmu_gather *g);
/* Put the pages; the caller flushed (g->mm may be NULL). */
void gather_put(struct mmu_gather *g);

/*
 * Clear the entries of [start, end) in tables mm owns (owning them first where partial); pages go
 * to g. mm lock for writing, or reading for DONTNEED. 0 or -ENOMEM.
 */
int __must_check pt_unmap_range(struct mmu_gather *g, vaddr_t start, vaddr_t end);
/* Unlink and free tables that lie wholly inside [floor, ceiling) and hold [start, end). mm lock for writing. */
void pt_free_range(struct mmu_gather *g, vaddr_t start, vaddr_t end, vaddr_t floor, vaddr_t ceiling);
/* Entries of [start, end) get the rights of VM_* flags, write excepted; flushed. mm lock for writing. 0 or -ENOMEM. */
int __must_check pt_protect_range(struct mm *mm, vaddr_t start, vaddr_t end, uint32_t flags);
/* Leave a leaf table that no entry of mm points to any more; the last sharer frees it with its pages. */
void pt_table_release(struct mm *mm, struct page *table);
/* pagecache.c: an entry that was written through goes; its page is dirty. */
void page_dirty_from_pte(struct page *page);
/* Everything: last user is gone. */
void pt_destroy(struct mm *mm);
/* fork: child sees the parent's leaf tables of [start, end) shared, copy-on-write. Both locked. 0 or -ENOMEM. */
int __must_check pt_share_range(struct mm *child, struct mm *parent, vaddr_t start, vaddr_t end);

/* fault.c: an area that was PROT_NONE when this entry was set allows access again. Asks for a retry. */
int pt_fix_protnone(const struct vma *vma, pte_t *pte, struct page *table, pte_t seen);
