/* SPDX-License-Identifier: MIT */
/*
 * The address space (lesson 8): mmap goes top-down below the stack, the heap lies above the program and
 * below the mappings, equal neighbours merge into one area.
 */
#include "lib/contract.h"

static int count_areas(uintptr_t start, uintptr_t end)
{
	static char maps[65536];
	int count = 0;

	REQUIRE(read_file("/proc/self/maps", maps, sizeof(maps)) > 0);
	for (char *line = maps; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx", &from, &to) == 2 && from < end && to > start)
			count++;
	}
	return count;
}

void contract_main(void)
{
	static int in_program;
	char on_stack, *a, *b, *big;
	uintptr_t heap = (uintptr_t)syscall(SYS_brk, 0);

	a = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	b = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(a != MAP_FAILED && b != MAP_FAILED, "two mappings");
	CHECK((uintptr_t)a < (uintptr_t)&on_stack, "mappings lie below the stack");
	CHECK((uintptr_t)a > heap, "and above the heap");
	CHECK(heap > (uintptr_t)&in_program, "which lies above the program");
	CHECK((uintptr_t)&on_stack < 1UL << 47, "all in 47 bits");
	CHECK((uintptr_t)&on_stack - (uintptr_t)a < 1UL << 40,
	      "mappings start near the stack, top-down");
	big = mmap(NULL, 64 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(big != MAP_FAILED);
	for (int i = 31; i >= 0; i--)
		REQUIRE(mmap(big + (16 + i) * PAGE, PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
	CHECK_INT(count_areas((uintptr_t)big, (uintptr_t)big + 64 * PAGE), 3,
		  "32 single-page mappings side by side are one area between two");
	REQUIRE(mprotect(big + 20 * PAGE, PAGE, PROT_READ) == 0);
	CHECK_INT(count_areas((uintptr_t)big, (uintptr_t)big + 64 * PAGE), 5, "mprotect splits it");
	REQUIRE(mprotect(big + 20 * PAGE, PAGE, PROT_READ | PROT_WRITE) == 0);
	CHECK_INT(count_areas((uintptr_t)big, (uintptr_t)big + 64 * PAGE), 3,
		  "and merges it again");
}
