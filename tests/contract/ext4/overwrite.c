/* SPDX-License-Identifier: MIT */
/*
 * Parts of a file are overwritten, at places that are no borders; the rest stays.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	static const struct { unsigned at, size; } parts[] = {
		{ 0, 1 }, { 4095, 2 }, { 10000, 5000 }, { 65536, 4096 }, { 99999, 1 }, { 50001, 12345 },
	};
	int fd;

	tmp_dir();
	fd = pattern_file("file", 100000, 1);
	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++)
		pattern_write(fd, parts[i].at, parts[i].size, 100 + i);
	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++)
		CHECK(pattern_read(fd, parts[i].at, parts[i].size, 100 + i), "part %u holds what was written", i);
	CHECK(pattern_read(fd, 1, 4094, 1), "before a part");
	CHECK(pattern_read(fd, 15000, 35001, 1), "between parts");
	CHECK(pattern_read(fd, 69632, 30367, 1), "behind a part");
	CHECK_INT(size_of("file"), 100000, "the size has not changed");
}
