/* SPDX-License-Identifier: MIT */
/*
 * Data far from each other: blocks only for them, zero between, SEEK_DATA and SEEK_HOLE.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	const uint64_t far = 1ULL << 30;
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0644));
	pattern_write(fd, 0, 4096, 1);
	pattern_write(fd, 1 << 20, 4096, 1);
	pattern_write(fd, far, 4096, 1);
	CHECK_INT(fsync(fd), 0, "fsync");
	CHECK_INT(size_of("file"), far + 4096, "a gigabyte and a block");
	CHECK(stat_of("file").st_blocks <= 3 * 8 + 3 * 8, "blocks for them, and three of a block map");
	CHECK(zeroes_read(fd, 4096, (1 << 20) - 4096), "zero between");
	CHECK(zeroes_read(fd, far - 1000000, 1000000), "zero before the last");
	CHECK(pattern_read(fd, far, 4096, 1), "the last is there");
	CHECK_INT(lseek(fd, 0, SEEK_DATA), 0, "data at the start");
	CHECK_INT(lseek(fd, 0, SEEK_HOLE), 4096, "a hole behind it");
	CHECK_INT(lseek(fd, 5000, SEEK_DATA), 1 << 20, "the second piece");
	CHECK_INT(lseek(fd, 1 << 20, SEEK_HOLE), (1 << 20) + 4096, "the second hole");
	CHECK_INT(lseek(fd, 2 << 20, SEEK_DATA), far, "the last piece");
	CHECK_INT(lseek(fd, far, SEEK_HOLE), far + 4096, "the end counts as a hole");
	CHECK_ERR(lseek(fd, far + 4096, SEEK_DATA), ENXIO, "no data from the end on");
	REQUIRE(ftruncate(fd, 3 << 20) == 0);
	CHECK_ERR(lseek(fd, 2 << 20, SEEK_DATA), ENXIO, "no data in a hole at the end");
}
