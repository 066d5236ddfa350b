/* SPDX-License-Identifier: MIT */
/*
 * MAP_FIXED maps at exactly the address, over what was there; MAP_FIXED_NOREPLACE at a free one
 * works.
 */
#include "lib/contract.h"

void contract_main(void)
{
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;

	REQUIRE(p != MAP_FAILED);
	memset(p, 'p', 8 * PAGE);
	q = mmap(p + 2 * PAGE, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(q == p + 2 * PAGE, "exactly there");
	CHECK(q[0] == 0 && p[2 * PAGE - 1] == 'p' && p[5 * PAGE] == 'p',
	      "only these pages are replaced");
	REQUIRE(munmap(p, 8 * PAGE) == 0);
	q = mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	CHECK(q == p, "MAP_FIXED_NOREPLACE at a free address");
	q = mmap(p + 4 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(q == p + 4 * PAGE, "a hint that is free is taken");
	q = mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(q != MAP_FAILED && q != p, "a hint that is not free is passed over");
}
