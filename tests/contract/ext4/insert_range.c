/* SPDX-License-Identifier: MIT */
/*
 * FALLOC_FL_INSERT_RANGE: what is behind moves up, and a hole is between.
 */
#include "lib/pattern.h"
#include <linux/falloc.h>

void contract_main(void)
{
	const unsigned block = 4096;
	char *buf = malloc(100 * block);
	int fd;

	tmp_dir();
	need_extents();
	fd = pattern_file("file", 50 * block, 1);
	CHECK_INT(fallocate(fd, FALLOC_FL_INSERT_RANGE, 10 * block, 5 * block), 0, "5 blocks put in");
	CHECK_INT(size_of("file"), 55 * block, "the file is longer");
	REQUIRE(pread(fd, buf, 55 * block, 0) == 55 * (ssize_t)block);
	CHECK(pattern_matches(buf, 10 * block, 0, 1), "before them nothing changed");
	CHECK(all_zero(buf + 10 * block, 5 * block), "they are zero");
	CHECK(pattern_matches(buf + 15 * block, 40 * block, 10 * block, 1), "what was behind has moved");
	pattern_write(fd, 11 * block, 2 * block, 2);
	REQUIRE(fsync(fd) == 0);
	CHECK(pattern_read(fd, 11 * block, 2 * block, 2), "they can be written");
	CHECK(zeroes_read(fd, 13 * block, 2 * block), "beside it is zero");
	CHECK_ERR(fallocate(fd, FALLOC_FL_INSERT_RANGE, 55 * block, block), EINVAL, "at the end is EINVAL");
	CHECK_ERR(fallocate(fd, FALLOC_FL_INSERT_RANGE, 1, block), EINVAL, "half blocks are EINVAL");
}
