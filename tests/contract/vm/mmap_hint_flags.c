/* SPDX-License-Identifier: MIT */
/*
 * MAP_STACK, MAP_NORESERVE, MAP_POPULATE, MAP_GROWSDOWN are accepted; GROWSDOWN grows, up to a
 * guard.
 */
#include "lib/contract.h"

static char *wall;

static int below_guard(void *arg)
{
	/* The gap of 256 pages above another mapping is kept free. */
	*(volatile char *)(wall + PAGE + 100 * PAGE) = 1;
	return 0;
}

void contract_main(void)
{
	unsigned char vec[2];
	char *p, *room;

	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	CHECK(p != MAP_FAILED && (p[0] = 1) == 1, "MAP_STACK and MAP_NORESERVE");
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	REQUIRE(p != MAP_FAILED && mincore(p, 2 * PAGE, vec) == 0);
	CHECK((vec[0] & 1) && (vec[1] & 1), "MAP_POPULATE makes the pages resident");
	room = mmap(NULL, 1024 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(room != MAP_FAILED && munmap(room, 1024 * PAGE) == 0);
	wall = mmap(room, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	p = mmap(room + 1000 * PAGE, PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	REQUIRE(p != MAP_FAILED);
	p[-1] = 1;
	p[-100 * (long)PAGE] = 2;
	CHECK(p[-1] == 1 && p[-100 * (long)PAGE] == 2 && p[-50 * (long)PAGE] == 0,
	      "MAP_GROWSDOWN grows on a touch");
	CHECK_SIGNALLED(below_guard, NULL, SIGSEGV, "but not into the gap above another mapping");
}
