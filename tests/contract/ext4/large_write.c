/* SPDX-License-Identifier: MIT */
/*
 * One write of 256 KiB, and of 1 MiB + 1, at an odd place.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	static char buf[(1 << 20) + 1];
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0644));
	pattern_fill(buf, 256 << 10, 0, 7);
	CHECK_INT(write(fd, buf, 256 << 10), 256 << 10, "256 KiB at once");
	CHECK(pattern_read(fd, 0, 256 << 10, 7), "are read back");
	pattern_fill(buf, sizeof(buf), 12345, 8);
	CHECK_INT(pwrite(fd, buf, sizeof(buf), 12345), sizeof(buf), "1 MiB and a byte at once");
	CHECK(pattern_read(fd, 12345, sizeof(buf), 8), "are read back");
	CHECK(pattern_read(fd, 0, 12345, 7), "what was before them stays");
	CHECK_INT(size_of("file"), 12345 + (1 << 20) + 1, "the size is where it ended");
	CHECK_INT(fsync(fd), 0, "fsync");
}
