/* SPDX-License-Identifier: MIT */
/* Mapping, touching, protecting and giving back memory. */
#include "../lib/bench.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#define PAGE	4096L

static char *map(long pages)
{
	return MUST(mmap(NULL, (size_t)(pages * PAGE), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

/* An iteration is a page: one mapping of all of them, then a byte written to each. */
BENCH(mmap_fault, 4096, 256)
{
	char *memory;

	bench_start(b);
	memory = map(b->iterations);
	for (long i = 0; i < b->iterations; i++)
		((volatile char *)memory)[i * PAGE] = 1;
	bench_stop(b);
	MUST(munmap(memory, (size_t)(b->iterations * PAGE)));
}

/* One page, 256 and 8192 pages of one mapping, touched and given back; an iteration is a page. */
static void touch(struct bench *b, long pages)
{
	bench_start(b);
	for (long done = 0; done < b->iterations; done += pages) {
		char *memory = map(pages);

		for (long i = 0; i < pages; i++)
			((volatile char *)memory)[i * PAGE] = 1;
		MUST(munmap(memory, (size_t)(pages * PAGE)));
	}
	bench_stop(b);
}

BENCH(fault_1, 20000, 500)
{
	touch(b, 1);
}

BENCH(fault_256, 256 * 64, 256)
{
	touch(b, 256);
}

BENCH(fault_8192, 8192 * 4, 8192)
{
	touch(b, 8192);
}

BENCH(mmap_munmap, 100000, 2000)
{
	bench_start(b);
	for (long i = 0; i < b->iterations; i++)
		MUST(munmap(map(1), PAGE));
	bench_stop(b);
}

BENCH(mprotect, 200000, 5000)
{
	char *page = map(1);

	*page = 1;
	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		MUST(mprotect(page, PAGE, PROT_READ));
		MUST(mprotect(page, PAGE, PROT_READ | PROT_WRITE));
	}
	bench_stop(b);
	MUST(munmap(page, PAGE));
}

BENCH(brk, 500000, 5000)
{
	long start = syscall(SYS_brk, 0);

	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		if (syscall(SYS_brk, start + PAGE) != start + PAGE || syscall(SYS_brk, start) != start)
			bench_failed("brk", __FILE__, __LINE__);
	}
	bench_stop(b);
}
