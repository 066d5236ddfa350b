/* SPDX-License-Identifier: MIT */
/*
 * A file cut off loses what was behind, for good: when it grows again, that is zero.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	static const off_t sizes[] = { 299999, 65536, 65535, 12289, 4096, 4095, 100, 1, 0 };
	int fd;

	tmp_dir();
	fd = pattern_file("file", 300000, 4);
	REQUIRE(fsync(fd) == 0);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		CHECK_INT(ftruncate(fd, sizes[i]), 0, "to %lld", (long long)sizes[i]);
		CHECK_INT(size_of("file"), sizes[i], "its size");
		CHECK(pattern_read(fd, 0, (size_t)sizes[i], 4), "what is left");
		REQUIRE(ftruncate(fd, sizes[i] + 10000) == 0);
		CHECK(zeroes_read(fd, (uint64_t)sizes[i], 10000), "what was cut off is zero");
		REQUIRE(ftruncate(fd, sizes[i]) == 0);
	}
	CHECK_INT(fsync(fd), 0, "fsync");
	CHECK_INT(stat_of("file").st_blocks, 0, "an empty file has no blocks");
}
