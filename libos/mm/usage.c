/* SPDX-License-Identifier: MIT */
/*
 * usage: see usage.h.
 *
 * A page's mapcount counts entries, and an entry of a leaf table that address spaces share since a fork once: so many
 * address spaces map a page as there are other entries for it, and sharers of the table at hand. Of a 2 MiB block that
 * was split while it was shared, only the block is counted: its pages are taken to be shared by two.
 *
 * The walk reads entries under RCU: a table that another thread leaves meanwhile stays for a grace period. An entry may
 * change after it was read, its page may get another use: the numbers are those of no one moment, as on Linux.
 */
#include "mm/usage.h"

#include "lib/align.h"
#include "mm/huge.h"
#include "mm/vma.h"
#include "sched/sched.h"
#include "sync/rcu.h"

/* One page, or block, that an entry shows. */
struct shown {
	const struct page *page;
	pte_t entry;
	uint64_t size;
	uint64_t mappers;		/* address spaces that have it, this one included */
};

static void add(struct mem_usage *u, const struct vma *vma, const struct shown *s)
{
	const struct page *page = s->page;
	uint64_t size = s->size, mappers = s->mappers, part = (size << USAGE_PSS_SHIFT) / mappers;
	bool anonymous = page_test(page, PG_ANON);
	bool dirty = anonymous || arch_pte_dirty(s->entry) || page_test(page, PG_DIRTY);

	u->resident += size;
	u->pss += part;
	u->pss_dirty += dirty ? part : 0;
	u->pss_locked += vma->flags & VM_LOCKED ? part : 0;
	if (anonymous)
		u->pss_anon += part;
	else if (page_test(page, PG_SHMEM))
		u->pss_shmem += part;
	else
		u->pss_file += part;
	if (mappers > 1)
		*(dirty ? &u->shared_dirty : &u->shared_clean) += size;
	else
		*(dirty ? &u->private_dirty : &u->private_clean) += size;
	u->referenced += arch_pte_young(s->entry) || page_test(page, PG_REFERENCED) ? size : 0;
	u->anonymous += anonymous ? size : 0;
}

static uint64_t at_least_one(int64_t mappers)
{
	return mappers > 0 ? (uint64_t)mappers : 1;
}

static void add_leaf(struct mem_usage *u, const struct vma *vma, pte_t entry, uint32_t sharers)
{
	struct shown s = { .entry = entry, .size = PAGE_SIZE };
	struct page *head;

	if (arch_pte_none(entry) || !(arch_pte_present(entry) || arch_pte_is_protnone(entry)) ||
	    arch_pte_special(entry))
		return;
	head = page_head(phys_to_page(arch_pte_paddr(entry)));
	s.page = head;
	s.mappers = page_test(head, PG_HUGE) ? 2 : at_least_one((int64_t)READ_ONCE(head->mapcount) - 1 + sharers);
	add(u, vma, &s);
}

/* What one level-1 entry covers of [start, end). */
static void add_table(struct mem_usage *u, const struct vma *vma, vaddr_t start, vaddr_t end)
{
	pte_t *pmd = pt_pmd(vma->mm, start), entry, *leaf;
	struct shown s = { .size = end - start };
	struct page *table;

	entry = pmd ? arch_pte_load(pmd) : 0;
	if (arch_pte_none(entry))
		return;
	if (pt_is_huge(entry)) {
		s.entry = entry;
		s.page = phys_to_page(arch_pte_paddr(entry));
		/* All huge entries count as one mapping; leaves into the block are those of one more, or of several. */
		s.mappers = at_least_one(huge_shares(s.page) + (READ_ONCE(s.page->mapcount) > 1));
		add(u, vma, &s);
		u->huge += end - start;
		return;
	}
	leaf = pt_peek(vma->mm, start, &table);
	for (; leaf && start < end; start += PAGE_SIZE, leaf++)
		add_leaf(u, vma, arch_pte_load(leaf), READ_ONCE(table->share));
}

void mem_usage_add(const struct vma *vma, struct mem_usage *usage)
{
	vaddr_t start = vma->start, next;

	for (; start < vma->end; start = next) {
		next = min(vma->end, ALIGN_DOWN(start, HUGE_SIZE) + HUGE_SIZE);
		rcu_read_lock();
		add_table(usage, vma, start, next);
		rcu_read_unlock();
		cond_resched();
	}
}
