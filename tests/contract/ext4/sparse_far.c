/* SPDX-License-Identifier: MIT */
/*
 * The last bytes of the largest file there can be, and one more.
 */
#include "lib/pattern.h"
#include <sys/vfs.h>

void contract_main(void)
{
	uint64_t end;
	struct statfs fs;
	struct stat st;
	int fd;

	tmp_dir();
	REQUIRE(statfs(".", &fs) == 0);
	if (fs.f_type != 0xef53)
		skip_all("not ext4");
	need_extents();
	end = 0xffffffffULL * (uint64_t)fs.f_bsize;
	fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0644));
	pattern_write(fd, end - 8192, 8192, 2);
	CHECK_INT(fsync(fd), 0, "fsync of the last 8 KiB");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_size, end, "the size");
	CHECK(st.st_blocks <= 64, "few blocks");
	CHECK(pattern_read(fd, end - 8192, 8192, 2), "they are read back");
	CHECK(zeroes_read(fd, end / 2, 8192), "half way there is nothing");
	pattern_write(fd, 1ULL << 32, 4096, 2);
	CHECK(pattern_read(fd, 1ULL << 32, 4096, 2), "behind 4 GiB");
	CHECK_ERR(pwrite(fd, "x", 1, (off_t)end), EFBIG, "a byte more is EFBIG");
	CHECK_ERR(ftruncate(fd, (off_t)end + 1), EFBIG, "truncate to more is EFBIG");
	CHECK_INT(ftruncate(fd, 1), 0, "cut off again");
	REQUIRE(unlink("file") == 0);
}
