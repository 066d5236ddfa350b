/* SPDX-License-Identifier: MIT */
/* huge: see huge.h. */
#include "mm/huge.h"

#include "abi/errno.h"
#include "core/assert.h"
#include "core/init.h"
#include "core/panic.h"
#include "lib/align.h"
#include "lib/bits.h"
#include "mm/page_alloc.h"

#define BLOCK_PAGES	(1U << HUGE_ORDER)

/* Field legend: [I] after huge_init(), [a] atomic */
static struct {
	long entries;			/* [a] huge entries in all address spaces */
	uint32_t *shares;		/* [I] by number of the block in RAM, [a]: huge entries that point to it */
} blocks;

static int huge_init(void)
{
	size_t size = DIV_ROUND_UP(page_map_end, BLOCK_PAGES) * sizeof(blocks.shares[0]);
	struct page *pages = alloc_pages(GFP_KERNEL | GFP_ZERO, fls64((size - 1) >> PAGE_SHIFT));

	if (!pages)
		panic("no memory for the counts of %zu bytes of 2 MiB pages", size);
	blocks.shares = page_address(pages);
	return 0;
}
INIT_HOOK(INIT_IRQ, huge_init);

static uint32_t *shares_of(pfn_t head)
{
	return &blocks.shares[head / BLOCK_PAGES];
}

unsigned huge_shares(const struct page *head)
{
	return __atomic_load_n(shares_of(page_to_pfn(head)), __ATOMIC_ACQUIRE);
}

bool huge_sole(const struct page *head)
{
	return page_refs(head) == 1 && huge_shares(head) <= 1;
}

static void share_one_more(pfn_t head)
{
	__atomic_fetch_add(shares_of(head), 1, __ATOMIC_RELAXED);
}

/* With the last huge entry goes the reference all of them have. */
static void share_none(struct page *head)
{
	__atomic_fetch_sub(&head->mapcount, 1, __ATOMIC_RELEASE);
	put_page(head);
}

/* A huge entry is gone. */
static __always_inline void share_one_less(pfn_t head)
{
	if (!__atomic_sub_fetch(shares_of(head), 1, __ATOMIC_ACQ_REL))
		share_none(pfn_to_page(head));
}

void huge_count(long more)
{
	__atomic_fetch_add(&blocks.entries, more, __ATOMIC_RELAXED);
}

unsigned long mm_huge_entries(void)
{
	long n = __atomic_load_n(&blocks.entries, __ATOMIC_RELAXED);

	return n > 0 ? (unsigned long)n : 0;
}

bool huge_install(struct mm *mm, vaddr_t addr, unsigned prot)
{
	pte_t *pmd = pt_pmd_alloc(mm, addr), none = 0;
	struct page *head;

	if (!pmd)
		return false;
	if (!arch_pte_none(arch_pte_load(pmd)))
		return true;
	head = alloc_pages(GFP_QUIET | GFP_ZERO, HUGE_ORDER);
	if (!head)
		return false;
	head->flags = PG_ANON | PG_HUGE;
	head->mapcount = 1;
	*shares_of(page_to_pfn(head)) = 1;
	if (arch_pte_cmpxchg(pmd, &none, arch_pte_leaf(page_to_phys(head), prot, 1))) {
		mm_count(mm, MM_ANON, BLOCK_PAGES);
		huge_count(1);
		return true;
	}
	head->mapcount = 0;		/* another thread was first */
	*shares_of(page_to_pfn(head)) = 0;
	put_page(head);
	return true;
}

/* A sole owner's block becomes single pages, each with one reference and no mapping yet. */
static void make_single(struct page *head)
{
	for (unsigned i = 0; i < BLOCK_PAGES; i++) {
		struct page *page = head + i;

		page->mapcount = 0;
		page->order = 0;
		page->mapping = NULL;
		page->index = 0;
		page->flags = PG_ANON;
		__atomic_store_n(&page->refs, 1, __ATOMIC_RELEASE);
		page->state = PAGE_USED;
	}
}

/* Leaves for all of the block, as the huge entry was. huge_lock() held. */
static void fill_leaves(pte_t *leaf, struct page *head, pte_t huge)
{
	bool sole = huge_sole(head);
	paddr_t pa = page_to_phys(head);

	if (sole) {
		*shares_of(page_to_pfn(head)) = 0;
		make_single(head);
	} else {
		__atomic_fetch_add(&head->refs, BLOCK_PAGES, __ATOMIC_RELAXED);
		__atomic_fetch_add(&head->mapcount, BLOCK_PAGES, __ATOMIC_RELAXED);
		share_one_less(page_to_pfn(head));
	}
	for (unsigned i = 0; i < BLOCK_PAGES; i++) {
		if (sole)
			head[i].mapcount = 1;
		arch_pte_store(&leaf[i], arch_pte_split(huge, pa + i * PAGE_SIZE));
	}
}

int huge_split(struct mm *mm, pte_t *pmd, vaddr_t addr)
{
	vaddr_t start = ALIGN_DOWN(addr, HUGE_SIZE);
	struct page *table = pt_table_alloc(mm);
	bool split;
	pte_t huge;

	if (!table)
		return -ENOMEM;
	spin_lock(huge_lock(pmd));
	huge = arch_pte_load(pmd);
	split = pt_is_huge(huge);
	if (split) {
		table->rows = UINT32_MAX;
		fill_leaves(page_address(table), phys_to_page(arch_pte_paddr(huge)), huge);
		arch_pte_store(pmd, arch_pte_table(page_to_phys(table)));
		huge_count(-1);
	}
	spin_unlock(huge_lock(pmd));
	if (!split) {
		pt_table_free(mm, table);
		return 0;
	}
	/* Both translations are the same until here, and nobody changes the leaves before they are the only one. */
	arch_tlb_flush(&mm->arch, start, start + HUGE_SIZE, /*tables=*/true);
	return 0;
}

bool huge_make_writable(pte_t *pmd, pte_t seen, unsigned prot)
{
	struct page *head;
	bool done = true;

	spin_lock(huge_lock(pmd));
	if (arch_pte_load(pmd) == seen) {
		head = phys_to_page(arch_pte_paddr(seen));
		done = huge_sole(head);
		if (done)
			arch_pte_store(pmd, arch_pte_leaf(page_to_phys(head), prot, 1));
	}
	spin_unlock(huge_lock(pmd));
	return done;
}

struct page *huge_clear(struct mm *mm, pte_t *pmd)
{
	struct page *head = NULL;
	pte_t huge;

	spin_lock(huge_lock(pmd));
	huge = arch_pte_load(pmd);
	if (pt_is_huge(huge)) {
		head = get_page(phys_to_page(arch_pte_paddr(huge)));	/* until the flush */
		arch_pte_xchg(pmd, 0);
		share_one_less(page_to_pfn(head));
		mm_count(mm, MM_ANON, -(int64_t)BLOCK_PAGES);
		huge_count(-1);
	}
	spin_unlock(huge_lock(pmd));
	return head;
}

bool huge_protect(pte_t *pmd, unsigned prot)
{
	bool huge;
	pte_t old;

	spin_lock(huge_lock(pmd));
	old = arch_pte_load(pmd);
	huge = pt_is_huge(old);
	if (huge)
		arch_pte_store(pmd, arch_pte_set_prot(old, prot));
	spin_unlock(huge_lock(pmd));
	return huge;
}

/*
 * Fork and exit of a large process go through thousands of entries: four usual ones, which are present, are told
 * apart by one comparison, and a row of them is gone through without asking again where the counts are.
 */
static __always_inline uint32_t *share_in(uint32_t *shares, pte_t entry)
{
	return &shares[arch_pte_present_paddr(entry) / HUGE_SIZE];
}

#define AT_ONCE	4

static __always_inline void share_one(pte_t *to, pte_t entry, uint32_t *shares)
{
	__atomic_fetch_add(share_in(shares, entry), 1, __ATOMIC_RELAXED);
	arch_pte_store(to, entry);
}

/* Four entries that are present and write-protected already, as after an earlier fork. False: some are not. */
static __always_inline bool share_four(pte_t *to, const pte_t *from, uint32_t *shares)
{
	pte_t a = arch_pte_load(&from[0]), b = arch_pte_load(&from[1]);
	pte_t c = arch_pte_load(&from[2]), d = arch_pte_load(&from[3]);

	if (!arch_pte_present_huge(a & b & c & d) || arch_pte_writable(a | b | c | d))
		return false;
	share_one(to, a, shares);
	share_one(to + 1, b, shares);
	share_one(to + 2, c, shares);
	share_one(to + 3, d, shares);
	return true;
}

static unsigned share_present(pte_t *to, pte_t *from, unsigned n, unsigned max)
{
	uint32_t *shares = blocks.shares;
	pte_t old, entry;

	while (n + AT_ONCE <= max && share_four(to + n, from + n, shares))
		n += AT_ONCE;
	for (; n < max; n++) {
		old = arch_pte_load(&from[n]);
		if (!arch_pte_present_huge(old))
			break;
		entry = arch_pte_present_wrprotect(old);
		__atomic_fetch_add(share_in(shares, old), 1, __ATOMIC_RELAXED);
		if (entry != old)
			arch_pte_store(&from[n], entry);
		arch_pte_store(&to[n], entry);
	}
	return n;
}

unsigned huge_share(pte_t *to, pte_t *from, unsigned max)
{
	unsigned n = 0;
	pte_t entry;

	for (;;) {
		n = share_present(to, from, n, max);
		entry = n < max ? arch_pte_load(&from[n]) : 0;
		if (!pt_is_huge(entry))
			return n;
		share_one_more(arch_pte_paddr(entry) >> PAGE_SHIFT);	/* one that may not be touched */
		arch_pte_store(&to[n++], entry);
	}
}

static __always_inline void forget_one(pte_t entry, uint32_t *shares)
{
	if (unlikely(!__atomic_sub_fetch(share_in(shares, entry), 1, __ATOMIC_ACQ_REL)))
		share_none(phys_to_page(arch_pte_present_paddr(entry)));
}

static __always_inline bool forget_four(const pte_t *from, uint32_t *shares)
{
	pte_t a = arch_pte_load(&from[0]), b = arch_pte_load(&from[1]);
	pte_t c = arch_pte_load(&from[2]), d = arch_pte_load(&from[3]);

	if (!arch_pte_present_huge(a & b & c & d))
		return false;
	forget_one(a, shares);
	forget_one(b, shares);
	forget_one(c, shares);
	forget_one(d, shares);
	return true;
}

static unsigned forget_present(const pte_t *from, unsigned n, unsigned max)
{
	uint32_t *shares = blocks.shares;
	pte_t entry;

	while (n + AT_ONCE <= max && forget_four(from + n, shares))
		n += AT_ONCE;
	for (; n < max; n++) {
		entry = arch_pte_load(&from[n]);
		if (!arch_pte_present_huge(entry))
			break;
		forget_one(entry, shares);
	}
	return n;
}

unsigned huge_forget(const pte_t *from, unsigned max)
{
	unsigned n = 0;
	pte_t entry;

	for (;;) {
		n = forget_present(from, n, max);
		entry = n < max ? arch_pte_load(&from[n]) : 0;
		if (!pt_is_huge(entry))
			return n;
		share_one_less(arch_pte_paddr(entry) >> PAGE_SHIFT);
		n++;
	}
}

static bool shows(pte_t leaf, const struct page *head)
{
	return !arch_pte_none(leaf) && !arch_pte_special(leaf) &&
	       (arch_pte_present(leaf) || arch_pte_is_protnone(leaf)) &&
	       page_head(phys_to_page(arch_pte_paddr(leaf))) == head;
}

bool huge_dissolve(struct page *table, struct page *head)
{
	const pte_t *leaf = page_address(table);
	int count = 0;

	assert_held(&table->ptl);
	for (unsigned i = 0; i < ARCH_PT_ENTRIES; i++)
		count += shows(arch_pte_load(&leaf[i]), head);
	if (page_refs(head) != count)
		return false;
	for (unsigned i = 0; i < BLOCK_PAGES; i++)
		head[i].slab_inuse = 0;
	for (unsigned i = 0; i < ARCH_PT_ENTRIES; i++) {
		pte_t e = arch_pte_load(&leaf[i]);

		if (shows(e, head))	/* the tail's own word, not in use until now */
			phys_to_page(arch_pte_paddr(e))->slab_inuse = 1;
	}
	make_single(head);
	for (unsigned i = 0; i < BLOCK_PAGES; i++) {
		head[i].mapcount = head[i].slab_inuse;
		head[i].slab_inuse = 0;
		if (!head[i].mapcount)
			put_page(&head[i]);
	}
	return true;
}
