/* SPDX-License-Identifier: MIT */
/*
 * A random mix of mmap, munmap, mprotect, madvise, mremap, mlock, writes and forks by several processes at once. Each
 * process knows what every page of its arena must hold, and looks. CONTRACT_MIX_MS: how long (default 400 ms);
 * CONTRACT_MIX_SEED: to repeat a run.
 */
#include "lib/contract.h"

#define PAGES	3072			/* 12 MiB: room for several 2 MiB blocks */
#define ACTORS	4

enum kind { HOLE, PRIVATE, SHARED };

/* What a page of the arena is. */
struct known {
	uint8_t kind;			/* enum kind */
	uint8_t prot;			/* PROT_* */
	uint32_t value;			/* its first and last word */
};

static struct known known[PAGES];
static char *arena;
static uint64_t state;

static uint32_t rnd(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 20) % below);
}

static uint32_t *word(size_t page, bool last)
{
	return (uint32_t *)(arena + page * PAGE + (last ? PAGE - 4 : 0));
}

/* A random range: often small, sometimes of whole 2 MiB blocks. */
static void range(size_t *from, size_t *to)
{
	size_t n = rnd(4) ? 1 + rnd(40) : 1 + rnd(1200);

	*from = rnd(PAGES);
	if (rnd(4) == 0)
		*from &= ~511UL;
	*to = *from + n < PAGES ? *from + n : PAGES;
}

static void fail(const char *what, size_t page)
{
	printf("# pid %d: %s: page %zu at %p: kind %u prot %u holds %x %x, want %x\n", getpid(), what, page,
	       (void *)word(page, false), known[page].kind, known[page].prot,
	       known[page].prot & PROT_READ ? *word(page, false) : 0,
	       known[page].prot & PROT_READ ? *word(page, true) : 0, known[page].value);
	fflush(stdout);
	_exit(1);
}

static void look(size_t from, size_t to, const char *what)
{
	for (size_t i = from; i < to; i++) {
		if (known[i].kind == HOLE || !(known[i].prot & PROT_READ))
			continue;
		if (*word(i, false) != known[i].value || *word(i, true) != known[i].value)
			fail(what, i);
	}
}

static void do_map(size_t from, size_t to)
{
	int type = rnd(5) == 0 ? MAP_SHARED : MAP_PRIVATE;
	int more = rnd(8) == 0 ? MAP_POPULATE : 0;

	REQUIRE(mmap(arena + from * PAGE, (to - from) * PAGE, PROT_READ | PROT_WRITE,
		     type | MAP_ANONYMOUS | MAP_FIXED | more, -1, 0) != MAP_FAILED);
	for (size_t i = from; i < to; i++)
		known[i] = (struct known){ type == MAP_SHARED ? SHARED : PRIVATE, PROT_READ | PROT_WRITE, 0 };
}

static void do_unmap(size_t from, size_t to)
{
	/* The hole keeps its place in the arena. */
	REQUIRE(mmap(arena + from * PAGE, (to - from) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED |
		     MAP_NORESERVE, -1, 0) != MAP_FAILED);
	if (rnd(2))
		REQUIRE_OK(munmap(arena + from * PAGE, (to - from) * PAGE));
	for (size_t i = from; i < to; i++)
		known[i] = (struct known){ HOLE, 0, 0 };
}

/* Runs of pages that are mapped, within [from, to). */
static bool next_run(size_t *from, size_t to, size_t *end)
{
	while (*from < to && known[*from].kind == HOLE)
		++*from;
	for (*end = *from; *end < to && known[*end].kind != HOLE; ++*end)
		;
	return *from < *end;
}

static void do_protect(size_t from, size_t to)
{
	static const int prots[] = { PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE, PROT_READ | PROT_WRITE };
	int prot = prots[rnd(4)];

	for (size_t end; next_run(&from, to, &end); from = end) {
		REQUIRE_OK(mprotect(arena + from * PAGE, (end - from) * PAGE, prot));
		for (size_t i = from; i < end; i++)
			known[i].prot = (uint8_t)prot;
	}
}

static void do_advise(size_t from, size_t to)
{
	static const int advices[] = { MADV_DONTNEED, MADV_DONTNEED, MADV_NOHUGEPAGE, MADV_HUGEPAGE, MADV_WILLNEED };
	int advice = advices[rnd(5)];

	for (size_t end; next_run(&from, to, &end); from = end) {
		REQUIRE_OK(madvise(arena + from * PAGE, (end - from) * PAGE, advice));
		for (size_t i = from; advice == MADV_DONTNEED && i < end; i++) {
			if (known[i].kind == PRIVATE)
				known[i].value = 0;
		}
	}
}

static void do_write(size_t from, size_t to)
{
	for (size_t i = from; i < to; i += 1 + rnd(3)) {
		if (known[i].kind == HOLE || !(known[i].prot & PROT_WRITE))
			continue;
		known[i].value = (uint32_t)state ^ (uint32_t)i << 16;
		*word(i, false) = *word(i, true) = known[i].value;
	}
}

/* A run of private pages of one protection goes elsewhere in the arena. */
static void do_move(size_t from, size_t to)
{
	size_t n = 1, target;

	while (from + n < to && known[from + n].kind == known[from].kind && known[from + n].prot == known[from].prot)
		n++;
	target = rnd((uint32_t)(PAGES - n));
	if (known[from].kind != PRIVATE || (target < from + n && from < target + n))
		return;
	for (size_t i = from; i < from + n; i++) {	/* areas that differ otherwise (advice) do not move as one */
		if (mremap(arena + i * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			   arena + (target + i - from) * PAGE) == MAP_FAILED)
			contract_bail(__FILE__, __LINE__, "mremap");
		known[target + i - from] = known[i];
		known[i] = (struct known){ HOLE, 0, 0 };
	}
}

/* One call for a large range that was made at once, so that blocks move as blocks. */
static void do_move_block(void)
{
	size_t from = rnd(PAGES / 512 - 1) * 512UL, n = 512 + rnd(500), target = rnd(PAGES - 1100);

	if (target < from + n && from < target + n)
		return;
	REQUIRE(mmap(arena + from * PAGE, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		     -1, 0) != MAP_FAILED);
	for (size_t i = from; i < from + n; i++) {
		known[i] = (struct known){ PRIVATE, PROT_READ | PROT_WRITE, (uint32_t)state + (uint32_t)i };
		*word(i, false) = *word(i, true) = known[i].value;
	}
	REQUIRE(mremap(arena + from * PAGE, n * PAGE, n * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       arena + target * PAGE) != MAP_FAILED);
	for (size_t i = 0; i < n; i++)
		known[target + i] = known[from + i];
	for (size_t i = 0; i < n; i++)
		known[from + i] = (struct known){ HOLE, 0, 0 };
}

static void act(int depth, int64_t end);

static void do_fork(int depth, int64_t end)
{
	int64_t until = now_ns() + 1000000 * (int64_t)(1 + rnd(20));
	pid_t pid;

	if (depth == 2)
		return;
	/* What is shared changes for both: leave it out. */
	for (size_t i = 0; i < PAGES; i++) {
		if (known[i].kind == SHARED)
			do_unmap(i, i + 1);
	}
	pid = fork_child();
	if (pid == 0) {
		state ^= (uint64_t)getpid() << 32;
		act(depth + 1, until < end ? until : end);
		_exit(0);
	}
	if (rnd(2))
		act(2, until < end ? until : end);
	if (wait_status(pid))
		_exit(1);
}

static void act(int depth, int64_t end)
{
	size_t from, to;

	do {
		range(&from, &to);
		switch (rnd(12)) {
		case 0: case 1: do_map(from, to); break;
		case 2: do_unmap(from, to); break;
		case 3: case 4: do_protect(from, to); break;
		case 5: do_advise(from, to); break;
		case 6: case 7: case 8: do_write(from, to); break;
		case 9: do_move(from, to); break;
		case 10: do_move_block(); break;
		default: do_fork(depth, end); break;
		}
		look(from, to, "after a step");
	} while (now_ns() < end);
	look(0, PAGES, "at the end");
}

static int actor(void *arg)
{
	const char *ms = getenv("CONTRACT_MIX_MS");

	state = *(uint64_t *)arg;
	arena = mmap(NULL, PAGES * PAGE + (2 << 20), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	REQUIRE(arena != MAP_FAILED);
	arena = (char *)(((uintptr_t)arena + (2 << 20) - 1) & ~((2UL << 20) - 1));
	do_unmap(0, PAGES);
	act(0, now_ns() + 1000000 * (ms ? atoll(ms) : 400));
	return 0;
}

void contract_main(void)
{
	const char *seed = getenv("CONTRACT_MIX_SEED");
	uint64_t first = seed ? strtoull(seed, NULL, 0) : (uint64_t)now_ns() | 1;
	pid_t pids[ACTORS];

	note("seed %llu", (unsigned long long)first);
	for (int i = 0; i < ACTORS; i++) {
		uint64_t mine = first + (uint64_t)i * 0x9e3779b97f4a7c15;

		pids[i] = fork_child();
		if (pids[i] == 0)
			_exit(actor(&mine));
	}
	for (int i = 0; i < ACTORS; i++)
		CHECK_INT(wait_status(pids[i]), 0, "each page held what was put there");
}
