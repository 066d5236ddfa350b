/* SPDX-License-Identifier: MIT */
/*
 * Copy-on-write: a family of address spaces that fork, write, unmap and die, each against its own model; private
 * memory diverges, shared memory does not. Nothing is lost at the end.
 */
#include "kernel.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "arch/upcall.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mmap.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "sync/completion.h"
#include "sched/kthread.h"
#include "sched/sched.h"
#include "sync/rcu.h"

#define FAMILY	6
#define PAGES	700
#define SHARED	100			/* the last ones are shared memory */
#define BASE	0x40000000UL

struct member {
	struct mm *mm;
	uint64_t value[PAGES];
	bool mapped[PAGES];
};

static struct member family[FAMILY];

static unsigned long settled_pages(void)
{
	synchronize_rcu();
	synchronize_rcu();
	return pages_free() + slab_pages();
}

static struct mm *new_mm(void)
{
	struct mm *mm = mm_create();
	struct map_request req = { .addr = BASE, .size = (PAGES - SHARED) * PAGE_SIZE,
				   .prot = PROT_READ | PROT_WRITE, .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED };

	CHECK(mm);
	CHECK_EQ(mm_map(mm, &req), (long)req.addr);
	req.addr = BASE + req.size;
	req.size = SHARED * PAGE_SIZE;
	req.flags = MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED;
	CHECK_EQ(mm_map(mm, &req), (long)req.addr);
	return mm;
}

static uint64_t peek(struct mm *mm, unsigned page)
{
	uint64_t value = 0;

	CHECK_EQ(mm_access(mm, BASE + page * PAGE_SIZE, &value, sizeof(value), false, false), sizeof(value));
	return value;
}

static void poke(struct mm *mm, unsigned page, uint64_t value)
{
	CHECK_EQ(mm_access(mm, BASE + page * PAGE_SIZE, &value, sizeof(value), true, false), sizeof(value));
}

static void write_some(struct member *m)
{
	for (unsigned i = 0; i < 20; i++) {
		unsigned page = (unsigned)test_random_below(PAGES);
		uint64_t value = test_random();

		if (!m->mapped[page])
			continue;
		poke(m->mm, page, value);
		for (struct member *o = family; o < family + FAMILY; o++) {
			if (o == m || page >= PAGES - SHARED)
				o->value[page] = value;
		}
	}
}

static void unmap_some(struct member *m)
{
	unsigned n = test_random_below(4) ? 5 : 512, from = (unsigned)test_random_below(PAGES - SHARED);

	n = min(n, PAGES - SHARED - from);
	if (test_random_below(2)) {
		CHECK_EQ(mm_unmap(m->mm, BASE + from * PAGE_SIZE, n * PAGE_SIZE), 0);
		for (unsigned i = from; i < from + n; i++)
			m->mapped[i] = false;
		return;
	}
	for (unsigned i = from; i < from + n; i++) {
		if (!m->mapped[i])
			return;
	}
	CHECK_EQ(mm_advise(m->mm, BASE + from * PAGE_SIZE, n * PAGE_SIZE, MADV_DONTNEED), 0);
	memset(&m->value[from], 0, n * sizeof(m->value[0]));
}

static void check_member(struct member *m, unsigned times)
{
	uint64_t value;

	for (; times; times--) {
		unsigned page = (unsigned)test_random_below(PAGES);

		if (m->mapped[page])
			CHECK_EQ(peek(m->mm, page), m->value[page]);
		else
			CHECK_EQ(mm_access(m->mm, BASE + page * PAGE_SIZE, &value, 8, false, false), 0);
	}
}

KTEST(family_diverges)
{
	unsigned long before = settled_pages();

	family[0].mm = new_mm();
	memset(family[0].mapped, true, PAGES);
	for (unsigned round = 0; round < 1500; round++) {
		struct member *m = &family[test_random_below(FAMILY)], *child = &family[test_random_below(FAMILY)];

		if (!m->mm)
			continue;
		write_some(m);
		if (test_random_below(6) == 0)
			unmap_some(m);
		check_member(m, 20);
		if (m == child)
			continue;
		if (child->mm)
			mm_put(child->mm);
		*child = *m;
		CHECK_EQ(mm_fork(m->mm, &child->mm), 0);
		check_member(child, 20);
	}
	for (struct member *m = family; m < family + FAMILY; m++) {
		if (m->mm)
			check_member(m, 500);
		mm_put(m->mm);
		m->mm = NULL;
	}
	CHECK_LE((long)(before - settled_pages()), 8);
}

static struct page *page_at(struct mm *mm, unsigned page)
{
	struct page *table;
	pte_t *pte = pt_peek(mm, BASE + page * PAGE_SIZE, &table);

	return pte && arch_pte_present(arch_pte_load(pte)) ? phys_to_page(arch_pte_paddr(arch_pte_load(pte))) : NULL;
}

KTEST(sole_owner_keeps_the_page)
{
	struct mm *parent = new_mm(), *child;
	struct page *page, *copy;

	poke(parent, 7, 1);
	page = page_at(parent, 7);
	CHECK_EQ(mm_fork(parent, &child), 0);
	CHECK(page_at(child, 7) == page);		/* the table is shared, nothing was copied */
	CHECK_EQ(page_refs(page), 1);
	mm_put(child);
	poke(parent, 7, 2);
	CHECK(page_at(parent, 7) == page);		/* the other is gone: no copy */

	CHECK_EQ(mm_fork(parent, &child), 0);
	poke(child, 7, 3);
	copy = page_at(child, 7);
	CHECK(copy != page);
	CHECK_EQ(peek(parent, 7), 2);
	poke(parent, 7, 4);
	CHECK(page_at(parent, 7) == page);		/* the child has its own: ours alone */
	CHECK_EQ(peek(child, 7), 3);
	mm_put(child);
	mm_put(parent);
}

KTEST(fork_hides_what_it_must)
{
	struct mm *parent = new_mm(), *child;
	uint64_t value;

	for (unsigned i = 0; i < 30; i++)
		poke(parent, i, i + 1);
	CHECK_EQ(mm_advise(parent, BASE + 10 * PAGE_SIZE, 5 * PAGE_SIZE, MADV_DONTFORK), 0);
	CHECK_EQ(mm_advise(parent, BASE + 20 * PAGE_SIZE, 5 * PAGE_SIZE, MADV_WIPEONFORK), 0);
	CHECK_EQ(mm_fork(parent, &child), 0);
	CHECK_EQ(mm_access(child, BASE + 12 * PAGE_SIZE, &value, 8, false, false), 0);
	CHECK_EQ(peek(child, 22), 0);
	CHECK_EQ(peek(child, 9), 10);
	CHECK_EQ(peek(child, 15), 16);
	CHECK_EQ(peek(child, 25), 26);
	CHECK_EQ(peek(parent, 12), 13);
	CHECK_EQ(peek(parent, 22), 23);
	mm_put(child);
	mm_put(parent);
}

/* --- threads of one address space after a fork: each table is unshared once, each write lands --- */

#define WORKERS	4

static struct {
	struct mm *mm;
	struct completion done;
	unsigned next;
} race;

static void race_worker(void *arg)
{
	unsigned id = __atomic_fetch_add(&race.next, 1, __ATOMIC_RELAXED);

	(void)arg;
	for (unsigned i = id; i < PAGES - SHARED; i += WORKERS) {
		uint64_t value = i * 1000 + id;

		ignore_result(mm_access(race.mm, BASE + i * PAGE_SIZE, &value, sizeof(value), true, false));
		if (i % 64 == id)
			ignore_result(mm_advise(race.mm, BASE + 512 * PAGE_SIZE * (i % 2), PAGE_SIZE, MADV_WILLNEED));
		cond_resched();
	}
	complete(&race.done);
}

static void threads_race(void)
{
	struct mm *child;
	unsigned long before = settled_pages();

	for (unsigned round = 0; round < 2; round++) {
		race.mm = new_mm();
		race.next = 0;
		for (unsigned i = 0; i < PAGES; i++)
			poke(race.mm, i, 5);
		CHECK_EQ(mm_fork(race.mm, &child), 0);
		completion_init(&race.done);
		for (unsigned i = 0; i < WORKERS; i++)
			CHECK_EQ(kthread_run(race_worker, NULL, "race"), 0);
		if (round & 1)
			mm_put(child);
		for (unsigned i = 0; i < WORKERS; i++)
			wait_for_completion(&race.done);
		for (unsigned i = 0; i < PAGES - SHARED; i++) {
			CHECK_EQ(peek(race.mm, i), i * 1000 + i % WORKERS);
			if (!(round & 1))
				CHECK_EQ(peek(child, i), 5);
		}
		if (!(round & 1))
			mm_put(child);
		mm_put(race.mm);
	}
	CHECK_LE((long)(before - settled_pages()), 64);
}

KTEST_ON(threads_unshare_once, .nr_cpus = 4, .interleave_seed = 3)
{
	threads_race();
}

KTEST_ON(threads_unshare_once_in_another_order, .nr_cpus = 4, .interleave_seed = 99)
{
	threads_race();
}
