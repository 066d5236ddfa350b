/* SPDX-License-Identifier: MIT */
/* pgtable: see pgtable.h for the rules of shared leaf tables. */
#include "mm/pgtable.h"

#include "abi/errno.h"
#include "core/assert.h"
#include "lib/align.h"
#include "lib/bits.h"
#include "mm/huge.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "sync/rcu.h"

#define TABLE_SPAN(level)	(1UL << (PAGE_SHIFT + 9 * (level)))	/* bytes one entry of `level` covers */

struct gather_batch {
	struct gather_batch *next;
	struct page *page[GATHER_MAX];
};

static inline pte_t *table_at(pte_t entry)
{
	return arch_phys_to_virt(arch_pte_paddr(entry));
}

static unsigned pt_slot_index(const pte_t *slot)
{
	return (uintptr_t)slot % PAGE_SIZE / sizeof(*slot);
}

struct page *pt_table_alloc(struct mm *mm)
{
	struct page *page = alloc_page(GFP_KERNEL | GFP_ZERO);

	if (!page)
		return NULL;
	spin_lock_init(&page->ptl, "pagetable");
	page->share = 1;
	page->rows = 0;
	page_set(page, PG_TABLE);
	__atomic_fetch_add(&mm->pgtable_pages, 1, __ATOMIC_RELAXED);
	return page;
}

void pt_table_free(struct mm *mm, struct page *page)
{
	__atomic_fetch_sub(&mm->pgtable_pages, 1, __ATOMIC_RELAXED);
	page_clear(page, PG_TABLE);
	put_page(page);
}

pte_t *pt_pmd(struct mm *mm, vaddr_t addr)
{
	pte_t *table = arch_phys_to_virt(mm->arch.root), entry;

	for (unsigned level = ARCH_PT_ROOT_LEVEL; level > 1; level--) {
		entry = arch_pte_load(&table[arch_pt_index(addr, level)]);
		if (arch_pte_none(entry))
			return NULL;
		table = table_at(entry);
	}
	return &table[arch_pt_index(addr, 1)];
}

/* Make *slot point to a fresh table unless somebody else does first. Returns the entry, or none: no memory. */
static pte_t table_install(struct mm *mm, pte_t *slot)
{
	struct page *page = pt_table_alloc(mm);
	pte_t none = 0, entry;

	if (!page)
		return none;
	entry = arch_pte_table(page_to_phys(page));
	pt_note(virt_to_page(slot), pt_slot_index(slot));
	if (arch_pte_cmpxchg(slot, &none, entry))
		return entry;
	pt_table_free(mm, page);
	return none;			/* now what the winner stored */
}

pte_t *pt_pmd_alloc(struct mm *mm, vaddr_t addr)
{
	pte_t *table = arch_phys_to_virt(mm->arch.root), *slot, entry;

	for (unsigned level = ARCH_PT_ROOT_LEVEL; level > 1; level--) {
		slot = &table[arch_pt_index(addr, level)];
		entry = arch_pte_load(slot);
		if (unlikely(arch_pte_none(entry))) {
			entry = table_install(mm, slot);
			if (arch_pte_none(entry))
				return NULL;
		}
		table = table_at(entry);
	}
	pt_note(virt_to_page(table), arch_pt_index(addr, 1));
	return &table[arch_pt_index(addr, 1)];
}

pte_t *pt_peek(struct mm *mm, vaddr_t addr, struct page **table)
{
	pte_t *pmd = pt_pmd(mm, addr), entry;

	if (!pmd)
		return NULL;
	entry = arch_pte_load(pmd);
	if (arch_pte_none(entry) || pt_is_huge(entry))
		return NULL;
	*table = phys_to_page(arch_pte_paddr(entry));
	return table_at(entry) + arch_pt_index(addr, 0);
}

pte_t *pt_lock_entry(struct mm *mm, vaddr_t addr, struct page **table)
{
	pte_t *pmd = pt_pmd(mm, addr), entry;

	while (pmd) {
		rcu_read_lock();
		entry = arch_pte_load(pmd);
		if (arch_pte_none(entry) || pt_is_huge(entry)) {
			rcu_read_unlock();
			return NULL;
		}
		*table = phys_to_page(arch_pte_paddr(entry));
		spin_lock(&(*table)->ptl);
		rcu_read_unlock();
		if (likely(arch_pte_paddr(arch_pte_load(pmd)) == arch_pte_paddr(entry)))
			return table_at(entry) + arch_pt_index(addr, 0);
		spin_unlock(&(*table)->ptl);	/* unshared or unmapped while we waited */
	}
	return NULL;
}

/* The first entry of a table from `i` on that is not none; ARCH_PT_ENTRIES: there is none. */
static unsigned next_entry(const struct page *table, unsigned i)
{
	const pte_t *entry = page_address(table);
	uint32_t rows = __atomic_load_n(&table->rows, __ATOMIC_RELAXED);

	while (i < ARCH_PT_ENTRIES) {
		uint32_t left = rows >> i / PT_ROW;

		if (!left)
			return ARCH_PT_ENTRIES;
		if (left & 1) {
			if (!arch_pte_none(arch_pte_load(&entry[i])))
				return i;
			i++;
		} else {
			i = (i / PT_ROW + __ffs(left)) * PT_ROW;
		}
	}
	return i;
}

#define for_each_entry(i, table)	\
	for ((i) = next_entry(table, 0); (i) < ARCH_PT_ENTRIES; (i) = next_entry(table, (i) + 1))

/* Copy a shared table's entries; both get write-protected private pages. Shared table's ptl held. */
static void copy_entries(struct page *fresh, struct page *old)
{
	pte_t *to = page_address(fresh), *from = page_address(old);
	unsigned i;

	fresh->rows = __atomic_load_n(&old->rows, __ATOMIC_RELAXED);
	for_each_entry(i, old) {
		pte_t pte = arch_pte_load(&from[i]);

		if (arch_pte_writable(pte)) {
			pte = arch_pte_wrprotect(pte);
			arch_pte_store(&from[i], pte);
		}
		if (!arch_pte_special(pte) && (arch_pte_present(pte) || arch_pte_is_protnone(pte))) {
			struct page *page = page_head(phys_to_page(arch_pte_paddr(pte)));

			get_page(page);
			__atomic_fetch_add(&page->mapcount, 1, __ATOMIC_RELAXED);
		}
		arch_pte_store(&to[i], pte);
	}
}

/*
 * The others left the table *pmd shows: lift the protection. True: *pmd is not `entry` any more, look again.
 * rcu_read_lock() held, as another thread of this mm may have let go of the table.
 */
static bool try_take_back(pte_t *pmd, pte_t entry)
{
	struct page *table = phys_to_page(arch_pte_paddr(entry));
	bool changed;

	spin_lock(&table->ptl);
	changed = arch_pte_load(pmd) != entry;
	if (!changed && __atomic_load_n(&table->share, __ATOMIC_ACQUIRE) == 1) {
		arch_pte_store(pmd, arch_pte_mkwrite(entry));
		changed = true;
	}
	spin_unlock(&table->ptl);
	return changed;
}

/* Put a copy of the shared table in *pmd, if that still is `entry`. True: done. */
static bool replace_table(pte_t *pmd, pte_t entry, struct page *fresh)
{
	struct page *old = phys_to_page(arch_pte_paddr(entry));
	bool same;

	rcu_read_lock();
	same = arch_pte_load(pmd) == entry;	/* else `old` may not be a table any more */
	if (same) {
		spin_lock(&old->ptl);
		same = arch_pte_load(pmd) == entry;
		if (same) {
			copy_entries(fresh, old);
			arch_pte_store(pmd, arch_pte_table(page_to_phys(fresh)));
		}
		spin_unlock(&old->ptl);
	}
	rcu_read_unlock();
	return same;
}

/*
 * Stop sharing the table *pmd points to. The copy shows the same pages, and nobody may write through either, so what
 * CPUs hold of its entries stays right. What they hold of *pmd does not: the old table is let go only when they have
 * dropped it, which they do with the translation of any page behind it. Threads of one mm may come here at once: who
 * finds *pmd changed, starts again.
 */
static int unshare(struct mm *mm, pte_t *pmd, vaddr_t addr)
{
	vaddr_t start = addr & PAGE_MASK;
	struct page *fresh;
	pte_t entry;
	bool done;

	rcu_read_lock();
	entry = arch_pte_load(pmd);
	done = arch_pte_none(entry) || pt_is_huge(entry) || arch_pte_writable(entry) || try_take_back(pmd, entry);
	rcu_read_unlock();
	if (done)
		return 0;
	fresh = pt_table_alloc(mm);
	if (!fresh)
		return -ENOMEM;
	if (!replace_table(pmd, entry, fresh)) {
		pt_table_free(mm, fresh);
		return 0;
	}
	arch_tlb_flush(&mm->arch, start, start + PAGE_SIZE, /*tables=*/true);
	pt_table_release(mm, phys_to_page(arch_pte_paddr(entry)));
	return 0;
}

int pt_own(struct mm *mm, vaddr_t addr, pte_t **pte, struct page **table)
{
	pte_t *pmd = pt_pmd_alloc(mm, addr), entry;
	int err;

	if (!pmd)
		return -ENOMEM;
	for (;;) {
		entry = arch_pte_load(pmd);
		if (unlikely(arch_pte_none(entry))) {
			entry = table_install(mm, pmd);
			if (arch_pte_none(entry))
				return -ENOMEM;
		}
		if (unlikely(pt_is_huge(entry)))
			err = huge_split(mm, pmd, addr);
		else if (likely(arch_pte_writable(entry)))
			break;
		else
			err = unshare(mm, pmd, addr);
		if (err)
			return err;
	}
	*table = phys_to_page(arch_pte_paddr(entry));
	*pte = table_at(entry) + arch_pt_index(addr, 0);
	pt_note(*table, arch_pt_index(addr, 0));
	return 0;
}

void gather_init(struct mmu_gather *g, struct mm *mm)
{
	g->mm = mm;
	g->start = UINT64_MAX;
	g->end = 0;
	g->tables = false;
	g->nr = 0;
	g->batch = NULL;
}

static void gather_note(struct mmu_gather *g, vaddr_t start, vaddr_t end)
{
	g->start = min(g->start, start);
	g->end = max(g->end, end);
}

bool gather_page(struct mmu_gather *g, struct page *page, vaddr_t addr)
{
	struct gather_batch *b;

	gather_note(g, addr, addr + PAGE_SIZE);
	if (!page)
		return false;
	if (g->batch) {
		g->batch->page[g->nr++] = page;
		return g->nr == GATHER_MAX;
	}
	g->small[g->nr++] = page;
	if (g->nr < ARRAY_SIZE(g->small))
		return false;
	b = kmalloc(sizeof(*b), GFP_ATOMIC);
	if (!b)
		return true;
	for (unsigned i = 0; i < g->nr; i++)
		b->page[i] = g->small[i];
	b->next = NULL;
	g->batch = b;
	return false;
}

void gather_flush(struct mmu_gather *g)
{
	if (g->end > g->start || g->tables)
		arch_tlb_flush(&g->mm->arch, g->start, g->end, g->tables);
	gather_put(g);
}

void gather_put(struct mmu_gather *g)
{
	struct page **pages = g->batch ? g->batch->page : g->small;

	for (unsigned i = 0; i < g->nr; i++)
		put_page(pages[i]);
	kfree(g->batch);
	gather_init(g, g->mm);
}

static enum mm_counter page_counter(const struct page *page)
{
	if (page_test(page, PG_ANON))
		return MM_ANON;
	return page_test(page, PG_SHMEM) ? MM_SHMEM : MM_FILE;
}

/* An entry goes: its page, if it counts references, with the mapping's share of dirt. */
static struct page *entry_drop(struct mm *mm, pte_t pte)
{
	struct page *page;

	if (arch_pte_none(pte) || arch_pte_special(pte) ||
	    !(arch_pte_present(pte) || arch_pte_is_protnone(pte)))
		return NULL;
	page = page_head(phys_to_page(arch_pte_paddr(pte)));
	if (arch_pte_dirty(pte) && !page_test(page, PG_ANON))
		page_dirty_from_pte(page);
	__atomic_fetch_sub(&page->mapcount, 1, __ATOMIC_RELEASE);
	if (mm)
		mm_count(mm, page_counter(page), -1);
	return page;
}

/* Clear [start, end) within one owned table. Returns where it stopped. */
static vaddr_t unmap_in_table(struct mmu_gather *g, struct page *table, vaddr_t start, vaddr_t end)
{
	pte_t *pte = (pte_t *)page_address(table) + arch_pt_index(start, 0), old;
	bool full = false;

	spin_lock(&table->ptl);
	for (; start < end && !full; start += PAGE_SIZE, pte++) {
		old = arch_pte_load(pte);
		if (arch_pte_none(old))
			continue;
		old = arch_pte_xchg(pte, 0);
		full = gather_page(g, entry_drop(g->mm, old), start);
	}
	spin_unlock(&table->ptl);
	if (full)
		gather_flush(g);
	return start;
}

/* What of the table's pages counts in mm, for leaving a shared table. Its ptl held. */
static void uncount_table(struct mm *mm, struct page *table)
{
	pte_t *pte = page_address(table);
	unsigned i;

	for_each_entry(i, table) {
		pte_t e = arch_pte_load(&pte[i]);

		if (!arch_pte_special(e) && (arch_pte_present(e) || arch_pte_is_protnone(e)))
			mm_count(mm, page_counter(page_head(phys_to_page(arch_pte_paddr(e)))), -1);
	}
}

static void table_free_rcu(struct rcu_head *head)
{
	struct page *table = container_of(head, struct page, rcu);

	page_clear(table, PG_TABLE | PG_FORKED);
	put_page(table);
}

/* The last sharer frees a table and the pages in it. After the flush; ptl not held. */
void pt_table_release(struct mm *mm, struct page *table)
{
	pte_t *pte = page_address(table);
	struct page *page;
	unsigned i;

	if (__atomic_sub_fetch(&table->share, 1, __ATOMIC_ACQ_REL)) {
		__atomic_fetch_sub(&mm->pgtable_pages, 1, __ATOMIC_RELAXED);
		return;
	}
	spin_lock(&table->ptl);		/* rmap that found the table before it was unlinked is through */
	for_each_entry(i, table) {
		page = entry_drop(NULL, arch_pte_load(&pte[i]));
		if (page)
			put_page(page);
	}
	spin_unlock(&table->ptl);
	if (!page_test(table, PG_FORKED)) {
		pt_table_free(mm, table);
		return;
	}
	/* A sharer that left, or rmap of its areas, may be about to look at it: see pt_lock_entry(). */
	__atomic_fetch_sub(&mm->pgtable_pages, 1, __ATOMIC_RELAXED);
	call_rcu(&table->rcu, table_free_rcu);
}

/* A shared table wholly inside the range: leave it instead of copying it. True: done. */
static bool leave_shared(struct mmu_gather *g, pte_t *pmd, vaddr_t start)
{
	struct page *table = NULL;
	pte_t entry;

	rcu_read_lock();
	entry = arch_pte_load(pmd);
	if (!arch_pte_none(entry) && !pt_is_huge(entry) && !arch_pte_writable(entry)) {
		table = phys_to_page(arch_pte_paddr(entry));
		spin_lock(&table->ptl);
		if (arch_pte_load(pmd) == entry) {
			uncount_table(g->mm, table);
			arch_pte_store(pmd, 0);
		} else {
			entry = 0;
		}
		spin_unlock(&table->ptl);
	}
	rcu_read_unlock();
	if (!table || arch_pte_none(entry))
		return false;
	arch_tlb_flush(&g->mm->arch, start, start + TABLE_SPAN(1), /*tables=*/true);
	pt_table_release(g->mm, table);
	return true;
}

/* A huge entry wholly inside the range goes as one. True: done. */
static bool unmap_huge(struct mmu_gather *g, pte_t *pmd, vaddr_t start)
{
	struct page *head = pt_is_huge(arch_pte_load(pmd)) ? huge_clear(g->mm, pmd) : NULL;

	if (!head)
		return false;
	gather_note(g, start, start + HUGE_SIZE);
	if (gather_page(g, head, start))
		gather_flush(g);
	return true;
}

int pt_unmap_range(struct mmu_gather *g, vaddr_t start, vaddr_t end)
{
	struct page *table;
	pte_t *pmd, *pte;
	vaddr_t next;
	int err;

	for (; start < end; start = next) {
		next = min(end, ALIGN_DOWN(start, TABLE_SPAN(1)) + TABLE_SPAN(1));
		pmd = pt_pmd(g->mm, start);
		if (!pmd) {
			next = min(end, ALIGN_DOWN(start, TABLE_SPAN(2)) + TABLE_SPAN(2));
			continue;
		}
		if (arch_pte_none(arch_pte_load(pmd)))
			continue;
		if (next - start == TABLE_SPAN(1) && (unmap_huge(g, pmd, start) || leave_shared(g, pmd, start)))
			continue;
		err = pt_own(g->mm, start, &pte, &table);
		if (err)
			return err;
		while (start < next)
			start = unmap_in_table(g, table, start, next);
		cond_resched();
	}
	return 0;
}

static bool table_empty(const struct page *table)
{
	return next_entry(table, 0) == ARCH_PT_ENTRIES;
}

/*
 * Free tables below `table` (of `level`) whose whole span lies in [floor, ceiling) and that cover
 * part of [start, end).
 */
static void free_level(struct mmu_gather *g, pte_t *table, unsigned level, vaddr_t base, const vaddr_t range[4])
{
	vaddr_t span = TABLE_SPAN(level);
	unsigned first = range[0] > base ? (unsigned)((range[0] - base) >> (PAGE_SHIFT + 9 * level)) : 0;

	for (unsigned i = first; i < ARCH_PT_ENTRIES; i++) {
		vaddr_t at = base + i * span;
		pte_t entry = arch_pte_load(&table[i]);
		struct page *page;

		if (at >= range[1] || at >= ARCH_USER_MAX)
			break;
		if (arch_pte_none(entry) || arch_pte_is_leaf(entry, level))
			continue;
		page = phys_to_page(arch_pte_paddr(entry));
		if (level > 1)
			free_level(g, table_at(entry), level - 1, at, range);
		if (at < range[2] || at + span > range[3] || !arch_pte_writable(entry))
			continue;
		if (level > 1 && !table_empty(page))
			continue;
		arch_pte_store(&table[i], 0);
		g->tables = true;
		gather_note(g, at, at + span);
		__atomic_fetch_sub(&g->mm->pgtable_pages, 1, __ATOMIC_RELAXED);
		page_clear(page, PG_TABLE);
		if (gather_page(g, page, at))
			gather_flush(g);
	}
}

void pt_free_range(struct mmu_gather *g, vaddr_t start, vaddr_t end, vaddr_t floor, vaddr_t ceiling)
{
	const vaddr_t range[4] = { start, end, floor, ceiling };

	free_level(g, arch_phys_to_virt(g->mm->arch.root), ARCH_PT_ROOT_LEVEL, 0, range);
}

/* What the entries of a level-1 table point to. */
static void destroy_leaves(struct mm *mm, struct page *table)
{
	const pte_t *slot = page_address(table);
	long huge = 0;
	unsigned i, n;

	for_each_entry(i, table) {
		pte_t entry = arch_pte_load(&slot[i]);

		if (pt_is_huge(entry)) {
			n = huge_forget(slot + i, ARCH_PT_ENTRIES - i);
			huge += n;
			i += n - 1;
			continue;
		}
		pt_table_release(mm, phys_to_page(arch_pte_paddr(entry)));
		cond_resched();
	}
	huge_count(-huge);
}

static void destroy_level(struct mm *mm, struct page *table, unsigned level, vaddr_t base)
{
	const pte_t *slot = page_address(table);
	unsigned i;

	if (level == 1) {
		destroy_leaves(mm, table);
		return;
	}
	for_each_entry(i, table) {
		pte_t entry = arch_pte_load(&slot[i]);

		if (base + i * TABLE_SPAN(level) >= ARCH_USER_MAX)
			break;
		destroy_level(mm, phys_to_page(arch_pte_paddr(entry)), level - 1, base + i * TABLE_SPAN(level));
		pt_table_free(mm, phys_to_page(arch_pte_paddr(entry)));
	}
}

void pt_destroy(struct mm *mm)
{
	destroy_level(mm, phys_to_page(mm->arch.root), ARCH_PT_ROOT_LEVEL, 0);
}

/* The child gets the parent's leaf table, which both may only read. */
static void share_table(pte_t *to, pte_t *from)
{
	pte_t entry = arch_pte_wrprotect(arch_pte_load(from));
	struct page *table = phys_to_page(arch_pte_paddr(entry));

	page_set(table, PG_FORKED);
	__atomic_fetch_add(&table->share, 1, __ATOMIC_ACQ_REL);
	arch_pte_store(from, entry);
	arch_pte_store(to, entry);
}

/* The entries for [start, end), all in one level-1 table of the parent that begins with *from. 0 or -ENOMEM. */
static int share_row(struct mm *child, pte_t *from, vaddr_t start, vaddr_t end)
{
	long huge = 0, tables = 0;
	pte_t *table = NULL, *to, entry;
	unsigned n;

	for (; start < end; start += n * TABLE_SPAN(1), from += n) {
		n = 1;
		entry = arch_pte_load(from);
		if (arch_pte_none(entry))
			continue;
		if (!table) {
			table = pt_pmd_alloc(child, start);
			if (!table)
				break;
			table -= arch_pt_index(start, 1);
		}
		to = table + arch_pt_index(start, 1);
		pt_note(virt_to_page(table), arch_pt_index(start, 1));
		if (!arch_pte_none(arch_pte_load(to)))
			continue;	/* two areas share this entry: done with the first */
		if (pt_is_huge(entry)) {
			n = (unsigned)DIV_ROUND_UP(end - start, TABLE_SPAN(1));
			for (unsigned row = PT_ROW; row < n + PT_ROW - 1; row += PT_ROW)
				pt_note(virt_to_page(table), min(pt_slot_index(to) + row, ARCH_PT_ENTRIES - 1u));
			n = huge_share(to, from, n);
			huge += n;
		} else {
			share_table(to, from);
			tables++;
		}
	}
	huge_count(huge);
	__atomic_fetch_add(&child->pgtable_pages, (uint64_t)tables, __ATOMIC_RELAXED);
	return start < end ? -ENOMEM : 0;
}

int pt_share_range(struct mm *child, struct mm *parent, vaddr_t start, vaddr_t end)
{
	vaddr_t next;
	pte_t *from;
	int err = 0;

	for (start = ALIGN_DOWN(start, TABLE_SPAN(1)); start < end && !err; start = next) {
		next = ALIGN_DOWN(start, TABLE_SPAN(2)) + TABLE_SPAN(2);
		from = pt_pmd(parent, start);
		if (from)
			err = share_row(child, from, start, min(next, end));
	}
	return err;
}
