/* SPDX-License-Identifier: MIT */
/*
 * A file made longer reads as zero there, without blocks; truncate by name; errors.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	blkcnt_t blocks;
	int fd;

	tmp_dir();
	fd = pattern_file("file", 5000, 6);
	REQUIRE(fsync(fd) == 0);
	blocks = stat_of("file").st_blocks;
	CHECK_INT(truncate("file", 10 << 20), 0, "5000 bytes to 10 MiB");
	CHECK(pattern_read(fd, 0, 5000, 6), "the content stays");
	CHECK(zeroes_read(fd, 5000, (10 << 20) - 5000), "the rest is zero");
	CHECK_INT(stat_of("file").st_blocks, blocks, "it needs no more blocks");
	pattern_write(fd, 6000000, 1000, 6);
	CHECK(zeroes_read(fd, 5999000, 1000), "before what is written there is zero");
	CHECK(pattern_read(fd, 6000000, 1000, 6), "it is read back");
	CHECK_ERR(ftruncate(fd, -1), EINVAL, "a negative size is EINVAL");
	CHECK_ERR(truncate("none", 0), ENOENT, "a missing file is ENOENT");
	CHECK_ERR(truncate(".", 0), EISDIR, "a folder is EISDIR");
	close(fd);
	fd = REQUIRE_OK(open("file", O_RDONLY));
	CHECK_ERR(ftruncate(fd, 0), EINVAL, "a descriptor for reading is EINVAL");
}
