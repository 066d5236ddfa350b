/* SPDX-License-Identifier: MIT */
/*
 * fallocate: blocks that read as zero; with and without a larger size; written after.
 */
#include "lib/pattern.h"
#include <linux/falloc.h>

void contract_main(void)
{
	int fd;

	tmp_dir();
	need_extents();
	fd = pattern_file("file", 5000, 1);
	CHECK_INT(fallocate(fd, 0, 0, 1 << 20), 0, "a MiB");
	CHECK_INT(size_of("file"), 1 << 20, "is the size");
	CHECK(stat_of("file").st_blocks >= 2048, "has its blocks");
	CHECK(pattern_read(fd, 0, 5000, 1), "what was there stays");
	CHECK(zeroes_read(fd, 5000, (1 << 20) - 5000), "the rest is zero");
	CHECK_INT(fallocate(fd, FALLOC_FL_KEEP_SIZE, 2 << 20, 1 << 20), 0, "with KEEP_SIZE");
	CHECK_INT(size_of("file"), 1 << 20, "the size stays");
	CHECK(stat_of("file").st_blocks >= 4096, "the blocks are there");
	pattern_write(fd, 500000, 5000, 1);
	pattern_write(fd, 2 << 20, 100, 1);
	CHECK_INT(fsync(fd), 0, "written into, fsync");
	CHECK(pattern_read(fd, 500000, 5000, 1) && pattern_read(fd, 2 << 20, 100, 1), "read back");
	CHECK(zeroes_read(fd, 505000, (2 << 20) - 505000), "zero around");
	CHECK_INT(posix_fallocate(fd, 0, 3 << 20), 0, "posix_fallocate");
	CHECK_INT(size_of("file"), 3 << 20, "the size");
	CHECK_ERR(fallocate(fd, 0, 0, 0), EINVAL, "nothing is EINVAL");
	CHECK_ERR(fallocate(fd, 0, -1, 10), EINVAL, "a negative place is EINVAL");
	CHECK_ERR(fallocate(fd, 0x8000, 0, 10), EOPNOTSUPP, "an unknown mode is EOPNOTSUPP");
	close(fd);
	fd = REQUIRE_OK(open("file", O_RDONLY));
	CHECK_ERR(fallocate(fd, 0, 0, 10), EBADF, "for reading only is EBADF");
	fd = REQUIRE_OK(open(".", O_RDONLY));
	CHECK_ERR(fallocate(fd, 0, 0, 10), EBADF, "a folder is EBADF");
}
