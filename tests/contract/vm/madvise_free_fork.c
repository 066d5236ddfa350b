/* SPDX-License-Identifier: MIT */
/*
 * MADV_DONTFORK leaves an area out of a child, MADV_WIPEONFORK gives it zeroes, DOFORK and
 * KEEPONFORK undo.
 */
#include "lib/contract.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#define MADV_KEEPONFORK 19
#endif

static int read_byte(void *arg)
{
	return *(unsigned char *)arg;
}

void contract_main(void)
{
	unsigned char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED);
	p[0] = p[PAGE] = 55;
	CHECK_INT(madvise(p, PAGE, MADV_DONTFORK), 0, "MADV_DONTFORK");
	CHECK_SIGNALLED(read_byte, p, SIGSEGV, "the child has no such page");
	CHECK_EXIT(read_byte, p + PAGE, 55, "the next page is there");
	CHECK_INT(madvise(p, PAGE, MADV_DOFORK), 0, "MADV_DOFORK");
	CHECK_EXIT(read_byte, p, 55, "then it is copied");
	CHECK_INT(madvise(p, PAGE, MADV_WIPEONFORK), 0, "MADV_WIPEONFORK");
	CHECK_EXIT(read_byte, p, 0, "the child reads zero");
	CHECK_INT(p[0], 55, "the parent keeps its byte");
	CHECK_INT(madvise(p, PAGE, MADV_KEEPONFORK), 0, "MADV_KEEPONFORK");
	CHECK_EXIT(read_byte, p, 55, "then it is copied");
}
