/* SPDX-License-Identifier: MIT */
/*
 * Anonymous mappings are zero; MAP_FIXED replaces and is zero again; a new map after munmap is
 * zero.
 */
#include "lib/contract.h"

void contract_main(void)
{
	char *p, *q;

	p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(p != MAP_FAILED);
	for (size_t i = 0; i < 3 * PAGE; i++)
		REQUIRE(p[i] == 0);
	CHECK(true, "all bytes are zero");
	memset(p, 1, 3 * PAGE);
	q = mmap(p + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(q == p + PAGE, "MAP_FIXED maps at the address");
	CHECK(q[0] == 0 && q[PAGE - 1] == 0, "and is zero");
	CHECK(p[PAGE - 1] == 1 && p[2 * PAGE] == 1, "its neighbours are untouched");
	for (int i = 0; i < 200; i++) {
		q = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		REQUIRE(q != MAP_FAILED);
		for (int j = 0; j < 8; j++)
			REQUIRE(q[j * PAGE] == 0 && q[j * PAGE + PAGE - 1] == 0);
		memset(q, 0xff, 8 * PAGE);
		REQUIRE(munmap(q, 8 * PAGE) == 0);
	}
	CHECK(true, "memory used before is zero when it is mapped again");
}
