/* SPDX-License-Identifier: MIT */
/*
 * A shared map and the file are the same: what one writes the other reads; msync; after unmapping.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	const size_t size = 1 << 20;
	char *map;
	int fd;

	tmp_dir();
	fd = pattern_file("file", size, 1);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(map != MAP_FAILED);
	CHECK(pattern_matches(map, size, 0, 1), "the map shows the file");
	pattern_fill(map + 100000, 50000, 100000, 2);
	CHECK(pattern_read(fd, 100000, 50000, 2), "what is written to the map is read from the file");
	pattern_write(fd, 300000, 10000, 3);
	CHECK(pattern_matches(map + 300000, 10000, 300000, 3), "and the other way");
	CHECK_INT(msync(map, size, MS_SYNC), 0, "msync");
	pattern_fill(map + size - 5000, 5000, size - 5000, 4);
	CHECK_INT(munmap(map, size), 0, "munmap");
	CHECK(pattern_read(fd, size - 5000, 5000, 4), "the last change is there");
	CHECK(pattern_read(fd, 0, 100000, 1) && pattern_read(fd, 150000, 150000, 1), "the rest is as it was");
	CHECK_INT(fsync(fd), 0, "fsync");
}
