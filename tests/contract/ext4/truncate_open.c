/* SPDX-License-Identifier: MIT */
/*
 * O_TRUNC empties a file that others have open; they see it, and write on.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	char byte;
	int a, b;

	tmp_dir();
	a = pattern_file("file", 100000, 1);
	REQUIRE(lseek(a, 100000, SEEK_SET) == 100000);
	b = CHECK_OK(open("file", O_WRONLY | O_TRUNC), "O_TRUNC");
	CHECK_INT(size_of("file"), 0, "empties it");
	CHECK_INT(pread(a, &byte, 1, 0), 0, "for the other too");
	CHECK_INT(write(a, "end", 3), 3, "who writes on where it was");
	CHECK_INT(size_of("file"), 100003, "at its position");
	CHECK(zeroes_read(a, 0, 100000), "before that is zero");
	REQUIRE(fsync(a) == 0);
	CHECK(stat_of("file").st_blocks <= 8 + 8, "and has no blocks");
	close(b);
}
