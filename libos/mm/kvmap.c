/* SPDX-License-Identifier: MIT */
/*
 * kvmap: hands out addresses of ARCH_KVMAP and maps pages there.
 *
 * Addresses are given from a bump pointer and come back through a tree of free ranges by size class: stacks, by far
 * the most frequent, keep a cache of mapped ones so that fork and exit neither map nor flush.
 *
 * Other blocks that are freed stay mapped for a while too: the next of that size is had for nothing, and when they are
 * many, one flush of the other CPUs is for all of them. The debug build unmaps at once: a use after free faults.
 *
 * Locking. kvmap.lock (class "kvmap") for ranges; the stack cache has its own spin lock.
 */
#include "mm/kvmap.h"

#include "arch/context.h"
#include "arch/mmu.h"
#include "core/assert.h"
#include "core/init.h"
#include "lib/align.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "sync/spinlock.h"

#define STACK_CACHE_MAX	32
#define STALE_MAX	(CONFIG_DEBUG ? 0 : 128)	/* pages */

/* A range in use or free. Field legend: [I] immutable, [l] kvmap.lock */
struct kv_range {
	struct list_head link;		/* [l] on used or free */
	vaddr_t start;			/* [I] the guard page comes after the range */
	size_t size;			/* [I] mapped bytes, guard not counted */
	bool owns_pages;		/* [I] pages are given back on free; false: device memory */
};

/* Field legend: [I] immutable, [l] kvmap.lock */
struct kv_block {
	struct kv_range *range;		/* [I] */
	struct kv_block *next;		/* [l] on stale */
	size_t nr;			/* [I] */
	bool is_stale;			/* [l] freed */
	struct page *page[];		/* [I] */
};

/* Field legend: [l] lock, [s] stack_lock */
static struct {
	struct spinlock lock;
	vaddr_t next;			/* [l] */
	struct list_head used, free;	/* [l] struct kv_range */
	struct kv_block *stale;		/* [l] freed, still mapped */
	size_t nr_stale;		/* [l] pages in them */
	struct spinlock stack_lock;
	void *stacks;			/* [s] cached stacks, linked through their lowest word */
	unsigned nr_stacks;		/* [s] */
} kvmap = {
	.lock = SPINLOCK_NAMED("kvmap"),
	.next = ARCH_KVMAP_START,
	.used = LIST_HEAD_INIT(kvmap.used),
	.free = LIST_HEAD_INIT(kvmap.free),
	.stack_lock = SPINLOCK_NAMED("kstack"),
};

static struct kv_range *range_get(size_t size)
{
	struct kv_range *r, *found = NULL;
	unsigned long flags = spin_lock_irqsave(&kvmap.lock);

	list_for_each_entry(r, &kvmap.free, link) {
		if (r->size == size) {
			found = r;
			break;
		}
	}
	if (found)
		list_move(&found->link, &kvmap.used);
	spin_unlock_irqrestore(&kvmap.lock, flags);
	if (found)
		return found;
	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return NULL;
	r->size = size;
	flags = spin_lock_irqsave(&kvmap.lock);
	if (ARCH_KVMAP_END - kvmap.next >= size + PAGE_SIZE) {
		r->start = kvmap.next;
		kvmap.next += size + PAGE_SIZE;
		list_add(&r->link, &kvmap.used);
	}
	spin_unlock_irqrestore(&kvmap.lock, flags);
	if (r->start)
		return r;
	kfree(r);
	return NULL;
}

static struct kv_range *range_find(vaddr_t start)
{
	struct kv_range *r, *found = NULL;
	unsigned long flags = spin_lock_irqsave(&kvmap.lock);

	list_for_each_entry(r, &kvmap.used, link) {
		if (r->start == start) {
			found = r;
			break;
		}
	}
	spin_unlock_irqrestore(&kvmap.lock, flags);
	return found;
}

static void range_put(struct kv_range *r)
{
	unsigned long flags = spin_lock_irqsave(&kvmap.lock);

	list_move(&r->link, &kvmap.free);
	spin_unlock_irqrestore(&kvmap.lock, flags);
}

/* Unmap the first `mapped` bytes and give their pages back: flush first, then free. */
static void unmap_pages(struct kv_range *r, struct page **pages, size_t mapped)
{
	if (mapped)
		arch_kunmap(r->start, mapped);
	for (size_t i = 0; i < mapped / PAGE_SIZE; i++)
		put_page(pages[i]);
}

/* A stale block of nr pages; NULL: there is none. */
static struct kv_block *stale_take(size_t nr)
{
	unsigned long flags = spin_lock_irqsave(&kvmap.lock);
	struct kv_block **at = &kvmap.stale, *block;

	while ((block = *at) != NULL && block->nr != nr)
		at = &block->next;
	if (block) {
		*at = block->next;
		block->is_stale = false;
		kvmap.nr_stale -= nr;
	}
	spin_unlock_irqrestore(&kvmap.lock, flags);
	return block;
}

/* All stale blocks are unmapped, then flushed at once, then freed. How many pages. */
static size_t stale_purge(void)
{
	unsigned long flags = spin_lock_irqsave(&kvmap.lock);
	struct kv_block *all = kvmap.stale, *block;
	vaddr_t start = ARCH_KVMAP_END, end = ARCH_KVMAP_START;
	size_t nr = kvmap.nr_stale;

	kvmap.stale = NULL;
	kvmap.nr_stale = 0;
	spin_unlock_irqrestore(&kvmap.lock, flags);
	for (block = all; block; block = block->next) {
		arch_kclear(block->range->start, block->range->size);
		start = min(start, block->range->start);
		end = max(end, block->range->start + block->range->size);
	}
	if (all)
		arch_kflush(start, end);
	while ((block = all) != NULL) {
		all = block->next;
		for (size_t i = 0; i < block->nr; i++)
			put_page(block->page[i]);
		range_put(block->range);
		kfree(block);
	}
	return nr;
}

void *vmalloc_pages(size_t size, unsigned gfp)
{
	size_t nr = DIV_ROUND_UP(size, PAGE_SIZE), done = 0;
	struct kv_block *block = stale_take(nr);
	struct kv_range *r;

	if (block) {
		if (gfp & GFP_ZERO)
			memset((void *)block->range->start, 0, nr * PAGE_SIZE);
		return (void *)block->range->start;
	}
	block = kzalloc(sizeof(*block) + nr * sizeof(block->page[0]), GFP_KERNEL);
	r = block ? range_get(nr * PAGE_SIZE) : NULL;
	if (!r) {
		kfree(block);
		return NULL;
	}
	block->range = r;
	block->nr = nr;
	for (; done < nr; done++) {
		block->page[done] = alloc_page(gfp);
		if (!block->page[done])
			break;
		if (arch_kmap(r->start + done * PAGE_SIZE, page_to_phys(block->page[done]), PAGE_SIZE,
			      PTE_PROT_READ | PTE_PROT_WRITE | PTE_PROT_GLOBAL)) {
			put_page(block->page[done]);
			break;
		}
	}
	if (done == nr) {
		r->owns_pages = true;
		block->page[0]->lru.next = (struct list_head *)block;	/* vfree_pages() finds it here */
		return (void *)r->start;
	}
	unmap_pages(r, block->page, done * PAGE_SIZE);
	range_put(r);
	kfree(block);
	return NULL;
}

static struct kv_block *block_of(const void *p)
{
	paddr_t pa = arch_kvmap_phys((vaddr_t)p);

	return (struct kv_block *)phys_to_page(pa)->lru.next;
}

void vfree_pages(const void *p)
{
	struct kv_block *block = block_of(p);
	unsigned long flags;
	bool many;

	VERIFY(block->range->start == (vaddr_t)p);
	flags = spin_lock_irqsave(&kvmap.lock);
	VERIFY(!block->is_stale);	/* freed twice */
	block->is_stale = true;
	block->next = kvmap.stale;
	kvmap.stale = block;
	kvmap.nr_stale += block->nr;
	many = kvmap.nr_stale > STALE_MAX;
	spin_unlock_irqrestore(&kvmap.lock, flags);
	if (many)
		stale_purge();
}

bool kvmap_contains(const void *p)
{
	return (vaddr_t)p >= ARCH_KVMAP_START && (vaddr_t)p < ARCH_KVMAP_END;
}

static void *stack_from_cache(void)
{
	unsigned long flags = spin_lock_irqsave(&kvmap.stack_lock);
	void *stack = kvmap.stacks;

	if (stack) {
		kvmap.stacks = *(void **)stack;
		kvmap.nr_stacks--;
	}
	spin_unlock_irqrestore(&kvmap.stack_lock, flags);
	return stack;
}

void *kstack_alloc(void)
{
	void *stack = stack_from_cache();

	return stack ? stack : vmalloc_pages(ARCH_KSTACK_SIZE, GFP_KERNEL);
}

/* Memory is short: stacks that wait for use go, and stale blocks. */
static unsigned long stack_shrink(unsigned long nr_pages)
{
	unsigned long freed = 0;
	void *stack;

	while (freed < nr_pages && (stack = stack_from_cache()) != NULL) {
		vfree_pages(stack);
		freed += ARCH_KSTACK_SIZE / PAGE_SIZE;
	}
	return max(freed, stale_purge());
}

static int stack_init(void)
{
	static struct shrinker shrinker = { .name = "kernel stacks", .shrink = stack_shrink };

	shrinker_register(&shrinker);
	return 0;
}
INIT_HOOK(INIT_IRQ, stack_init);

void kstack_free(void *stack)
{
	unsigned long flags = spin_lock_irqsave(&kvmap.stack_lock);
	bool keep = kvmap.nr_stacks < STACK_CACHE_MAX;

	if (keep) {
		*(void **)stack = kvmap.stacks;
		kvmap.stacks = stack;
		kvmap.nr_stacks++;
	}
	spin_unlock_irqrestore(&kvmap.stack_lock, flags);
	if (!keep)
		vfree_pages(stack);
}

void __iomem *kvmap_io(paddr_t pa, size_t size)
{
	paddr_t base = ALIGN_DOWN(pa, PAGE_SIZE);
	size_t bytes = ALIGN_UP(pa + size, PAGE_SIZE) - base;
	struct kv_range *r = range_get(bytes);

	if (!r)
		return NULL;
	r->owns_pages = false;
	if (arch_kmap(r->start, base, bytes, PTE_PROT_READ | PTE_PROT_WRITE | PTE_PROT_DEVICE | PTE_PROT_GLOBAL)) {
		range_put(r);
		return NULL;
	}
	return (void __iomem *)(r->start + (pa - base));
}

void kvmap_io_unmap(void __iomem *va, size_t size)
{
	vaddr_t start = ALIGN_DOWN((vaddr_t)va, PAGE_SIZE);
	struct kv_range *r = range_find(start);

	VERIFY(r && r->size == ALIGN_UP((vaddr_t)va + size, PAGE_SIZE) - start);
	arch_kunmap(r->start, r->size);
	range_put(r);
}

void *kvmalloc(size_t size, unsigned gfp)
{
	void *p = size <= 2 * PAGE_SIZE ? kmalloc(size, gfp) : NULL;

	if (p)
		return p;
	return size > PAGE_SIZE ? vmalloc_pages(size, gfp) : NULL;
}

void *kvzalloc(size_t size, unsigned gfp)
{
	return kvmalloc(size, gfp | GFP_ZERO);
}

void kvfree(const void *p)
{
	if (p && kvmap_contains(p))
		vfree_pages(p);
	else
		kfree(p);
}
