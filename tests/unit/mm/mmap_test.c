/* SPDX-License-Identifier: MIT */
/*
 * Areas against a model: one record per page says what is mapped, with which rights and content. Random calls
 * change both; then the tree's own rules, the counters and each page are compared.
 */
#include "kernel.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "arch/upcall.h"
#include "mm/mm.h"
#include "mm/mmap.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/vma.h"
#include "sync/rcu.h"

#define PAGES	1600			/* more than three leaf tables */
#define BASE	0x10000000UL

struct model_page {
	bool mapped, shared;
	unsigned prot;
	uint64_t value;			/* first word */
};

static struct model_page model[PAGES];

static vaddr_t addr_of(unsigned page)
{
	return BASE + page * PAGE_SIZE;
}

static bool all_mapped(unsigned from, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!model[from + i].mapped)
			return false;
	}
	return true;
}

static void do_map(struct mm *mm, unsigned from, unsigned n)
{
	unsigned prot = (unsigned)test_random_below(8);
	bool shared = test_random_below(4) == 0;
	struct map_request req = {
		.addr = addr_of(from), .size = n * PAGE_SIZE, .prot = prot,
		.flags = (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_FIXED,
	};

	CHECK_EQ(mm_map(mm, &req), (long)req.addr);
	for (unsigned i = 0; i < n; i++)
		model[from + i] = (struct model_page){ .mapped = true, .shared = shared, .prot = prot };
}

static void do_unmap(struct mm *mm, unsigned from, unsigned n)
{
	CHECK_EQ(mm_unmap(mm, addr_of(from), n * PAGE_SIZE), 0);
	for (unsigned i = 0; i < n; i++)
		model[from + i] = (struct model_page){ 0 };
}

static void do_protect(struct mm *mm, unsigned from, unsigned n)
{
	unsigned prot = (unsigned)test_random_below(8);
	int err = mm_protect(mm, addr_of(from), n * PAGE_SIZE, prot, false);

	CHECK_EQ(err, all_mapped(from, n) ? 0 : -ENOMEM);
	for (unsigned i = 0; i < n && model[from + i].mapped; i++)
		model[from + i].prot = prot;
}

static void do_dontneed(struct mm *mm, unsigned from, unsigned n)
{
	CHECK_EQ(mm_advise(mm, addr_of(from), n * PAGE_SIZE, MADV_DONTNEED), all_mapped(from, n) ? 0 : -ENOMEM);
	for (unsigned i = 0; i < n; i++) {
		if (!model[from + i].shared)
			model[from + i].value = 0;
	}
}

static bool one_area(struct mm *mm, unsigned from, unsigned n)
{
	struct vma *vma = vma_find(mm, addr_of(from));

	return vma && vma->start <= addr_of(from) && vma->end >= addr_of(from + n);
}

static void do_move(struct mm *mm, unsigned from, unsigned n)
{
	unsigned to = (unsigned)test_random_below(PAGES - n);
	bool overlap = from + n > to && to + n > from;
	bool whole = one_area(mm, from, n);
	long ret;

	if (overlap || !whole)
		return;
	ret = mm_remap(mm, addr_of(from), n * PAGE_SIZE, n * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, addr_of(to));
	CHECK_EQ(ret, (long)addr_of(to));
	for (unsigned i = 0; i < n; i++) {
		model[to + i] = model[from + i];
		model[from + i] = (struct model_page){ 0 };
	}
}

static void do_write(struct mm *mm, unsigned page)
{
	struct model_page *m = &model[page];
	uint64_t value = test_random();
	size_t done = mm_access(mm, addr_of(page), &value, sizeof(value), /*write=*/true, /*force=*/false);

	CHECK_EQ(done, m->mapped && (m->prot & PROT_WRITE) ? sizeof(value) : 0);
	if (done)
		m->value = value;
}

static void check_page(struct mm *mm, unsigned page)
{
	struct model_page *m = &model[page];
	uint64_t value = 1;
	size_t done = mm_access(mm, addr_of(page), &value, sizeof(value), /*write=*/false, /*force=*/false);
	int expect;

	CHECK_EQ(done, m->mapped && (m->prot & PROT_READ) ? sizeof(value) : 0);
	if (done)
		CHECK_EQ(value, m->value);
	expect = !m->mapped ? -EFAULT : m->prot & PROT_EXEC ? 0 : -EACCES;
	mm_read_lock(mm);
	CHECK_EQ(mm_fault_locked(mm, addr_of(page), FAULT_EXEC), expect);
	mm_read_unlock(mm);
}

/* No overlap, neighbours that could be one are one, counters equal what is there. */
static void check_tree(struct mm *mm)
{
	uint64_t total = 0, data = 0;
	struct vma *vma, *prev = NULL;
	unsigned n = 0;

	for (vma = vma_first(mm); vma; prev = vma, vma = vma_next(vma)) {
		CHECK_LT(vma->start, vma->end);
		CHECK_EQ((vma->start | vma->end) & ~PAGE_MASK, 0);
		if (prev)
			CHECK_LE(prev->end, vma->start);
		if (prev && prev->end == vma->start && !vma->mapping && !prev->mapping && prev->flags == vma->flags)
			CHECK_NE(vma->pgoff, prev->pgoff + vma_pages(prev));
		total += vma_pages(vma);
		if ((vma->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE)
			data += vma_pages(vma);
		n++;
	}
	CHECK_EQ(mm->nr_vmas, n);
	CHECK_EQ(mm->total_vm, total);
	CHECK_EQ(mm->data_vm, data);
}

static void step(struct mm *mm)
{
	unsigned n = 1 + (unsigned)test_random_below(test_random_below(8) ? 20 : 900);
	unsigned from = (unsigned)test_random_below(PAGES - n);

	switch (test_random_below(10)) {
	case 0: case 1: do_map(mm, from, n); break;
	case 2: do_unmap(mm, from, n); break;
	case 3: case 4: do_protect(mm, from, n); break;
	case 5: do_dontneed(mm, from, n); break;
	case 6: do_move(mm, from, n); break;
	default:
		for (unsigned i = 0; i < 10; i++)
			do_write(mm, (unsigned)test_random_below(PAGES));
	}
}

static unsigned long settled_pages(void)
{
	synchronize_rcu();
	synchronize_rcu();
	return pages_free() + slab_pages();
}

KTEST(areas_follow_the_model)
{
	unsigned long before = settled_pages();
	struct mm *mm = mm_create();

	CHECK(mm);
	mm->mmap_base = 0x7f0000000000UL;
	for (unsigned round = 0; round < 3000; round++) {
		step(mm);
		if (round % 16 == 0)
			check_tree(mm);
		for (unsigned i = 0; i < 4; i++)
			check_page(mm, (unsigned)test_random_below(PAGES));
	}
	for (unsigned i = 0; i < PAGES; i++)
		check_page(mm, i);
	CHECK_EQ(mm_unmap(mm, BASE, PAGES * PAGE_SIZE), 0);
	CHECK_EQ(mm_rss(mm), 0);
	CHECK_EQ(mm->pgtable_pages, 0);
	CHECK_EQ(mm->total_vm | mm->data_vm, 0);
	mm_put(mm);
	CHECK_LE((long)(before - settled_pages()), 8);
}

KTEST(placement)
{
	struct mm *mm = mm_create();
	struct map_request req = { .size = 3 * PAGE_SIZE, .prot = PROT_READ, .flags = MAP_PRIVATE | MAP_ANONYMOUS };
	long a, b;

	CHECK(mm);
	mm->mmap_base = 0x7f0000000000UL;
	a = mm_map(mm, &req);
	CHECK_EQ(a, 0x7f0000000000L - 3 * 4096);
	b = mm_map(mm, &req);
	CHECK_EQ(b, a - 3 * 4096);
	CHECK_EQ(mm->nr_vmas, 1);		/* they touch: one area */
	CHECK_EQ(mm_unmap(mm, a, PAGE_SIZE), 0);
	req.size = PAGE_SIZE;
	CHECK_EQ(mm_map(mm, &req), a);	/* highest hole that fits */
	req.addr = 0x20000000;
	CHECK_EQ(mm_map(mm, &req), 0x20000000);
	CHECK_LT(mm_map(mm, &req), a);		/* the hint is taken */
	req.flags |= MAP_FIXED_NOREPLACE;
	CHECK_EQ(mm_map(mm, &req), -EEXIST);
	req.addr = 0x20000001;
	CHECK_EQ(mm_map(mm, &req), -EINVAL);
	req.size = 0;
	CHECK_EQ(mm_map(mm, &req), -EINVAL);
	mm_put(mm);
}

KTEST(stack_grows_to_its_limit)
{
	struct mm *mm = mm_create();
	struct map_request req = { .addr = 0x60000000, .size = PAGE_SIZE, .prot = PROT_READ | PROT_WRITE,
				   .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN };

	CHECK(mm);
	CHECK_EQ(mm_map(mm, &req), (long)req.addr);
	mm->limits.stack = 1 << 20;
	CHECK_EQ(mm_grow_stack(mm, req.addr - 100), 0);
	CHECK_EQ(vma_first(mm)->start, req.addr - PAGE_SIZE);
	CHECK_EQ(mm_grow_stack(mm, req.addr - (1 << 20) + PAGE_SIZE), 0);
	CHECK_EQ(mm_grow_stack(mm, req.addr - (1 << 20)), -ENOMEM);
	req.addr -= (1 << 20) + 10 * PAGE_SIZE;	/* a neighbour inside the guard gap */
	req.flags &= ~MAP_GROWSDOWN;
	CHECK_EQ(mm_map(mm, &req), (long)req.addr);
	mm->limits.stack = 8 << 20;
	CHECK_EQ(mm_grow_stack(mm, req.addr + 5 * PAGE_SIZE), -ENOMEM);
	mm_put(mm);
}

KTEST(break_moves_and_stops)
{
	struct mm *mm = mm_create();
	struct map_request req = { .addr = 0x30100000, .size = PAGE_SIZE, .prot = PROT_READ,
				   .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED };

	CHECK(mm);
	mm->start_brk = mm->brk = 0x30000000;
	CHECK_EQ(mm_brk(mm, 0), 0x30000000);
	CHECK_EQ(mm_brk(mm, 0x30000123), 0x30000123);
	CHECK_EQ(mm->data_vm, 1);
	CHECK_EQ(mm_map(mm, &req), (long)req.addr);
	CHECK_EQ(mm_brk(mm, 0x30100000), 0x30000123);		/* would touch the neighbour */
	CHECK_EQ(mm_brk(mm, 0x300ff000), 0x300ff000);
	CHECK_EQ(mm_brk(mm, 0x30000000), 0x30000000);
	CHECK_EQ(mm->data_vm, 0);
	mm_put(mm);
}
