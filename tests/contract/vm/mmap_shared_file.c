/* SPDX-License-Identifier: MIT */
/*
 * A shared file mapping: stores appear in read(), in another mapping, and in another process;
 * msync.
 */
#include "lib/contract.h"

static int store(void *arg)
{
	memcpy(arg, "child", 5);
	return 0;
}

void contract_main(void)
{
	char buf[16] = "", *p, *q;
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	REQUIRE(ftruncate(fd, 2 * PAGE) == 0);
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	q = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED && q != MAP_FAILED);
	CHECK(p != q && p[0] == 0 && q[2 * PAGE - 1] == 0,
	      "two mappings of a sparse file are zero");
	memcpy(p + PAGE - 2, "cross", 5);
	CHECK(memcmp(q + PAGE - 2, "cross", 5) == 0, "a store shows in the other mapping");
	CHECK_INT(pread(fd, buf, 5, PAGE - 2), 5, "pread");
	CHECK(memcmp(buf, "cross", 5) == 0, "and in the file");
	CHECK_EXIT(store, p + 100, 0, "a child stores");
	CHECK(memcmp(q + 100, "child", 5) == 0, "and the parent sees it");
	CHECK_INT(msync(p, 2 * PAGE, MS_SYNC), 0, "msync MS_SYNC");
	CHECK_INT(msync(p, 2 * PAGE, MS_ASYNC), 0, "msync MS_ASYNC");
	CHECK_ERR(msync(p, 2 * PAGE, MS_SYNC | MS_ASYNC), EINVAL, "both are EINVAL");
	CHECK_ERR(msync(p + 1, PAGE, MS_SYNC), EINVAL, "an unaligned address is EINVAL");
	REQUIRE(munmap(p, 2 * PAGE) == 0);
	CHECK_ERR(msync(p, PAGE, MS_SYNC), ENOMEM, "unmapped memory is ENOMEM");
	CHECK_INT(pread(fd, buf, 5, 100), 5, "after munmap the file");
	CHECK(memcmp(buf, "child", 5) == 0, "has what was stored");
}
