/* SPDX-License-Identifier: MIT */
/*
 * FALLOC_FL_PUNCH_HOLE: blocks go, parts of blocks are zeroed, the size stays.
 */
#include "lib/pattern.h"
#include <linux/falloc.h>

enum { MODE = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE };

void contract_main(void)
{
	blkcnt_t before;
	char *p;
	int fd;

	tmp_dir();
	fd = pattern_file("file", 1 << 20, 1);
	REQUIRE(fsync(fd) == 0);
	before = stat_of("file").st_blocks;
	CHECK_INT(fallocate(fd, MODE, 100000, 200000), 0, "a hole of 200000 bytes");
	CHECK_INT(size_of("file"), 1 << 20, "the size stays");
	CHECK(zeroes_read(fd, 100000, 200000), "it is zero");
	CHECK(pattern_read(fd, 0, 100000, 1) && pattern_read(fd, 300000, (1 << 20) - 300000, 1),
	      "around it nothing changed");
	REQUIRE(fsync(fd) == 0);
	CHECK(stat_of("file").st_blocks <= before - 47 * 8, "its blocks are free");
	CHECK_INT(lseek(fd, 120000, SEEK_DATA) / 4096, 299999 / 4096, "SEEK_DATA finds its end");
	CHECK_INT(fallocate(fd, MODE, 500000, 10), 0, "a hole inside of a block");
	CHECK(zeroes_read(fd, 500000, 10) && pattern_read(fd, 500010, 1000, 1), "is zeroed");
	p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK(p[700000], "a byte of a mapping");
	CHECK_INT(madvise(p + 171 * 4096, 2 * 4096, MADV_REMOVE), 0, "MADV_REMOVE makes a hole, too");
	CHECK(!p[171 * 4096] && !p[173 * 4096 - 1], "the mapping shows it");
	CHECK(zeroes_read(fd, 171 * 4096, 2 * 4096) && pattern_read(fd, 173 * 4096, 4096, 1), "and the file");
	REQUIRE_OK(munmap(p, 1 << 20));
	CHECK_INT(fallocate(fd, MODE, (1 << 20) - 5000, 1 << 20), 0, "one over the end");
	CHECK_INT(size_of("file"), 1 << 20, "the size stays");
	CHECK(zeroes_read(fd, (1 << 20) - 5000, 5000), "up to the end it is zero");
	pattern_write(fd, 150000, 1000, 2);
	CHECK(pattern_read(fd, 150000, 1000, 2) && zeroes_read(fd, 151000, 1000), "a hole can be filled");
	for (unsigned i = 0; i < 100; i++)
		REQUIRE(fallocate(fd, MODE, 304096 + i * 8192, 4096) == 0);
	CHECK(zeroes_read(fd, 304096 + 50 * 8192, 4096), "many holes");
	CHECK(pattern_read(fd, 304096 + 51 * 8192 - 4000, 4000, 1), "with data between");
	CHECK_ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10), EOPNOTSUPP, "without KEEP_SIZE is EOPNOTSUPP");
	CHECK_INT(fallocate(fd, MODE, 0, 2 << 20), 0, "everything");
	REQUIRE(fsync(fd) == 0);
	CHECK_INT(stat_of("file").st_blocks, 0, "no blocks are left");
}
