/* SPDX-License-Identifier: MIT */
/*
 * munmap of a hole in the middle: the hole faults, both ends live, and the hole can be mapped
 * again.
 */
#include "lib/contract.h"

static int touch(void *arg) { return *(volatile char *)arg; }

void contract_main(void)
{
	char *p = mmap(NULL, 9 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED);
	memset(p, 6, 9 * PAGE);
	CHECK_INT(munmap(p + 3 * PAGE, 3 * PAGE), 0, "unmap the middle");
	CHECK_EXIT(touch, p + 3 * PAGE - 1, 6, "the byte before lives");
	CHECK_SIGNALLED(touch, p + 3 * PAGE, SIGSEGV, "the first of the hole faults");
	CHECK_SIGNALLED(touch, p + 6 * PAGE - 1, SIGSEGV, "the last as well");
	CHECK_EXIT(touch, p + 6 * PAGE, 6, "the byte behind lives");
	CHECK_INT(munmap(p + PAGE, 7 * PAGE), 0, "unmap over the hole");
	CHECK_EXIT(touch, p, 6, "the first page lives");
	CHECK_EXIT(touch, p + 8 * PAGE, 6, "the last page lives");
	CHECK_SIGNALLED(touch, p + PAGE, SIGSEGV, "the rest is gone");
	CHECK(mmap(p + 4 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) ==
	      p + 4 * PAGE, "the hole can be mapped again");
	CHECK_EXIT(touch, p + 4 * PAGE, 0, "and is zero");
}
