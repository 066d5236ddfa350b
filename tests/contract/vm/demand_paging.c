/* SPDX-License-Identifier: MIT */
/*
 * A big anonymous mapping costs nothing until touched; pages read as zero; mincore tells which
 * are there.
 */
#include "lib/contract.h"

#define BIG (256UL << 20)

static long resident_pages(void)
{
	char buf[128];
	long size, resident;

	REQUIRE(read_file("/proc/self/statm", buf, sizeof(buf)) > 0);
	REQUIRE(sscanf(buf, "%ld %ld", &size, &resident) == 2);
	return resident;
}

void contract_main(void)
{
	long before = resident_pages();
	unsigned char vec[4];
	char *p;

	p = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	REQUIRE(p != MAP_FAILED);
	REQUIRE(madvise(p, BIG, MADV_NOHUGEPAGE) == 0 || errno == EINVAL);
	CHECK(resident_pages() - before < 2000, "mapping 256 MiB makes nothing resident");
	CHECK(p[0] == 0 && p[BIG / 2] == 0 && p[BIG - 1] == 0,
	      "first, middle and last byte are zero");
	p[PAGE * 100] = 1;
	p[PAGE * 102] = 1;
	CHECK_INT(mincore(p + PAGE * 100, 3 * PAGE, vec), 0, "mincore");
	CHECK((vec[0] & 1) && !(vec[1] & 1) && (vec[2] & 1), "only touched pages are resident");
	for (size_t i = 0; i < 10000; i++)
		p[PAGE * (1000 + i)] = 1;
	CHECK(resident_pages() - before >= 9000, "touched pages count as resident");
	CHECK_ERR(mincore(p + 1, PAGE, vec), EINVAL, "mincore of an unaligned address is EINVAL");
	REQUIRE(munmap(p, BIG) == 0);
	CHECK_ERR(mincore(p, PAGE, vec), ENOMEM, "mincore of unmapped memory is ENOMEM");
	CHECK(resident_pages() - before < 2000, "unmapping gives it back");
}
