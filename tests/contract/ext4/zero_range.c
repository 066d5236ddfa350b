/* SPDX-License-Identifier: MIT */
/*
 * FALLOC_FL_ZERO_RANGE: zeroes, with blocks, with or without a larger size.
 */
#include "lib/pattern.h"
#include <linux/falloc.h>

/* The end of the range and the end of the file lie in one block, which is not in memory. */
static void last_block(void)
{
	int fd = pattern_file("last", 10000, 2);

	CHECK_INT(fsync(fd), 0, "fsync");
	CHECK_INT(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0, "out of the cache");
	CHECK_INT(fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 3000, 7200), 0, "a little over the end");
	CHECK(pattern_read(fd, 0, 3000, 2) && zeroes_read(fd, 3000, 7000), "zero to the end");
	CHECK_INT(size_of("last"), 10000, "which stays");
	close(fd);
}

void contract_main(void)
{
	int fd;

	tmp_dir();
	need_extents();
	fd = pattern_file("file", 100000, 1);
	CHECK_INT(fallocate(fd, FALLOC_FL_ZERO_RANGE, 10001, 50000), 0, "50000 bytes");
	CHECK(zeroes_read(fd, 10001, 50000), "are zero");
	CHECK(pattern_read(fd, 0, 10001, 1) && pattern_read(fd, 60001, 39999, 1), "around them nothing changed");
	CHECK_INT(fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 90000, 50000), 0,
		  "over the end with KEEP_SIZE");
	CHECK_INT(size_of("file"), 100000, "the size stays");
	CHECK(zeroes_read(fd, 90000, 10000), "up to the end it is zero");
	CHECK_INT(fallocate(fd, FALLOC_FL_ZERO_RANGE, 90000, 110000), 0, "without it");
	CHECK_INT(size_of("file"), 200000, "the file is longer");
	CHECK(zeroes_read(fd, 90000, 110000), "and zero");
	CHECK_INT(fsync(fd), 0, "fsync");
	CHECK(stat_of("file").st_blocks >= 200000 / 512, "it has all its blocks");
	pattern_write(fd, 20000, 100, 3);
	CHECK(pattern_read(fd, 20000, 100, 3) && zeroes_read(fd, 20100, 100), "written again");
	last_block();
}
