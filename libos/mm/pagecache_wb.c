/* SPDX-License-Identifier: MIT */
/*
 * pagecache_wb: dirty pages, their way to the disk, and pages that leave the cache.
 *
 * A page is dirty when a write or a shared mapping changed it. Write-back cleans it first (mappings lose write access,
 * so that the next store is seen), then writes: a store after that makes it dirty again and it is written once more.
 */
#include "abi/errno.h"
#include "lib/align.h"
#include "lib/errseq.h"
#include "lib/string.h"
#include "mm/huge.h"
#include "mm/page_alloc.h"
#include "mm/pagecache_internal.h"
#include "mm/pgtable.h"
#include "mm/vma.h"
#include "mm/writeback.h"
#include "sched/sched.h"

static void set_mark(struct address_space *as, struct page *page, enum xa_mark mark, bool on)
{
	unsigned long flags = spin_lock_irqsave(&as->tree_lock);

	if (on)
		xa_set_mark(&as->pages, page->index, mark);
	else
		xa_clear_mark(&as->pages, page->index, mark);
	spin_unlock_irqrestore(&as->tree_lock, flags);
}

/*
 * Who returns from here has its inode on the volume's list of dirty ones: sync(2) finds it. The first page's thread
 * enters it; while it is at that (as->entering), everybody does.
 */
bool page_mark_dirty(struct page *page)
{
	struct address_space *as = READ_ONCE(page->mapping);
	unsigned long flags;
	bool was, first = false;

	if (page_test(page, PG_CHECKED))
		page_clear(page, PG_CHECKED);
	if (page_test(page, PG_DIRTY)) {
		if (as && unlikely(__atomic_load_n(&as->entering, __ATOMIC_ACQUIRE)))
			writeback_dirtied(as->host);
		return false;
	}
	if (!as || as->shmem)
		return !page_test_and_set(page, PG_DIRTY);
	/* Flag and mark change together, as they do in page_start_writeback(): invariant (4). */
	flags = spin_lock_irqsave(&as->tree_lock);
	was = page->mapping != as || page_test(page, PG_DIRTY);
	if (!was) {
		first = !xa_marked(&as->pages, PAGECACHE_DIRTY) || as->entering;
		if (first)
			__atomic_fetch_add(&as->entering, 1, __ATOMIC_RELAXED);
		page_set(page, PG_DIRTY);
		xa_set_mark(&as->pages, page->index, PAGECACHE_DIRTY);
		__atomic_fetch_add(&pagecache_counters.unclean, UNCLEAN_DIRTY, __ATOMIC_RELAXED);
	}
	spin_unlock_irqrestore(&as->tree_lock, flags);
	if (!was)
		current_thread()->io.write_bytes += PAGE_SIZE;
	if (first) {
		writeback_dirtied(as->host);
		__atomic_fetch_sub(&as->entering, 1, __ATOMIC_RELEASE);
	}
	return !was;
}

void page_dirty_from_pte(struct page *page)
{
	if (page->mapping)
		page_mark_dirty(page);
}

/* Make mappings of one page read-only and clean. Page locked. True: somebody could store through one. */
static bool clean_mappings(struct address_space *as, struct page *page)
{
	struct interval_tree_node *node;
	bool writable = false;

	if (!__atomic_load_n(&page->mapcount, __ATOMIC_ACQUIRE))
		return false;
	down_read(&as->i_mmap_lock);
	interval_tree_for_each(node, &as->i_mmap, page->index, page->index) {
		struct vma *vma = container_of(node, struct vma, i_mmap);
		vaddr_t addr = vma->start + ((page->index - vma->pgoff) << PAGE_SHIFT);
		struct page *table;
		pte_t *pte, e;

		if (!(vma->flags & VM_SHARED))
			continue;
		pte = pt_lock_entry(vma->mm, addr, &table);
		if (!pte)
			continue;
		e = arch_pte_load(pte);
		if (arch_pte_present(e) && arch_pte_paddr(e) == page_to_phys(page)) {
			writable |= arch_pte_writable(e);
			arch_pte_store(pte, arch_pte_mkclean(arch_pte_wrprotect(e)));
		}
		spin_unlock(&table->ptl);
		arch_tlb_flush(&vma->mm->arch, addr, addr + PAGE_SIZE, /*tables=*/false);
	}
	up_read(&as->i_mmap_lock);
	return writable;
}

bool page_protect(struct page *page)
{
	bool writable = clean_mappings(page->mapping, page);

	if (writable)
		page_mark_dirty(page);
	return writable;
}

bool page_start_writeback(struct page *page, bool stays_dirty)
{
	struct address_space *as = page->mapping;
	unsigned long flags;
	bool dirty;

	clean_mappings(as, page);
	flags = spin_lock_irqsave(&as->tree_lock);
	dirty = page_test(page, PG_DIRTY);
	if (dirty) {
		get_page(page);
		page_set(page, PG_WRITEBACK);
		xa_set_mark(&as->pages, page->index, PAGECACHE_WRITEBACK);
		__atomic_fetch_add(&pagecache_counters.unclean, UNCLEAN_WRITEBACK, __ATOMIC_RELAXED);
	}
	if (dirty && !stays_dirty) {
		page_clear(page, PG_DIRTY);
		xa_clear_mark(&as->pages, page->index, PAGECACHE_DIRTY);
		__atomic_fetch_sub(&pagecache_counters.unclean, UNCLEAN_DIRTY, __ATOMIC_RELAXED);
	}
	spin_unlock_irqrestore(&as->tree_lock, flags);
	return dirty;
}

void page_writeback_done(struct page *page, int err)
{
	struct address_space *as = page->mapping;

	if (err)
		pagecache_set_error(as, err);
	set_mark(as, page, PAGECACHE_WRITEBACK, false);
	page_clear(page, PG_WRITEBACK);
	__atomic_fetch_sub(&pagecache_counters.unclean, UNCLEAN_WRITEBACK, __ATOMIC_RELAXED);
	pagecache_wake_writeback(page);
	put_page(page);
	writeback_page_done();
}

static enum mm_counter counter_of(const struct page *page)
{
	if (page_test(page, PG_ANON))
		return MM_ANON;
	return page_test(page, PG_SHMEM) ? MM_SHMEM : MM_FILE;
}

/*
 * A table that fork shared shows its pages in each sharer at one address, and they count in each: does the area, of
 * another address space than vma, show them too? The table's ptl and i_mmap_lock held; who leaves the table uncounts
 * what is in it under the ptl.
 */
static bool shares_table(const struct vma *other, const struct vma *vma, const struct page *table, vaddr_t addr)
{
	pte_t *pmd, entry;

	if (other == vma || addr < other->start || addr >= other->end)
		return false;
	pmd = pt_pmd(other->mm, addr);
	entry = pmd ? arch_pte_load(pmd) : 0;
	return !arch_pte_none(entry) && !pt_is_huge(entry) && arch_pte_paddr(entry) == page_to_phys(table);
}

/* Take gone[] from the counters of the others that show the table; NULL: as far as all of them show it at once. */
static vaddr_t uncount_sharers(struct vma *vma, struct page *table, vaddr_t addr, vaddr_t end, const int64_t *gone)
{
	uint64_t index = vma->pgoff + ((addr - vma->start) >> PAGE_SHIFT);
	struct interval_tree_node *node;

	if (__atomic_load_n(&table->share, __ATOMIC_ACQUIRE) == 1)
		return end;
	interval_tree_for_each(node, &vma->mapping->i_mmap, index, index) {
		struct vma *other = container_of(node, struct vma, i_mmap);

		if (!shares_table(other, vma, table, addr))
			continue;
		end = min(end, other->end);
		for (int i = 0; gone && i < MM_COUNTERS; i++)
			mm_count(other->mm, i, -gone[i]);
	}
	return end;
}

/*
 * Clear the entries of vma for [addr, end), in one leaf table, that map pages of the file, and with copies those that
 * map copies of them; the pages go to g. Returns where it stopped.
 */
static vaddr_t unmap_some(struct mmu_gather *g, struct vma *vma, vaddr_t addr, vaddr_t end, bool copies) __no_lock_check
{
	struct page *table, *page;
	pte_t *pte = pt_lock_entry(vma->mm, addr, &table), e;
	int64_t gone[MM_COUNTERS] = { 0 };
	vaddr_t start = addr;
	bool full = false;

	if (!pte)
		return end;
	end = uncount_sharers(vma, table, start, end, NULL);
	for (; addr < end && !full; addr += PAGE_SIZE, pte++) {
		e = arch_pte_load(pte);
		if (!(arch_pte_present(e) || arch_pte_is_protnone(e)) || arch_pte_special(e)) {
			if (copies && arch_pte_is_soft(e))
				arch_pte_store(pte, 0);	/* a copy on its way: its maker sees it and drops that */
			continue;
		}
		page = phys_to_page(arch_pte_paddr(e));
		if (page_test(page, PG_ANON) && !copies)
			continue;
		e = arch_pte_xchg(pte, 0);
		if (arch_pte_dirty(e) && !page_test(page, PG_ANON))
			page_dirty_from_pte(page);
		__atomic_fetch_sub(&page->mapcount, 1, __ATOMIC_RELEASE);
		gone[counter_of(page)]++;
		full = gather_page(g, page, addr);
	}
	for (int i = 0; i < MM_COUNTERS; i++)
		mm_count(vma->mm, i, -gone[i]);
	ignore_result(uncount_sharers(vma, table, start, end, gone));
	spin_unlock(&table->ptl);
	return addr;
}

/* The same for pages [from, to] of the file, as far as vma shows them. True: g is full. */
static bool unmap_in_vma(struct mmu_gather *g, struct vma *vma, uint64_t from, uint64_t to, bool copies)
{
	vaddr_t at, end, next;

	from = max(from, vma->pgoff);
	to = min(to, vma->pgoff + vma_pages(vma) - 1);
	at = vma->start + ((from - vma->pgoff) << PAGE_SHIFT);
	end = vma->start + ((to - vma->pgoff + 1) << PAGE_SHIFT);
	while (at < end) {
		next = min(end, ALIGN_DOWN(at, HUGE_SIZE) + HUGE_SIZE);
		at = unmap_some(g, vma, at, next, copies);
		if (gather_full(g))
			return true;
	}
	return false;
}

/*
 * A page cleared from a table that several address spaces share is gone from all of them; each has an area
 * here, and each is flushed. Pages are put only when all were.
 */
void unmap_mapping_pages(struct address_space *as, uint64_t index, uint64_t nr, bool copies)
{
	uint64_t last = nr > UINT64_MAX - index ? UINT64_MAX : index + nr - 1;
	struct interval_tree_node *node;
	struct mmu_gather g;
	bool more;

	down_read(&as->i_mmap_lock);
	do {
		more = false;
		gather_init(&g, NULL);
		interval_tree_for_each(node, &as->i_mmap, index, last) {
			more = unmap_in_vma(&g, container_of(node, struct vma, i_mmap), index, last, copies);
			if (more)
				break;
		}
		interval_tree_for_each(node, &as->i_mmap, index, last) {
			struct vma *vma = container_of(node, struct vma, i_mmap);

			arch_tlb_flush(&vma->mm->arch, vma->start, vma->end, /*tables=*/false);
		}
		gather_put(&g);
	} while (more);
	up_read(&as->i_mmap_lock);
}

/* Drop one page that lies wholly in a range that goes. */
static void drop_page(struct address_space *as, struct page *page)
{
	uint64_t index;

	lock_page(page);
	if (page->mapping == as) {
		wait_on_page_writeback(page);
		if (__atomic_load_n(&page->mapcount, __ATOMIC_ACQUIRE))
			unmap_mapping_pages(as, page->index, 1, /*copies=*/false);
		index = page->index;
		pagecache_remove_page(as, page);
		/* A fault may have mapped it before it saw mapping == NULL: see mm/fault.c. */
		if (__atomic_load_n(&page->mapcount, __ATOMIC_ACQUIRE))
			unmap_mapping_pages(as, index, 1, /*copies=*/false);
	}
	unlock_page(page);
	put_page(page);
}

static void zero_part(struct address_space *as, uint64_t index, unsigned from, unsigned to)
{
	struct page *page = pagecache_find(as, index);

	if (!page)
		return;
	lock_page(page);
	if (page->mapping == as && page_test(page, PG_UPTODATE)) {
		wait_on_page_writeback(page);
		if (!as->shmem)
			clean_mappings(as, page);
		memset((char *)page_address(page) + from, 0, to - from);
		page_mark_dirty(page);
	}
	unlock_page(page);
	put_page(page);
}

static void drop_range(struct address_space *as, uint64_t first, uint64_t last, bool copies)
{
	unsigned long index = first;
	struct page *page;

	if (first > last)
		return;
	unmap_mapping_pages(as, first, last - first + 1, copies);
	for (;;) {
		rcu_read_lock();
		page = xa_find(&as->pages, &index, last, XA_PRESENT);
		if (page && !try_get_page(page)) {
			rcu_read_unlock();
			continue;
		}
		rcu_read_unlock();
		if (!page)
			break;
		drop_page(as, page);
		index++;
		cond_resched();
	}
	/* Copies that faults made before they could see that the pages go: see mm/fault.c. */
	if (copies && as->i_mmap.rb_root.rb_node)
		unmap_mapping_pages(as, first, last - first + 1, copies);
}

void pagecache_punch(struct address_space *as, loff_t start, loff_t end)
{
	uint64_t first = DIV_ROUND_UP((uint64_t)start, PAGE_SIZE), after = (uint64_t)end >> PAGE_SHIFT;
	unsigned head = start & ~PAGE_MASK, tail = end & ~PAGE_MASK;

	if (start >= end)
		return;
	if (first > after) {			/* inside one page */
		zero_part(as, after, head, tail);
		return;
	}
	if (head)
		zero_part(as, first - 1, head, PAGE_SIZE);
	if (tail)
		zero_part(as, after, 0, tail);
	if (after > first)
		drop_range(as, first, after - 1, /*copies=*/false);
}

void pagecache_truncate(struct address_space *as, loff_t start)
{
	uint64_t first = DIV_ROUND_UP((uint64_t)start, PAGE_SIZE);

	if (start & ~PAGE_MASK)
		zero_part(as, first - 1, start & ~PAGE_MASK, PAGE_SIZE);
	if (as->nr_pages || as->i_mmap.rb_root.rb_node)
		drop_range(as, first, ULONG_MAX, /*copies=*/true);
}

uint64_t pagecache_drop_clean(struct address_space *as, uint64_t first, uint64_t last)
{
	unsigned long index = first;
	uint64_t dropped = 0;
	struct page *page;

	if (as->shmem)
		return 0;
	for (;;) {
		rcu_read_lock();
		page = xa_find(&as->pages, &index, last, XA_PRESENT);
		if (page && !try_get_page(page)) {
			rcu_read_unlock();
			continue;
		}
		rcu_read_unlock();
		if (!page)
			return dropped;
		if (trylock_page(page)) {
			if (page->mapping == as)
				dropped += pagecache_try_remove_page(as, page);
			unlock_page(page);
		}
		put_page(page);
		index++;
		cond_resched();
	}
}

void pagecache_wait(struct address_space *as, uint64_t first, uint64_t last)
{
	unsigned long index = first;
	struct page *page;

	for (;;) {
		rcu_read_lock();
		page = xa_find(&as->pages, &index, last, PAGECACHE_WRITEBACK);
		if (page && !try_get_page(page)) {
			rcu_read_unlock();
			continue;
		}
		rcu_read_unlock();
		if (!page)
			return;
		wait_on_page_writeback(page);
		put_page(page);
		index++;
	}
}

int pagecache_sync(struct address_space *as, loff_t start, loff_t end, bool wait)
{
	uint64_t first = (uint64_t)start >> PAGE_SHIFT, last = end <= start ? first : (uint64_t)(end - 1) >> PAGE_SHIFT;
	int err = 0;

	if (!as->ops->write_pages)
		return 0;
	if (xa_marked(&as->pages, PAGECACHE_DIRTY))
		err = as->ops->write_pages(as, first, last);
	if (wait)
		pagecache_wait(as, first, last);
	return err;
}

void pagecache_set_error(struct address_space *as, int err)
{
	errseq_set(&as->wb_err, err);
	if (as->volume_err)
		errseq_set(as->volume_err, err);
}

void pagecache_stats(struct pagecache_stats *out)
{
	out->cached = __atomic_load_n(&pagecache_counters.cached, __ATOMIC_RELAXED);
	out->shmem = __atomic_load_n(&pagecache_counters.shmem, __ATOMIC_RELAXED);
	pagecache_count_unclean(&out->dirty, &out->writeback);
	out->mapped = 0;
}
