/* SPDX-License-Identifier: MIT */
/*
 * brk fails, and moves nothing, when it would run into a mapping (lesson 8); fork keeps the
 * break.
 */
#include "lib/contract.h"

static int same_break(void *arg)
{
	return (void *)syscall(SYS_brk, 0) == arg ? 0 : 1;
}

void contract_main(void)
{
	char *brk0 = (char *)syscall(SYS_brk, 0), *wall;

	wall = (char *)(((uintptr_t)brk0 + PAGE - 1) & ~(PAGE - 1)) + 1024 * PAGE;
	REQUIRE(mmap(wall, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == wall);
	*wall = 'w';
	CHECK((char *)syscall(SYS_brk, wall + PAGE) == brk0,
	      "growing through a mapping is refused");
	CHECK((char *)syscall(SYS_brk, wall + 1) == brk0, "growing into it as well");
	CHECK(*wall == 'w', "the mapping is untouched");
	CHECK((char *)syscall(SYS_brk, wall - 512 * PAGE) == wall - 512 * PAGE,
	      "growing below it works");
	CHECK_EXIT(same_break, wall - 512 * PAGE, 0, "a child has the same break");
}
