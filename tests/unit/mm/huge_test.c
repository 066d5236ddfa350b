/* SPDX-License-Identifier: MIT */
/* 2 MiB blocks: when one is given, what fork and partial changes make of it, and that no page is lost on the way. */
#include "kernel.h"

#include "abi/mman.h"
#include "mm/huge.h"
#include "mm/mm.h"
#include "mm/mmap.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "sync/rcu.h"

#define BASE	0x40000000UL
#define SIZE	(3 * HUGE_SIZE)
#define PAGES	(HUGE_SIZE / PAGE_SIZE)

static unsigned long settled_pages(void)
{
	synchronize_rcu();
	synchronize_rcu();
	return pages_free() + slab_pages();
}

static struct mm *new_mm(void)
{
	struct mm *mm = mm_create();
	struct map_request req = { .addr = BASE, .size = SIZE, .prot = PROT_READ | PROT_WRITE,
				   .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED };

	CHECK(mm);
	CHECK_EQ(mm_map(mm, &req), (long)req.addr);
	return mm;
}

static vaddr_t addr_of(unsigned page)
{
	return BASE + page * PAGE_SIZE;
}

static uint64_t peek(struct mm *mm, unsigned page)
{
	uint64_t value = 0;

	CHECK_EQ(mm_access(mm, addr_of(page), &value, sizeof(value), false, false), sizeof(value));
	return value;
}

static void poke(struct mm *mm, unsigned page, uint64_t value)
{
	CHECK_EQ(mm_access(mm, addr_of(page), &value, sizeof(value), true, false), sizeof(value));
}

static void number(struct mm *mm)
{
	for (unsigned i = 0; i < PAGES; i++)
		poke(mm, i, i + 1);
}

/* All pages of the first block but those in [from, to) hold their number. */
static void check_numbers(struct mm *mm, unsigned from, unsigned to)
{
	for (unsigned i = 0; i < PAGES; i++) {
		if (i < from || i >= to)
			CHECK_EQ(peek(mm, i), i + 1);
	}
}

/* The block a level-1 entry shows; NULL: it is none, or a table. */
static struct page *block_at(struct mm *mm, vaddr_t addr)
{
	pte_t *pmd = pt_pmd(mm, addr);

	return pmd && pt_is_huge(arch_pte_load(pmd)) ? phys_to_page(arch_pte_paddr(arch_pte_load(pmd))) : NULL;
}

static struct page *leaf_at(struct mm *mm, unsigned page)
{
	struct page *table;
	pte_t *pte = pt_peek(mm, addr_of(page), &table);

	CHECK(pte);
	return phys_to_page(arch_pte_paddr(arch_pte_load(pte)));
}

KTEST(first_write_takes_a_block)
{
	struct mm *mm = new_mm();

	poke(mm, PAGES + 5, 1);
	CHECK(block_at(mm, BASE + HUGE_SIZE));
	CHECK(!block_at(mm, BASE));
	CHECK_EQ(mm_rss(mm), PAGES);
	CHECK_EQ(peek(mm, PAGES + 6), 0);
	CHECK_EQ(mm_advise(mm, BASE, SIZE, MADV_DONTNEED), 0);
	CHECK(!block_at(mm, BASE + HUGE_SIZE));
	CHECK_EQ(mm_rss(mm), 0);
	CHECK_EQ(mm_advise(mm, BASE, SIZE, MADV_NOHUGEPAGE), 0);
	poke(mm, PAGES + 5, 1);
	CHECK(!block_at(mm, BASE + HUGE_SIZE));
	mm_put(mm);
}

KTEST(partial_change_splits)
{
	unsigned long before = settled_pages();
	struct mm *mm = new_mm();

	number(mm);
	CHECK_EQ(mm_protect(mm, BASE, HUGE_SIZE, PROT_READ, false), 0);
	CHECK(block_at(mm, BASE));		/* the whole of it: no need to split */
	CHECK_EQ(mm_protect(mm, BASE, HUGE_SIZE, PROT_READ | PROT_WRITE, false), 0);
	poke(mm, 3, 4);
	CHECK(block_at(mm, BASE));
	CHECK_EQ(mm_unmap(mm, addr_of(9), 2 * PAGE_SIZE), 0);
	CHECK(!block_at(mm, BASE));
	CHECK_EQ(mm_rss(mm), PAGES - 2);
	CHECK_EQ(leaf_at(mm, 8)->order, 0);
	CHECK_EQ(page_refs(leaf_at(mm, 8)), 1);
	check_numbers(mm, 9, 11);
	mm_put(mm);
	CHECK_LE((long)(before - settled_pages()), 8);
}

KTEST(fork_shares_the_block)
{
	unsigned long before = settled_pages();
	struct mm *parent = new_mm(), *child;
	struct page *block;

	number(parent);
	block = block_at(parent, BASE);
	CHECK(block);
	CHECK_EQ(mm_fork(parent, &child), 0);
	CHECK(block_at(child, BASE) == block);
	CHECK_EQ(huge_shares(block), 2);
	poke(child, 3, 77);			/* its leaves point into the block, but for this one */
	CHECK(!block_at(child, BASE));
	CHECK(block_at(parent, BASE) == block);
	CHECK_EQ(page_refs(block), PAGES);
	CHECK(page_head(leaf_at(child, 4)) == block);
	CHECK_EQ(peek(child, 3), 77);
	check_numbers(parent, 0, 0);
	check_numbers(child, 3, 4);
	mm_put(child);
	CHECK_EQ(page_refs(block), 1);
	poke(parent, 4, 5);
	CHECK(block_at(parent, BASE) == block);	/* nobody else has it: neither split nor copied */
	mm_put(parent);
	CHECK_LE((long)(before - settled_pages()), 8);
}

KTEST(who_is_left_gets_the_pages)
{
	unsigned long before = settled_pages();
	struct mm *parent = new_mm(), *child;
	struct page *block, *page;

	number(parent);
	block = block_at(parent, BASE);
	CHECK_EQ(mm_fork(parent, &child), 0);
	CHECK_EQ(mm_unmap(parent, addr_of(9), PAGE_SIZE), 0);
	CHECK_EQ(page_refs(block), PAGES);	/* 511 leaves here, one entry there */
	mm_put(child);
	page = leaf_at(parent, 10);
	CHECK(page_head(page) == block);
	poke(parent, 10, 11);
	CHECK(leaf_at(parent, 10) == page);	/* not copied */
	CHECK(page_head(page) == page);
	CHECK_EQ(page_refs(page), 1);
	CHECK_EQ(mm_rss(parent), PAGES - 1);
	check_numbers(parent, 9, 10);
	mm_put(parent);
	CHECK_LE((long)(before - settled_pages()), 8);
}
