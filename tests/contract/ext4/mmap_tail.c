/* SPDX-License-Identifier: MIT */
/*
 * A map whose file ends inside of a page: zero behind the end, and never in the file.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	char *map, *again;
	int fd;

	tmp_dir();
	fd = pattern_file("file", 5000, 1);
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(map != MAP_FAILED);
	CHECK(all_zero(map + 5000, 3192), "zero behind the end");
	memset(map + 4990, 'x', 100);
	CHECK_INT(msync(map, 8192, MS_SYNC), 0, "written before and behind the end");
	CHECK_INT(size_of("file"), 5000, "the size has not changed");
	again = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096);
	REQUIRE(again != MAP_FAILED);
	CHECK(!memcmp(again + 894, "xxxxxxxxxx", 10), "the file has what was before its end");
	REQUIRE(munmap(again, 4096) == 0 && munmap(map, 8192) == 0);
	REQUIRE(fsync(fd) == 0 && ftruncate(fd, 20000) == 0);
	CHECK(zeroes_read(fd, 5000, 15000), "made longer, it is zero behind where it ended");
	map = mmap(NULL, 12288, PROT_READ, MAP_PRIVATE, fd, 4096);
	REQUIRE(map != MAP_FAILED);
	CHECK(pattern_matches(map, 894, 4096, 1), "a map from the second page on");
	CHECK(all_zero(map + 904, 12288 - 904), "with zeroes behind");
}
