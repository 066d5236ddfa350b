/* SPDX-License-Identifier: MIT */
/*
 * Large private areas, which may stand on 2 MiB pages: cut, protected, moved, forked, dropped in parts, with the
 * content as if each page were small.
 */
#include "lib/contract.h"

#include <sys/uio.h>

#define HUGE	(2UL << 20)
#define SIZE	(4 * HUGE)
#define RW	(PROT_READ | PROT_WRITE)

/* Four whole 2 MiB blocks, each page marked with its number. */
static uint32_t *fresh(void)
{
	char *p = mmap(NULL, SIZE + HUGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = (char *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));

	REQUIRE(p != MAP_FAILED);
	REQUIRE(at == p || munmap(p, (size_t)(at - p)) == 0);
	REQUIRE(munmap(at + SIZE, (size_t)(p + HUGE - at)) == 0 || at == p + HUGE);
	madvise(at, SIZE, MADV_HUGEPAGE);
	for (uint32_t i = 0; i < SIZE / PAGE; i++)
		*(uint32_t *)(at + i * PAGE) = i + 1;
	return (uint32_t *)at;
}

/* The mark of page i. */
static uint32_t *mark(void *base, size_t i)
{
	return (uint32_t *)((char *)base + i * PAGE);
}

/* Pages [from, to) carry their number plus `add`. */
static bool marked(void *base, size_t from, size_t to, uint32_t add)
{
	for (size_t i = from; i < to; i++) {
		if (*mark(base, i) != i + 1 + add) {
			note("page %zu holds %u", i, *mark(base, i));
			return false;
		}
	}
	return true;
}

static void check_munmap(void)
{
	char *p = (char *)fresh();

	REQUIRE_OK(munmap(p + 100 * PAGE, 3 * PAGE));
	REQUIRE_OK(munmap(p + HUGE, HUGE));
	REQUIRE_OK(munmap(p + 3 * HUGE - PAGE, 2 * PAGE));
	CHECK(marked(p, 0, 100, 0) && marked(p, 103, 512, 0), "around a small hole all is there");
	CHECK(marked(p, 1024, 1535, 0) && marked(p, 1537, 2048, 0), "and around one over a border");
	CHECK_ERR(msync(p + 100 * PAGE, PAGE, MS_ASYNC), ENOMEM, "the hole is a hole");
	REQUIRE_OK(munmap(p, SIZE));
}

static int write_page(void *page)
{
	*(volatile uint32_t *)page = 0;
	return 0;
}

static void check_mprotect(void)
{
	char *p = (char *)fresh();

	REQUIRE_OK(mprotect(p + 10 * PAGE, PAGE, PROT_READ));
	REQUIRE_OK(mprotect(p + HUGE, HUGE, PROT_READ));
	REQUIRE_OK(mprotect(p + 2 * HUGE, HUGE, PROT_NONE));
	CHECK(marked(p, 0, 1024, 0), "all that can be read is right");
	CHECK_SIGNALLED(write_page, p + 10 * PAGE, SIGSEGV, "one page is read-only");
	CHECK_EXIT(write_page, p + 11 * PAGE, 0, "its neighbour is not");
	CHECK_SIGNALLED(write_page, p + HUGE, SIGSEGV, "a whole block is read-only");
	CHECK_SIGNALLED(write_page, p + 2 * HUGE, SIGSEGV, "another without access");
	REQUIRE_OK(mprotect(p, SIZE, RW));
	CHECK(marked(p, 0, 2048, 0), "all is there again");
	for (uint32_t i = 0; i < 2048; i++)
		*mark(p, i) += 7;
	CHECK(marked(p, 0, 2048, 7), "and can be written");
	REQUIRE_OK(munmap(p, SIZE));
}

static void check_mremap(void)
{
	char *p = (char *)fresh(), *to;

	to = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(to != MAP_FAILED);
	to += 5 * PAGE;			/* not on a border */
	REQUIRE(mremap(p + HUGE, HUGE, HUGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	CHECK(marked(p, 0, 512, 0) && marked(p, 1024, 2048, 0), "what stays is right");
	CHECK(marked(to - HUGE, 512, 1024, 0), "what moved too");
	REQUIRE(mremap(to, HUGE, HUGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + HUGE) == p + HUGE);
	CHECK(marked(p, 0, 2048, 0), "and back");
	REQUIRE_OK(munmap(p, SIZE));
}

static int child_writes(void *arg)
{
	char *p = arg;

	for (size_t i = 0; i < 2048; i += 3)
		*mark(p, i) += 100;
	for (size_t i = 0; i < 2048; i++) {
		if (*mark(p, i) != i + 1 + (i % 3 ? 0 : 100))
			return 1;
	}
	return munmap(p + HUGE, PAGE) || mprotect(p + PAGE, PAGE, PROT_READ) ||
	       madvise(p + 2 * HUGE, PAGE, MADV_DONTNEED) ||
	       *mark(p, 1) != 2 || *mark(p, 1024) != 0 || *mark(p, 513) != 514 + 100;
}

static void check_fork(void)
{
	char *p = (char *)fresh();
	int round[2];
	pid_t pid;
	char c;

	CHECK_EXIT(child_writes, p, 0, "a child changes its copy as it likes");
	CHECK(marked(p, 0, 2048, 0), "and not ours");
	REQUIRE_OK(pipe(round));
	pid = fork_child();
	if (pid == 0) {
		(void)!read(round[0], &c, 1);
		_exit(marked(p, 0, 2048, 0) ? 0 : 1);
	}
	for (uint32_t i = 0; i < 2048; i += 2)
		*mark(p, i) += 1000;
	REQUIRE_OK(munmap(p + 5 * PAGE, PAGE));
	REQUIRE(write(round[1], "x", 1) == 1);
	CHECK_INT(wait_status(pid), 0, "the parent's writes do not reach the child");
	CHECK(*mark(p, 4) == 1005 && *mark(p, 7) == 8, "the parent has its own");
	REQUIRE_OK(munmap(p, SIZE));
}

static void check_madvise(void)
{
	char *p = (char *)fresh();
	unsigned char vec[512];
	int n = 0;

	REQUIRE_OK(madvise(p + 7 * PAGE, 2 * PAGE, MADV_DONTNEED));
	CHECK(*mark(p, 7) == 0 && *mark(p, 8) == 0, "two dropped pages are zero");
	CHECK(marked(p, 0, 7, 0) && marked(p, 9, 512, 0), "the others are not");
	REQUIRE_OK(madvise(p + HUGE, HUGE, MADV_DONTNEED));
	REQUIRE_OK(mincore(p + HUGE, HUGE, vec));
	for (int i = 0; i < 512; i++)
		n += vec[i] & 1;
	CHECK_INT(n, 0, "a dropped block is not present");
	CHECK(*mark(p, 600) == 0, "and zero when it comes back");
	REQUIRE_OK(madvise(p, SIZE, MADV_NOHUGEPAGE));
	CHECK(marked(p, 1024, 2048, 0), "MADV_NOHUGEPAGE changes no content");
	REQUIRE_OK(munmap(p, SIZE));
}

static void check_copies(void)
{
	char *p = (char *)fresh(), *q = (char *)fresh();
	struct iovec l = { q + PAGE, SIZE - 2 * PAGE }, r = { p + PAGE, SIZE - 2 * PAGE };
	int fd[2];

	memset(q, 0, SIZE);
	CHECK_INT(process_vm_readv(getpid(), &l, 1, &r, 1, 0), SIZE - 2 * PAGE, "process_vm_readv over all of it");
	CHECK(marked(q, 1, 2047, 0) && *mark(q, 0) == 0 && *mark(q, 2047) == 0, "copies it");
	REQUIRE_OK(pipe(fd));
	REQUIRE(write(fd[1], p + HUGE - 2000, 4000) == 4000);
	REQUIRE(read(fd[0], q, 4000) == 4000);
	CHECK(memcmp(q, p + HUGE - 2000, 4000) == 0, "system calls read over a border");
	REQUIRE_OK(munmap(p, SIZE));
	REQUIRE_OK(munmap(q, SIZE));
}

void contract_main(void)
{
	check_munmap();
	check_mprotect();
	check_mremap();
	check_fork();
	check_madvise();
	check_copies();
}
