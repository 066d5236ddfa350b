/* SPDX-License-Identifier: MIT */
/*
 * mm: life of an address space.
 *
 *   mm_create -> users share it (mm_get) -> last mm_put: areas and tables go, -> last mm_drop: struct goes
 *
 * fork: areas are copied one by one, leaf tables are shared (pgtable.h), so its cost follows the number of areas
 * and tables, not of pages.
 */
#include "mm/mm.h"

#include "abi/errno.h"
#include "arch/upcall.h"
#include "core/assert.h"
#include "lib/string.h"
#include "mm/commit.h"
#include "mm/dump.h"
#include "mm/huge.h"
#include "mm/mmap.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "mm/vma.h"
#include "sched/sched.h"

struct mm *mm_create(void)
{
	struct mm *mm = kzalloc(sizeof(*mm), GFP_KERNEL);
	struct page *root = mm ? alloc_page(GFP_KERNEL | GFP_ZERO) : NULL;

	if (!root) {
		kfree(mm);
		return NULL;
	}
	refcount_set(&mm->refs, 1);
	mm->users = 1;
	rwsem_init(&mm->lock, "mmap");
	mm->vmas = RB_ROOT;
	mm->limits = (struct mm_limits){ .stack = 8 << 20, .data = UINT64_MAX, .as = UINT64_MAX,
					 .memlock = UINT64_MAX };
	mm->dumpable = DUMPABLE_USER;
	mm->dump_filter = DUMP_FILTER_DEFAULT;
	page_set(root, PG_TABLE);
	root->rows = 0;
	arch_mm_init(&mm->arch, page_to_phys(root));
	return mm;
}

struct mm *mm_get(struct mm *mm)
{
	refcount_inc(&mm->refs);
	__atomic_fetch_add(&mm->users, 1, __ATOMIC_RELAXED);
	return mm;
}

bool mm_grab(struct mm *mm)
{
	int users = mm_users(mm);

	while (users > 0) {
		if (__atomic_compare_exchange_n(&mm->users, &users, users + 1, true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED)) {
			refcount_inc(&mm->refs);
			return true;
		}
	}
	return false;
}

void mm_drop(struct mm *mm)
{
	struct page *root;

	if (!refcount_dec_and_test(&mm->refs))
		return;
	VERIFY(!mm->vmas.rb_node && !mm->users);
	root = phys_to_page(mm->arch.root);
	page_clear(root, PG_TABLE);
	put_page(root);
	kfree_rcu(mm, rcu);
}

static void teardown(struct mm *mm)
{
	struct vma *vma;

	if (mm->aio)
		mm->aio_free(mm);
	mm_write_lock(mm);
	/* Areas leave their mappings first: truncation must not walk tables that are being freed. */
	while ((vma = vma_first(mm)) != NULL) {
		vma_remove(vma);
		cond_resched();
	}
	commit_add(-mm->committed);
	mm_write_unlock(mm);
	arch_mm_fini(&mm->arch);
	pt_destroy(mm);
	if (mm->exe)
		mm->exe_put(mm->exe);
	mm->exe = NULL;
}

void mm_put(struct mm *mm)
{
	if (!mm)
		return;
	if (__atomic_sub_fetch(&mm->users, 1, __ATOMIC_ACQ_REL) == 0)
		teardown(mm);
	mm_drop(mm);
}

uint64_t mm_rss(const struct mm *mm)
{
	int64_t n = 0;

	for (unsigned i = 0; i < MM_COUNTERS; i++)
		n += __atomic_load_n(&mm->rss[i], __ATOMIC_RELAXED);
	return n > 0 ? (uint64_t)n : 0;
}

uint64_t mm_max_rss(const struct mm *mm)
{
	return max(mm_rss(mm), mm->hiwater_rss);
}

/* Copy one area of the parent into the child. 0 or -ENOMEM. */
static int fork_vma(struct mm *child, struct mm *parent, const struct vma *from)
{
	struct vma *vma = vma_alloc(child);

	if (!vma)
		return -ENOMEM;
	*vma = *from;
	vma->mm = child;
	vma->flags &= ~(uint32_t)(VM_LOCKED | VM_LOCKONFAULT);
	if (vma->ops && vma->ops->open)
		vma->ops->open(vma);
	vma_insert(vma);
	if (from->flags & VM_WIPEONFORK)
		return 0;
	return pt_share_range(child, parent, from->start, from->end);
}

/* Pages of areas the child must not see came along in shared tables: take them out again. */
static int fork_hide(struct mm *child, const struct vma *from)
{
	struct mmu_gather g;
	int err;

	if (!(from->flags & (VM_DONTCOPY | VM_WIPEONFORK)))
		return 0;
	gather_init(&g, child);
	err = pt_unmap_range(&g, from->start, from->end);
	gather_flush(&g);
	return err;
}

static void fork_values(struct mm *child, const struct mm *parent)
{
	child->mmap_base = parent->mmap_base;
	child->stack_top = parent->stack_top;
	child->start_brk = parent->start_brk;
	child->brk = parent->brk;
	mm_set_code(child, parent->start_code, parent->end_code, parent->start_data, parent->end_data);
	mm_set_args(child, parent->arg_start, parent->arg_end, parent->env_start, parent->env_end);
	mm_set_auxv(child, parent->auxv, parent->nr_auxv);
	child->limits = parent->limits;
	child->dumpable = parent->dumpable;
	child->dump_filter = parent->dump_filter;
	child->no_huge = parent->no_huge;
	child->exe_put = parent->exe_put;
	child->exe_get = parent->exe_get;
	if (parent->exe)
		child->exe = parent->exe_get(parent->exe);
}

static int fork_areas(struct mm *child, struct mm *parent)
{
	struct vma *vma;
	int err = 0;

	for (vma = vma_first(parent); vma && !err; vma = vma_next(vma)) {
		if (vma->flags & VM_DONTCOPY)
			continue;
		if (commit_counts(vma->flags))
			err = commit_check(vma_pages(vma));
		if (!err)
			err = fork_vma(child, parent, vma);
		if (!err)
			mm_account(child, vma->flags & ~(uint32_t)VM_LOCKED, (int64_t)vma_pages(vma));
	}
	for (unsigned i = 0; i < MM_COUNTERS; i++)
		child->rss[i] = parent->rss[i];
	for (vma = vma_first(parent); vma && !err; vma = vma_next(vma))
		err = fork_hide(child, vma);
	return err;
}

int mm_fork(struct mm *parent, struct mm **out)
{
	struct mm *child = mm_create();
	int err;

	if (!child)
		return -ENOMEM;
	mm_write_lock(parent);
	fork_values(child, parent);
	err = fork_areas(child, parent);
	/* Writable translations of what is shared now must go before anyone writes. */
	arch_tlb_flush(&parent->arch, 0, ARCH_USER_MAX, /*tables=*/false);
	mm_write_unlock(parent);
	if (err) {
		mm_put(child);
		return err;
	}
	*out = child;
	return 0;
}

/* Is the entry good for the access? A debugger's write needs a page of the area's own, not a writable entry. */
static bool access_ready(pte_t entry, unsigned access)
{
	struct page *head;

	if (!arch_pte_present(entry) && !((access & FAULT_FORCE) && arch_pte_is_protnone(entry)))
		return false;
	if (!(access & FAULT_WRITE) || arch_pte_writable(entry))
		return true;
	head = page_head(phys_to_page(arch_pte_paddr(entry)));
	if (!(access & FAULT_FORCE) || arch_pte_special(entry) || !page_test(head, PG_ANON))
		return false;
	return page_test(head, PG_HUGE) ? huge_sole(head) : page_refs(head) == 1;
}

/* The page within a 2 MiB block, with a reference on the block's head. NULL: no huge entry that is ready. */
static struct page *huge_page(struct mm *mm, vaddr_t addr, unsigned access)
{
	pte_t *pmd = pt_pmd(mm, addr), entry;
	struct page *head = NULL;

	if (!pmd || !pt_is_huge(arch_pte_load(pmd)))
		return NULL;
	spin_lock(huge_lock(pmd));
	entry = arch_pte_load(pmd);
	if (pt_is_huge(entry) && access_ready(entry, access))
		head = get_page(phys_to_page(arch_pte_paddr(entry)));
	spin_unlock(huge_lock(pmd));
	return head ? head + arch_pt_index(addr, 0) : NULL;
}

/*
 * One page of another address space; faults it in. The kernel's own pages (vDSO) carry no count: *counted says whether
 * the caller has a reference, on the page's head, to put.
 */
static int access_page(struct mm *mm, vaddr_t addr, unsigned access, struct page **out, bool *counted)
{
	struct page *table;
	pte_t *pte, entry;
	int err;

	for (;;) {
		err = mm_fault_locked(mm, addr, access);
		if (err)
			return err;
		*out = huge_page(mm, addr, access);
		*counted = true;
		if (*out)
			return 0;
		rcu_read_lock();
		pte = pt_peek(mm, addr, &table);
		if (pte)
			spin_lock(&table->ptl);	/* owned since the fault, so it stays */
		rcu_read_unlock();
		if (!pte)
			continue;
		entry = arch_pte_load(pte);
		if (access_ready(entry, access))
			break;
		spin_unlock(&table->ptl);
	}
	*out = phys_to_page(arch_pte_paddr(entry));
	*counted = !arch_pte_special(entry);
	if (*counted)
		get_page(page_head(*out));
	spin_unlock(&table->ptl);
	return 0;
}

size_t mm_access(struct mm *mm, vaddr_t addr, void *buf, size_t size, bool write, bool force)
{
	unsigned access = (write ? FAULT_WRITE : FAULT_READ) | (force ? FAULT_FORCE : 0);
	size_t done = 0, n, at;
	struct page *page;
	struct vma *vma;
	bool counted;

	mm_read_lock(mm);
	while (done < size) {
		at = (addr + done) & ~PAGE_MASK;
		n = min(size - done, PAGE_SIZE - at);
		vma = vma_find(mm, addr + done);
		if (!vma || vma->start > addr + done || (!write && !force && !(vma->flags & VM_READ)))
			break;
		if (access_page(mm, addr + done, access, &page, &counted))
			break;
		if (write)
			memcpy((char *)page_address(page) + at, (char *)buf + done, n);
		else
			memcpy((char *)buf + done, (char *)page_address(page) + at, n);
		if (counted)
			put_page(page_head(page));
		done += n;
	}
	mm_read_unlock(mm);
	return done;
}
