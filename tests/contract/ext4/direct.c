/* SPDX-License-Identifier: MIT */
/*
 * O_DIRECT: whole blocks, beside the cache and together with it.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	const size_t size = 256 << 10;
	char *buf;
	int fd, direct;

	tmp_dir();
	REQUIRE(posix_memalign((void **)&buf, 4096, size) == 0);
	fd = pattern_file("file", size, 1);
	REQUIRE(fsync(fd) == 0);
	direct = CHECK_OK(open("file", O_RDWR | O_DIRECT), "O_DIRECT");
	REQUIRE(direct >= 0);
	CHECK_INT(pread(direct, buf, size, 0), size, "read");
	CHECK(pattern_matches(buf, size, 0, 1), "what was written");
	pattern_fill(buf, 65536, 65536, 2);
	CHECK_INT(pwrite(direct, buf, 65536, 65536), 65536, "written");
	CHECK(pattern_read(fd, 65536, 65536, 2), "is seen by others");
	CHECK(pattern_read(fd, 0, 65536, 1) && pattern_read(fd, 131072, size - 131072, 1), "the rest is as it was");
	pattern_write(fd, 8192, 4096, 3);
	CHECK_INT(pread(direct, buf, 4096, 8192), 4096, "what the cache holds");
	CHECK(pattern_matches(buf, 4096, 8192, 3), "is read too");
	pattern_fill(buf, 8192, size, 4);
	CHECK_INT(pwrite(direct, buf, 8192, (off_t)size), 8192, "behind the end");
	CHECK_INT(size_of("file"), size + 8192, "makes it longer");
	CHECK(pattern_read(fd, size, 8192, 4), "and is there");
}
