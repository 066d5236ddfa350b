/* SPDX-License-Identifier: MIT */
/* brk: memory given back is gone (a touch is SIGSEGV), unaligned steps keep the last page. */
#include "lib/contract.h"

static char *base;

static int touch_gone(void *arg)
{
	base[2 * PAGE] = 1;
	return 0;
}

void contract_main(void)
{
	base = (char *)syscall(SYS_brk, 0);
	base = (char *)(((uintptr_t)base + PAGE - 1) & ~(PAGE - 1));
	REQUIRE((char *)syscall(SYS_brk, base + 4 * PAGE) == base + 4 * PAGE);
	memset(base, 1, 4 * PAGE);
	REQUIRE((char *)syscall(SYS_brk, base + PAGE + 1) == base + PAGE + 1);
	CHECK(base[2 * PAGE - 1] == 1, "the page the break lies in stays whole");
	CHECK_SIGNALLED(touch_gone, NULL, SIGSEGV, "a page above it is gone");
	REQUIRE((char *)syscall(SYS_brk, base + 4 * PAGE) == base + 4 * PAGE);
	CHECK(base[2 * PAGE] == 0, "and comes back as zero");
	CHECK(base[PAGE] == 1, "what stayed kept its content");
}
