/* SPDX-License-Identifier: MIT */
/*
 * mremap: MREMAP_FIXED moves the pages and unmaps what was there; MREMAP_DONTUNMAP leaves an
 * empty area.
 */
#include "lib/contract.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

void contract_main(void)
{
	char *p, *q, *r;

	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	q = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(p != MAP_FAILED && q != MAP_FAILED);
	memset(p, 'p', 4 * PAGE);
	memset(q, 'q', 8 * PAGE);
	r = mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q + 2 * PAGE);
	CHECK(r == q + 2 * PAGE, "moved to the address");
	CHECK(r[0] == 'p' && r[4 * PAGE - 1] == 'p', "with its content");
	CHECK(q[2 * PAGE - 1] == 'q' && q[6 * PAGE] == 'q', "the neighbours stay");
	CHECK_ERR(msync(p, PAGE, MS_ASYNC), ENOMEM, "the old place is unmapped");
	CHECK_ERR((long)mremap(r, PAGE, PAGE, MREMAP_FIXED, p), EINVAL,
		  "MREMAP_FIXED without MAYMOVE is EINVAL");
	CHECK_ERR((long)mremap(r, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, r + PAGE),
		  EINVAL,
		  "an overlapping target is EINVAL");
	p = mremap(r, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	REQUIRE(p != MAP_FAILED);
	CHECK(p != r && p[0] == 'p' && p[4 * PAGE - 1] == 'p',
	      "MREMAP_DONTUNMAP moves the content");
	CHECK(r[0] == 0 && r[4 * PAGE - 1] == 0, "and leaves an area of zeroes");
	CHECK_ERR((long)mremap(r, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL),
		  EINVAL,
		  "MREMAP_DONTUNMAP with another size is EINVAL");
}
