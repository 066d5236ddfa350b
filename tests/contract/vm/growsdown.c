/* SPDX-License-Identifier: MIT */
/* MAP_GROWSDOWN: an area that grows when the page below it is touched, up to a gap before its neighbour. */
#include "lib/contract.h"

#include <sys/resource.h>

#define GAP	(256 * PAGE)		/* stack_guard_gap */
#define SPAN	(1024 * PAGE)

static char *place(void)
{
	char *p = mmap(NULL, SPAN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED);
	REQUIRE_OK(munmap(p, SPAN));
	return p;
}

static char *stack_at(char *p)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED;

	REQUIRE(mmap(p, PAGE, PROT_READ | PROT_WRITE, flags, -1, 0) == p);
	return p;
}

static bool mapped(char *p)
{
	return msync(p, PAGE, MS_ASYNC) == 0;
}

static int touch(void *arg)
{
	*(volatile char *)arg = 1;
	return 0;
}

/* Touch in a child: how far the area may grow before SIGSEGV. */
void contract_main(void)
{
	char *base = place(), *top = stack_at(base + 900 * PAGE);
	char *text;

	*(volatile char *)(top - 1) = 7;
	CHECK(mapped(top - PAGE), "touched below, it has grown by a page");
	*(volatile char *)(top - 40 * PAGE) = 9;
	CHECK(mapped(top - 40 * PAGE) && mapped(top - 20 * PAGE), "and by many");
	CHECK(!mapped(top - 41 * PAGE), "not more than was asked");
	CHECK(*(top - 1) == 7 && *(top - 40 * PAGE) == 9 && *(top - 30 * PAGE) == 0, "the content is right");
	text = mmap(base + 500 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	REQUIRE(text == base + 500 * PAGE);
	CHECK_EXIT(touch, text + PAGE + GAP, 0, "it grows to the gap");
	CHECK_SIGNALLED(touch, text + PAGE + GAP - PAGE, SIGSEGV, "and not into it");
	REQUIRE_OK(mprotect(text, PAGE, PROT_NONE));
	CHECK_EXIT(touch, text + PAGE + GAP - PAGE, 0, "memory without access needs no gap");
	CHECK_ERR(mprotect(base + 700 * PAGE, PAGE, PROT_READ | PROT_GROWSDOWN), ENOMEM,
		  "PROT_GROWSDOWN where nothing is mapped is ENOMEM");
	CHECK_ERR(mprotect(text, PAGE, PROT_READ | PROT_GROWSDOWN), EINVAL, "or does not grow is EINVAL");
	CHECK_INT(mprotect(top, PAGE, PROT_READ | PROT_GROWSDOWN), 0, "PROT_GROWSDOWN reaches down");
	CHECK_SIGNALLED(touch, top - 10 * PAGE, SIGSEGV, "to all of the area");
}
