/* SPDX-License-Identifier: MIT */
/*
 * FALLOC_FL_COLLAPSE_RANGE: what is behind moves down; whole blocks only.
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
	fd = pattern_file("file", 100 * block, 1);
	CHECK_INT(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 10 * block, 5 * block), 0, "5 blocks taken out");
	CHECK_INT(size_of("file"), 95 * block, "the file is shorter");
	REQUIRE(pread(fd, buf, 95 * block, 0) == 95 * (ssize_t)block);
	CHECK(pattern_matches(buf, 10 * block, 0, 1), "before it nothing changed");
	CHECK(pattern_matches(buf + 10 * block, 85 * block, 15 * block, 1), "what was behind has moved");
	REQUIRE(fsync(fd) == 0);
	CHECK(stat_of("file").st_blocks <= 95 * 8 + 8, "its blocks are free");
	REQUIRE(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 50 * block, 10 * block) == 0);
	CHECK_INT(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 45 * block, 10 * block), 0, "half a hole");
	CHECK(zeroes_read(fd, 45 * block, 5 * block), "leaves the other half");
	REQUIRE(pread(fd, buf, 35 * block, 50 * block) == 35 * (ssize_t)block);
	CHECK(pattern_matches(buf, 35 * block, 65 * block, 1), "and moves what is behind");
	CHECK_ERR(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 1, block), EINVAL, "half blocks are EINVAL");
	CHECK_ERR(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 85 * block), EINVAL, "up to the end is EINVAL");
	CHECK_ERR(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_KEEP_SIZE, 0, block), EOPNOTSUPP,
		  "with KEEP_SIZE is EOPNOTSUPP");
}
