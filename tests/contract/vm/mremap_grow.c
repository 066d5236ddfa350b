/* SPDX-License-Identifier: MIT */
/* mremap: grows in place or by moving with content, zero tail; shrinks; errors without MAYMOVE. */
#include "lib/contract.h"

void contract_main(void)
{
	char *p, *q, *wall;

	p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(p != MAP_FAILED);
	REQUIRE(munmap(p + 4 * PAGE, 4 * PAGE) == 0);
	memset(p, 3, 4 * PAGE);
	q = mremap(p, 4 * PAGE, 6 * PAGE, 0);
	CHECK(q == p, "it grows in place into free room");
	CHECK(q[4 * PAGE] == 0 && q[4 * PAGE - 1] == 3, "keeps its content, and the tail is zero");
	wall = mmap(p + 6 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	REQUIRE(wall == p + 6 * PAGE);
	CHECK_ERR((long)mremap(p, 6 * PAGE, 16 * PAGE, 0), ENOMEM,
		  "without room and MREMAP_MAYMOVE it is ENOMEM");
	q = mremap(p, 6 * PAGE, 16 * PAGE, MREMAP_MAYMOVE);
	REQUIRE(q != MAP_FAILED);
	CHECK(q != p, "with MREMAP_MAYMOVE it moves");
	CHECK(q[0] == 3 && q[4 * PAGE - 1] == 3 && q[4 * PAGE] == 0 && q[16 * PAGE - 1] == 0,
	      "with its content");
	CHECK_ERR(msync(p, PAGE, MS_ASYNC), ENOMEM, "the old place is unmapped");
	CHECK(mremap(q, 16 * PAGE, PAGE, 0) == q, "it shrinks in place");
	CHECK_ERR(msync(q + PAGE, PAGE, MS_ASYNC), ENOMEM, "and the rest is unmapped");
	CHECK_ERR((long)mremap(q + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EINVAL,
		  "an unaligned address is EINVAL");
	CHECK_ERR((long)mremap(q, PAGE, 0, MREMAP_MAYMOVE), EINVAL, "a new size of 0 is EINVAL");
	CHECK_ERR((long)mremap(q, PAGE, PAGE, 0x80), EINVAL, "an unknown flag is EINVAL");
	CHECK_ERR((long)mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT,
		  "unmapped memory is EFAULT");
}
