/* SPDX-License-Identifier: MIT */
/* MAP_POPULATE, MADV_POPULATE_READ and _WRITE: pages are there before they are touched. */
#include "lib/contract.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

static int resident(void *p, size_t pages)
{
	unsigned char vec[64];
	int n = 0;

	REQUIRE_OK(mincore(p, pages * PAGE, vec));
	for (size_t i = 0; i < pages; i++)
		n += vec[i] & 1;
	return n;
}

static char *map(int prot, int flags)
{
	char *p = mmap(NULL, 8 * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	REQUIRE(p != MAP_FAILED);
	return p;
}

void contract_main(void)
{
	char *p = map(PROT_READ | PROT_WRITE, 0);

	CHECK_INT(resident(p, 8), 0, "fresh memory is not present");
	CHECK_INT(resident(map(PROT_READ | PROT_WRITE, MAP_POPULATE), 8), 8, "MAP_POPULATE makes it so");
	CHECK_INT(resident(map(PROT_NONE, MAP_POPULATE), 8), 0, "not without access");
	CHECK_INT(resident(map(PROT_READ | PROT_WRITE, MAP_POPULATE | MAP_NONBLOCK), 8), 0, "nor with MAP_NONBLOCK");
	REQUIRE_OK(madvise(p, 8 * PAGE, MADV_NOHUGEPAGE));
	CHECK_INT(madvise(p, 3 * PAGE, MADV_POPULATE_READ), 0, "MADV_POPULATE_READ");
	CHECK_INT(resident(p, 8), 3, "makes its part present");
	CHECK_INT(madvise(p + 4 * PAGE, 2 * PAGE, MADV_POPULATE_WRITE), 0, "MADV_POPULATE_WRITE");
	CHECK_INT(resident(p, 8), 5, "likewise");
	CHECK(p[0] == 0 && p[4 * PAGE] == 0, "zeroes");
	REQUIRE_OK(mprotect(p, 8 * PAGE, PROT_READ));
	CHECK_ERR(madvise(p, PAGE, MADV_POPULATE_WRITE), EINVAL, "without the right to write it is EINVAL");
	REQUIRE_OK(mprotect(p, 8 * PAGE, PROT_NONE));
	CHECK_ERR(madvise(p, PAGE, MADV_POPULATE_READ), EINVAL, "without any right too");
	REQUIRE_OK(munmap(p + 4 * PAGE, PAGE));
	REQUIRE_OK(mprotect(p, 4 * PAGE, PROT_READ | PROT_WRITE));
	CHECK_ERR(madvise(p, 8 * PAGE, MADV_POPULATE_READ), ENOMEM, "a hole is ENOMEM");
	CHECK_INT(resident(p, 4), 4, "and what is before it is present");
	CHECK_ERR(madvise(p + 1, PAGE, MADV_POPULATE_READ), EINVAL, "a crooked address is EINVAL");
}
