/* SPDX-License-Identifier: MIT */
/*
 * O_APPEND: every write goes to the end, wherever the position is, and through whichever descriptor.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	char buf[100];
	int a, b;

	tmp_dir();
	a = REQUIRE_OK(open("file", O_RDWR | O_CREAT | O_APPEND, 0644));
	b = REQUIRE_OK(open("file", O_WRONLY | O_APPEND));
	for (unsigned i = 0; i < 500; i++) {
		pattern_fill(buf, sizeof(buf), i * 100UL, 2);
		REQUIRE(lseek(a, 0, SEEK_SET) == 0);
		REQUIRE(write(i % 2 ? a : b, buf, sizeof(buf)) == sizeof(buf));
	}
	CHECK_INT(size_of("file"), 50000, "500 pieces of 100 bytes");
	CHECK(pattern_read(a, 0, 50000, 2), "are in order");
	CHECK_INT(lseek(b, 0, SEEK_CUR), 49900, "the position is behind what was written last");
	CHECK_INT(pwrite(a, "end", 3, 0), 3, "pwrite appends too, as Linux does");
	CHECK_INT(size_of("file"), 50003, "at the end");
	REQUIRE(ftruncate(a, 10) == 0);
	REQUIRE(write(b, "x", 1) == 1);
	CHECK_INT(size_of("file"), 11, "after a truncation at the new end");
}
