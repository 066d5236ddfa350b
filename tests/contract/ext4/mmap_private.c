/* SPDX-License-Identifier: MIT */
/*
 * A private map never changes the file.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	char *map;
	int fd;

	tmp_dir();
	fd = pattern_file("file", 100000, 1);
	map = mmap(NULL, 100000, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(map != MAP_FAILED);
	memset(map + 1000, 'x', 50000);
	CHECK(pattern_read(fd, 0, 100000, 1), "the file is as it was");
	pattern_write(fd, 60000, 1000, 2);
	CHECK(pattern_matches(map + 61440, 100000 - 61440, 61440, 1), "pages not written show the file");
	REQUIRE(munmap(map, 100000) == 0 && fsync(fd) == 0);
	CHECK(pattern_read(fd, 0, 60000, 1), "after unmapping too");
}
