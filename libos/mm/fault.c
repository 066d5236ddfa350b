/* SPDX-License-Identifier: MIT */
/*
 * fault: making a page present, and writable, where an area allows it.
 *
 *   no area, or below a stack          -> grow the stack, or -EFAULT
 *   area forbids the access            -> -EACCES
 *   2 MiB of a large anonymous area    -> a block at once, or what huge.h says of a block that is there
 *   own the leaf table (unshare it after fork)
 *   entry none   anonymous  read       -> zero page
 *                           write      -> new zeroed page
 *                private    read       -> page-cache page, read-only, with its cached neighbours
 *                  file     write      -> copy of the page-cache page
 *                shared     read       -> page-cache page, read-only until the first write
 *                  file     write      -> page_mkwrite, then writable
 *   entry there, write, not writable   -> shared: page_mkwrite; private: the only holder keeps the page, else copy
 *   entry in transit                   -> another thread is replacing it: wait and start again
 *   otherwise                          -> somebody else did it meanwhile, or a stale TLB entry: done
 *
 * Permission always comes from the area, never from the entry. An entry is written only after it was re-read under the
 * table's lock and found as it was. A page is mapped only while page->mapping is still set, read under that lock:
 *
 *	fault                               truncate
 *	find page (reference)               page->mapping = NULL
 *	lock table                          unmap_mapping_pages(): lock table, clear entries
 *	page->mapping set? install
 *	unlock table
 * either the fault sees NULL, or truncate sees the entry.
 */
#include "abi/errno.h"
#include "arch/upcall.h"
#include "core/init.h"
#include "lib/align.h"
#include "mm/huge.h"
#include "mm/mm.h"
#include "mm/mmap.h"
#include "mm/oom.h"
#include "mm/page_alloc.h"
#include "mm/pagecache.h"
#include "mm/pgtable.h"
#include "sched/sched.h"
#include "sync/block.h"

#define FAULT_AROUND	PT_ROW		/* pages mapped at once, aligned */
#define ANON_AROUND	128		/* the same for untouched anonymous memory */
#define FAULT_RETRY	1		/* internal: start the decision again */
#define FAULT_SMALL	2		/* internal: go on with the leaf */

static struct {
	struct page *zero;		/* [I] what untouched anonymous memory reads */
} fault;

static int fault_init(void)
{
	fault.zero = alloc_page(GFP_KERNEL | GFP_ZERO);
	return fault.zero ? 0 : -ENOMEM;
}
INIT_HOOK(INIT_IRQ, fault_init);

/* One fault in progress. */
struct fault_state {
	struct mm *mm;
	struct vma *vma;
	vaddr_t addr;			/* page-aligned */
	unsigned access;		/* enum fault_access */
	pte_t *pte;
	struct page *table;
	pte_t seen;			/* *pte when the decision was taken */
};

static unsigned vma_pte_prot(const struct vma *vma)
{
	return PTE_PROT_USER | PTE_PROT_YOUNG |
	       (vma->flags & VM_PROT ? PTE_PROT_READ : 0) |
	       (vma->flags & VM_EXEC ? PTE_PROT_EXEC : 0);
}

/* Writable from the start: private pages of our own, when the area allows. */
static unsigned owned_prot(const struct vma *vma)
{
	return vma_pte_prot(vma) | (vma->flags & VM_WRITE ? PTE_PROT_WRITE | PTE_PROT_DIRTY : 0);
}

/*
 * Does the file still have the page, there? Asked with the table's lock held: who shrinks a file sets its size, drops
 * its pages, and then looks at the tables once more.
 */
static bool still_in_file(const struct fault_state *f, const struct page *page)
{
	struct address_space *as = f->vma->mapping;

	return READ_ONCE(page->mapping) == as &&
	       vma_pgoff_at(f->vma, f->addr) < DIV_ROUND_UP((uint64_t)as->size(as), PAGE_SIZE);
}

/*
 * Put `page` (its reference is taken over) where *pte still is what was seen. If it is a copy: unless the page of the
 * file that it is `of` was dropped meanwhile. False: it was not put there; reference dropped.
 */
static bool install(struct fault_state *f, struct page *page, const struct page *of, unsigned prot,
		    enum mm_counter counter)
{
	bool ok;

	spin_lock(&f->table->ptl);
	ok = arch_pte_load(f->pte) == f->seen && (!of || still_in_file(f, of));
	if (ok) {
		__atomic_fetch_add(&page->mapcount, 1, __ATOMIC_RELAXED);
		arch_pte_store(f->pte, arch_pte_leaf(page_to_phys(page), prot, 0));
	}
	spin_unlock(&f->table->ptl);
	if (ok)
		mm_count(f->mm, counter, 1);
	else
		put_page(page);
	return ok;
}

/*
 * In a large area whoever writes one page will write its neighbours: give a block of them at once, where Linux gives a
 * 2 MiB page. MADV_NOHUGEPAGE and stacks get what they touch; so does everybody when memory is short.
 */
static bool anon_around_wanted(const struct fault_state *f)
{
	const struct vma *vma = f->vma;
	vaddr_t block = ALIGN_DOWN(f->addr, HUGE_SIZE);

	return !(vma->flags & (VM_NOHUGE | VM_GROWSDOWN | VM_LOCKONFAULT)) && !READ_ONCE(vma->mm->no_huge) &&
	       block >= vma->start && block + HUGE_SIZE <= vma->end && pages_plenty();
}

/* Zeroed pages into the empty entries around the fault. All, some or none: the caller looks at its own entry. */
static void fault_anon_around(struct fault_state *f)
{
	vaddr_t start = ALIGN_DOWN(f->addr, ANON_AROUND * PAGE_SIZE);
	pte_t *pte = f->pte - ((f->addr - start) >> PAGE_SHIFT);
	unsigned prot = owned_prot(f->vma), used = 0;
	struct page *page, *next;
	LIST_HEAD(fresh);

	for (unsigned i = 0; i < ANON_AROUND; i++) {
		if (!arch_pte_none(arch_pte_load(&pte[i])))
			continue;
		page = alloc_page(GFP_QUIET | GFP_ZERO);
		if (!page)
			break;
		page->flags = PG_ANON;
		list_add_tail(&page->lru, &fresh);
	}
	for (unsigned i = 0; i < ANON_AROUND; i += PT_ROW)
		pt_note(f->table, arch_pt_index(start, 0) + i);
	spin_lock(&f->table->ptl);
	for (unsigned i = 0; i < ANON_AROUND && !list_empty(&fresh); i++) {
		if (!arch_pte_none(arch_pte_load(&pte[i])))
			continue;
		page = list_first_entry(&fresh, struct page, lru);
		list_del(&page->lru);
		page->mapcount = 1;
		arch_pte_store(&pte[i], arch_pte_leaf(page_to_phys(page), prot, 0));
		used++;
	}
	spin_unlock(&f->table->ptl);
	mm_count(f->mm, MM_ANON, used);
	list_for_each_entry_safe(page, next, &fresh, lru)
		put_page(page);
}

static int fault_anon(struct fault_state *f)
{
	struct page *page;

	if (!(f->access & FAULT_WRITE)) {
		spin_lock(&f->table->ptl);
		if (arch_pte_load(f->pte) == f->seen)
			arch_pte_store(f->pte, arch_pte_leaf(page_to_phys(fault.zero),
							     vma_pte_prot(f->vma) | PTE_PROT_SPECIAL, 0));
		spin_unlock(&f->table->ptl);
		return 0;
	}
	if (anon_around_wanted(f)) {
		fault_anon_around(f);
		if (arch_pte_load(f->pte) != f->seen)
			return 0;
	}
	page = alloc_page(GFP_USER | GFP_ZERO);
	if (!page)
		return -ENOMEM;
	page->flags = PG_ANON;
	install(f, page, NULL, owned_prot(f->vma), MM_ANON);
	return 0;
}

static int fault_special(struct fault_state *f)
{
	struct page *page = f->vma->ops->special_page(f->vma, vma_pgoff_at(f->vma, f->addr));

	if (!page)
		return -EIO;
	spin_lock(&f->table->ptl);
	if (arch_pte_load(f->pte) == f->seen)
		arch_pte_store(f->pte, arch_pte_leaf(page_to_phys(page),
						     vma_pte_prot(f->vma) | PTE_PROT_SPECIAL, 0));
	spin_unlock(&f->table->ptl);
	return 0;
}

static enum mm_counter file_counter(const struct page *page)
{
	return page_test(page, PG_SHMEM) ? MM_SHMEM : MM_FILE;
}

/*
 * Map what is cached and valid around the fault, into empty entries only. The faulting page is
 * among them if it qualifies.
 */
static void fault_around(struct fault_state *f)
{
	struct vma *vma = f->vma;
	struct address_space *as = vma->mapping;
	vaddr_t start = max(ALIGN_DOWN(f->addr, FAULT_AROUND * PAGE_SIZE), vma->start);
	vaddr_t end = min(ALIGN_DOWN(f->addr, FAULT_AROUND * PAGE_SIZE) + FAULT_AROUND * PAGE_SIZE, vma->end);
	uint64_t index = vma_pgoff_at(vma, start), size_pages = DIV_ROUND_UP(as->size(as), PAGE_SIZE);
	pte_t *pte = f->pte - ((f->addr - start) >> PAGE_SHIFT);
	unsigned prot = vma_pte_prot(vma);
	int64_t mapped = 0;
	struct page *page;

	rcu_read_lock();
	spin_lock(&f->table->ptl);
	for (; start < end && index < size_pages; start += PAGE_SIZE, index++, pte++) {
		if (!arch_pte_none(arch_pte_load(pte)))
			continue;
		page = xa_load(&as->pages, index);
		if (!page || !try_get_page(page))
			continue;
		if (page->mapping != as || page->index != index || !page_test(page, PG_UPTODATE) ||
		    page_test(page, PG_READAHEAD | PG_LOCKED)) {
			put_page(page);
			continue;
		}
		__atomic_fetch_add(&page->mapcount, 1, __ATOMIC_RELAXED);
		arch_pte_store(pte, arch_pte_leaf(page_to_phys(page), prot, 0));
		mapped++;
	}
	spin_unlock(&f->table->ptl);
	rcu_read_unlock();
	if (mapped)
		mm_count(f->mm, as->shmem ? MM_SHMEM : MM_FILE, mapped);
}

/* The file's page for this fault, filled. -EIO past the end. */
static int file_page(struct fault_state *f, struct page **out)
{
	struct address_space *as = f->vma->mapping;
	uint64_t index = vma_pgoff_at(f->vma, f->addr);
	struct readahead ra = { .max_pages = f->vma->flags & VM_RAND_READ ? 0 : 32, .prev_index = UINT64_MAX };

	if (index >= DIV_ROUND_UP((uint64_t)as->size(as), PAGE_SIZE))
		return -EIO;
	return pagecache_get(as, index, &ra, out);
}

static int install_file(struct fault_state *f, struct page *page, unsigned prot)
{
	bool ok;

	spin_lock(&f->table->ptl);
	ok = arch_pte_load(f->pte) == f->seen && still_in_file(f, page);
	if (ok) {
		__atomic_fetch_add(&page->mapcount, 1, __ATOMIC_RELAXED);
		arch_pte_store(f->pte, arch_pte_leaf(page_to_phys(page), prot, 0));
	}
	spin_unlock(&f->table->ptl);
	if (!ok) {
		put_page(page);
		return FAULT_RETRY;
	}
	mm_count(f->mm, file_counter(page), 1);
	return 0;
}

static int fault_file_read(struct fault_state *f)
{
	struct page *page;
	int err;

	fault_around(f);
	if (arch_pte_load(f->pte) != f->seen)
		return 0;
	err = file_page(f, &page);
	if (err)
		return err;
	fault_around(f);		/* what was read with it */
	if (arch_pte_load(f->pte) == f->seen)
		return install_file(f, page, vma_pte_prot(f->vma));
	put_page(page);
	return 0;
}

/* Private file page written at once: straight into a copy. */
static int fault_file_cow(struct fault_state *f)
{
	struct page *page, *copy;
	int err = file_page(f, &page);

	if (err)
		return err;
	copy = alloc_page(GFP_USER);
	if (!copy) {
		put_page(page);
		return -ENOMEM;
	}
	arch_copy_page(page_address(copy), page_address(page));
	copy->flags = PG_ANON;
	install(f, copy, page, owned_prot(f->vma), MM_ANON);
	put_page(page);
	return 0;
}

/* Let the file system know of the first write; returns with the page locked. invalidate_lock is held. */
static int make_writable_locked(struct address_space *as, struct page *page)
{
	int err;

	assert_held(&as->invalidate_lock);
	err = lock_page_killable(page);
	if (err)
		return -EINTR;
	if (page->mapping != as) {
		unlock_page(page);
		return FAULT_RETRY;
	}
	if (as->ops->page_mkwrite)
		err = as->ops->page_mkwrite(as, page);
	else if (as->ops->write_begin)
		err = as->ops->write_begin(as, page, 0, PAGE_SIZE);
	if (err) {
		unlock_page(page);
		return err == -ENOMEM ? err : -EIO;
	}
	if (page->mapping != as) {	/* page_mkwrite may have unlocked it */
		unlock_page(page);
		return FAULT_RETRY;
	}
	page_mark_dirty(page);
	return 0;
}

static int make_writable(struct fault_state *f, struct page *page)
{
	struct address_space *as = f->vma->mapping;
	int err;

	down_read(&as->invalidate_lock);
	err = make_writable_locked(as, page);
	up_read(&as->invalidate_lock);
	return err;
}

static int fault_file_shared_write(struct fault_state *f)
{
	struct page *page;
	int err = file_page(f, &page);

	if (err)
		return err;
	err = make_writable(f, page);
	if (err) {
		put_page(page);
		return err;
	}
	get_page(page);
	err = install_file(f, page, owned_prot(f->vma));
	unlock_page(page);
	put_page(page);
	return err;
}

/* An entry that is there gains write access; page stays. */
static int upgrade(struct fault_state *f)
{
	spin_lock(&f->table->ptl);
	if (arch_pte_load(f->pte) == f->seen)
		arch_pte_store(f->pte, arch_pte_leaf(arch_pte_paddr(f->seen), owned_prot(f->vma), 0));
	spin_unlock(&f->table->ptl);
	arch_tlb_flush_local(&f->mm->arch, f->addr, f->addr + PAGE_SIZE);
	return 0;
}

static int shared_write(struct fault_state *f, struct page *page)
{
	int err;

	spin_lock(&f->table->ptl);
	if (arch_pte_load(f->pte) != f->seen) {
		spin_unlock(&f->table->ptl);
		return 0;
	}
	get_page(page);
	spin_unlock(&f->table->ptl);
	err = make_writable(f, page);
	if (!err) {
		err = upgrade(f);
		unlock_page(page);
	}
	put_page(page);
	return err;
}

/*
 * Put `copy` in the place of the page that is there. While other threads may have the old translation, nobody may
 * write through the new one: the entry is in transit, marked with the copy's frame number so that each
 * replacement knows
 * its own mark, until all CPUs were flushed. A sole thread is here and not in user mode.
 */
static bool store_copy(struct fault_state *f, struct page *copy)
{
	pte_t fresh = arch_pte_leaf(page_to_phys(copy), owned_prot(f->vma), 0);
	pte_t transit = arch_pte_soft(page_to_pfn(copy));
	bool alone = mm_users(f->mm) == 1, ok;

	spin_lock(&f->table->ptl);
	ok = arch_pte_load(f->pte) == f->seen;
	if (ok)
		arch_pte_xchg(f->pte, alone ? fresh : transit);
	spin_unlock(&f->table->ptl);
	if (!ok)
		return false;
	arch_tlb_flush(&f->mm->arch, f->addr, f->addr + PAGE_SIZE, /*tables=*/false);
	if (alone)
		return true;
	spin_lock(&f->table->ptl);
	ok = arch_pte_load(f->pte) == transit;
	if (ok)
		arch_pte_store(f->pte, fresh);
	spin_unlock(&f->table->ptl);
	if (!ok) {			/* MADV_DONTNEED took the mark away: it would have taken the copy */
		mm_count(f->mm, MM_ANON, -1);
		__atomic_fetch_sub(&copy->mapcount, 1, __ATOMIC_RELAXED);
		put_page(copy);
	}
	return true;
}

static void replace(struct fault_state *f, struct page *old, struct page *copy)
{
	copy->mapcount = 1;
	mm_count(f->mm, MM_ANON, 1);
	if (!store_copy(f, copy)) {
		mm_count(f->mm, MM_ANON, -1);
		copy->mapcount = 0;
		put_page(copy);
		return;
	}
	if (!old)
		return;
	mm_count(f->mm, page_test(old, PG_ANON) ? MM_ANON : file_counter(old), -1);
	__atomic_fetch_sub(&old->mapcount, 1, __ATOMIC_RELEASE);
	put_page(old);
}

enum private_page { PRIVATE_CHANGED, PRIVATE_UPGRADED, PRIVATE_COPY };

/* Has nobody else this page? Of a block that was split while it was shared, this table may hold all that is left. */
static bool sole_owner(struct fault_state *f, struct page *old)
{
	if (unlikely(page_test(old, PG_HUGE)))
		return huge_dissolve(f->table, old);
	return page_test(old, PG_ANON) && page_refs(old) == 1;
}

/*
 * Look at the page behind the entry: ours alone, it becomes writable; else *out is what counts references for it, and
 * has got one, to be copied.
 */
static enum private_page private_look(struct fault_state *f, struct page *shown, struct page **out)
{
	enum private_page what = PRIVATE_COPY;
	struct page *old;

	spin_lock(&f->table->ptl);
	old = *out = page_head(shown);
	if (arch_pte_load(f->pte) != f->seen) {
		what = PRIVATE_CHANGED;
	} else if (sole_owner(f, old)) {
		arch_pte_store(f->pte, arch_pte_leaf(arch_pte_paddr(f->seen), owned_prot(f->vma), 0));
		what = PRIVATE_UPGRADED;
	} else {
		get_page(old);
	}
	spin_unlock(&f->table->ptl);
	if (what == PRIVATE_UPGRADED)
		arch_tlb_flush_local(&f->mm->arch, f->addr, f->addr + PAGE_SIZE);
	return what;
}

static int private_write(struct fault_state *f)
{
	struct page *shown = phys_to_page(arch_pte_paddr(f->seen)), *copy;
	struct page *old = NULL;		/* special pages have no count */
	bool blank = shown == fault.zero;

	if (!arch_pte_special(f->seen) && private_look(f, shown, &old) != PRIVATE_COPY)
		return 0;
	copy = alloc_page(blank ? GFP_USER | GFP_ZERO : GFP_USER);
	if (copy) {
		if (!blank)
			arch_copy_page(page_address(copy), page_address(shown));
		copy->flags = PG_ANON;
		replace(f, old, copy);
	}
	if (old)
		put_page(old);
	return copy ? 0 : -ENOMEM;
}

static int fault_missing(struct fault_state *f)
{
	struct vma *vma = f->vma;

	if (vma->flags & VM_SPECIAL)
		return fault_special(f);
	if (!vma->mapping)
		return fault_anon(f);
	if (!(f->access & FAULT_WRITE))
		return fault_file_read(f);
	return vma->flags & VM_SHARED ? fault_file_shared_write(f) : fault_file_cow(f);
}

static int fault_present(struct fault_state *f)
{
	if (!(f->access & FAULT_WRITE) || arch_pte_writable(f->seen)) {
		/* Another thread was first, or this CPU's TLB was behind. */
		arch_tlb_flush_local(&f->mm->arch, f->addr, f->addr + PAGE_SIZE);
		return 0;
	}
	if (f->vma->flags & VM_SHARED)
		return shared_write(f, phys_to_page(arch_pte_paddr(f->seen)));
	return private_write(f);
}

static int check_access(const struct vma *vma, unsigned access)
{
	if (access & FAULT_FORCE) {
		if ((access & FAULT_WRITE) && (vma->flags & (VM_SHARED | VM_WRITE)) == VM_SHARED)
			return -EACCES;
		return vma->flags & (access & FAULT_WRITE ? VM_MAYWRITE : VM_MAYREAD) ? 0 : -EACCES;
	}
	if (access & FAULT_WRITE)
		return vma->flags & VM_WRITE ? 0 : -EACCES;
	if (access & FAULT_EXEC)
		return vma->flags & VM_EXEC ? 0 : -EACCES;
	return vma->flags & VM_PROT ? 0 : -EACCES;
}

/* A block for the first write into 2 MiB of a large area: see anon_around_wanted(). */
static bool huge_wanted(const struct fault_state *f)
{
	return (f->access & FAULT_WRITE) && anon_around_wanted(f) &&
	       ((f->vma->flags & VM_HUGE) || f->vma->end - f->vma->start >= 2 * HUGE_SIZE);
}

/* The fault in private anonymous memory at the level of 2 MiB entries. FAULT_SMALL: the leaf decides. */
static int fault_huge(struct fault_state *f)
{
	pte_t *pmd = pt_pmd(f->mm, f->addr), entry = pmd ? arch_pte_load(pmd) : 0;
	unsigned prot = owned_prot(f->vma);

	if (!pt_is_huge(entry)) {
		if (arch_pte_none(entry) && huge_wanted(f) && huge_install(f->mm, f->addr, prot))
			return 0;
		return FAULT_SMALL;
	}
	if (!arch_pte_present(entry)) {		/* the area was PROT_NONE when it was set */
		if (f->access & FAULT_FORCE)
			return f->access & FAULT_WRITE ? FAULT_SMALL : 0;
		huge_protect(pmd, vma_pte_prot(f->vma));
		return FAULT_RETRY;
	}
	if ((f->access & FAULT_WRITE) && !arch_pte_writable(entry) && !huge_make_writable(pmd, entry, prot))
		return FAULT_SMALL;		/* others have it: only the page that is written is copied */
	arch_tlb_flush_local(&f->mm->arch, f->addr, f->addr + PAGE_SIZE);
	return 0;
}

static bool may_be_huge(const struct vma *vma)
{
	return !vma->mapping && !(vma->flags & VM_SPECIAL) && vma->end - vma->start >= HUGE_SIZE;
}

static int fault_in_vma(struct fault_state *f)
{
	int err;

	do {
		err = may_be_huge(f->vma) ? fault_huge(f) : FAULT_SMALL;
		if (err != FAULT_SMALL)
			continue;
		err = pt_own(f->mm, f->addr, &f->pte, &f->table);
		if (err)
			return err;
		f->seen = arch_pte_load(f->pte);
		if (arch_pte_none(f->seen)) {
			err = fault_missing(f);
		} else if (arch_pte_present(f->seen)) {
			err = fault_present(f);
		} else if (arch_pte_is_protnone(f->seen) && (f->access & FAULT_FORCE)) {
			err = f->access & FAULT_WRITE ? private_write(f) : 0;
		} else if (!arch_pte_is_protnone(f->seen)) {
			thread_yield();		/* in transit: its thread runs with interrupts on and will finish */
			err = FAULT_RETRY;
		} else {
			err = pt_fix_protnone(f->vma, f->pte, f->table, f->seen);
		}
	} while (err == FAULT_RETRY);
	return err;
}

int pt_fix_protnone(const struct vma *vma, pte_t *pte, struct page *table, pte_t seen)
{
	spin_lock(&table->ptl);
	if (arch_pte_load(pte) == seen)
		arch_pte_store(pte, arch_pte_set_prot(seen, vma_pte_prot(vma)));
	spin_unlock(&table->ptl);
	return FAULT_RETRY;
}

int mm_fault_locked(struct mm *mm, vaddr_t addr, unsigned access)
{
	struct fault_state f = { .mm = mm, .addr = addr & PAGE_MASK, .access = access };
	int err;

	assert_held(&mm->lock);
	f.vma = vma_find(mm, addr);
	if (!f.vma || f.vma->start > addr)
		return -EFAULT;
	err = check_access(f.vma, access);
	return err ? err : fault_in_vma(&f);
}

static bool below_stack(struct mm *mm, vaddr_t addr)
{
	struct vma *vma = vma_find(mm, addr);

	return vma && vma->start > addr && (vma->flags & VM_GROWSDOWN);
}

static int fault_once(struct mm *mm, vaddr_t addr, unsigned access)
{
	int err;

	mm_read_lock(mm);
	err = mm_fault_locked(mm, addr, access);
	if (unlikely(err == -EFAULT && below_stack(mm, addr))) {
		mm_read_unlock(mm);
		err = mm_grow_stack(mm, addr);
		if (err)
			return -EFAULT;
		mm_read_lock(mm);
		err = mm_fault_locked(mm, addr, access);
	}
	mm_read_unlock(mm);
	return err;
}

int mm_fault(vaddr_t addr, unsigned access, struct arch_regs *regs)
{
	struct thread *t = current_thread();
	struct mm *mm = thread_mm(t);
	int err;

	(void)regs;
	if (unlikely(!mm || t->pagefault_disabled || addr >= ARCH_USER_MAX))
		return -EFAULT;
	t->minflt++;
	t->faulting = true;
	do {
		err = fault_once(mm, addr, access);
		if (unlikely(err == -ENOMEM && fatal_signal_pending()))
			err = -EINTR;
	} while (unlikely(err == -ENOMEM && oom_kill(OOM_ANYBODY)));
	t->faulting = false;
	return err;
}
