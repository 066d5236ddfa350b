/* SPDX-License-Identifier: MIT */
/*
 * Blocks written in another order than they lie, before and beyond the end.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0644));
	for (unsigned i = 0; i < 200; i++)
		pattern_write(fd, (i * 73 % 200) * 5000UL, 5000, 9);
	CHECK(pattern_read(fd, 0, 200 * 5000, 9), "200 pieces in a strange order are one file");
	CHECK_INT(size_of("file"), 200 * 5000, "of the right size");
	CHECK_ERR(pwrite(fd, "x", 1, -1), EINVAL, "a negative position is EINVAL");
	CHECK_INT(pwrite(fd, "x", 0, 5000000), 0, "nothing beyond the end");
	CHECK_INT(size_of("file"), 200 * 5000, "does not make it longer");
	close(fd);
	CHECK(pattern_is("file", 200 * 5000, 9), "and again after close");
}
