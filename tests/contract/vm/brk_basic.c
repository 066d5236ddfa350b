/* SPDX-License-Identifier: MIT */
/*
 * brk: the raw call returns the break, grows with zeroed writable memory, shrinks, refuses
 * nonsense.
 */
#include "lib/contract.h"

static char *raw_brk(void *address)
{
	return (char *)syscall(SYS_brk, address);
}

void contract_main(void)
{
	char *start = raw_brk(NULL), *end;

	CHECK(start != NULL, "brk(0) returns the break");
	end = raw_brk(start + 5 * PAGE + 100);
	CHECK(end == start + 5 * PAGE + 100, "it grows to the byte asked for");
	for (size_t i = 0; i < 5 * PAGE + 100; i++)
		REQUIRE(start[i] == 0);
	CHECK(true, "the new memory is zero");
	memset(start, 0x5a, 5 * PAGE + 100);
	CHECK(start[5 * PAGE + 99] == 0x5a, "and writable");
	CHECK(raw_brk(start) == start, "it shrinks");
	CHECK(raw_brk(start + PAGE) == start + PAGE && start[0] == 0,
	      "and is zero again when it comes back");
	CHECK(raw_brk((void *)0x1000) == start + PAGE, "an address below the heap changes nothing");
	CHECK(raw_brk((void *)0x7fffffffffff) == start + PAGE, "one above all memory neither");
	CHECK(raw_brk((void *)-1L) == start + PAGE, "nor does -1");
}
