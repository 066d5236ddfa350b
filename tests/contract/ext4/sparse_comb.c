/* SPDX-License-Identifier: MIT */
/*
 * Many pieces with holes between them (a deep extent tree), filled and cut off in the middle.
 */
#include "lib/pattern.h"

enum { PIECES = 1500, STEP = 12800, SIZE = 100 };

static bool all_there(int fd, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		if (!pattern_read(fd, i * (uint64_t)STEP, SIZE, i))
			return false;
	}
	return true;
}

void contract_main(void)
{
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0644));
	for (unsigned i = 0; i < PIECES; i++) {
		unsigned at = i * 7 % PIECES;

		pattern_write(fd, at * (uint64_t)STEP, SIZE, at);
		if (i % 100 == 0)
			REQUIRE(fdatasync(fd) == 0);
	}
	REQUIRE(fsync(fd) == 0);
	CHECK(all_there(fd, 0, PIECES), "1500 pieces are there");
	CHECK(zeroes_read(fd, 700 * STEP + SIZE, STEP - SIZE), "and zero between two of them");
	REQUIRE(ftruncate(fd, 1000 * STEP) == 0);
	CHECK(all_there(fd, 0, 1000), "the first 1000 after a cut");
	pattern_write(fd, 300 * STEP, 100 * STEP, 77);
	REQUIRE(fsync(fd) == 0);
	CHECK(pattern_read(fd, 300 * STEP, 100 * STEP, 77), "holes that were filled");
	CHECK(all_there(fd, 0, 300) && all_there(fd, 400, 1000), "and the others beside");
	REQUIRE(ftruncate(fd, 0) == 0);
	CHECK_INT(stat_of("file").st_blocks, 0, "all blocks go at last");
}
