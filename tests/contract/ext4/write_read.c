/* SPDX-License-Identifier: MIT */
/*
 * Sizes around the borders of pages and blocks: what was written is read back, and nothing behind it.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	static const size_t sizes[] = { 1, 59, 60, 61, 1023, 1024, 1025, 4095, 4096, 4097, 8191, 12288, 65535, 65537 };
	char name[32], extra[2];

	tmp_dir();
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		int fd;

		snprintf(name, sizeof(name), "size%zu", sizes[i]);
		fd = pattern_file(name, sizes[i], i);
		CHECK(pattern_read(fd, 0, sizes[i], i), "%zu bytes are read back", sizes[i]);
		CHECK_INT(pread(fd, extra, 2, (off_t)sizes[i]), 0, "and end there");
		close(fd);
		CHECK(pattern_is(name, sizes[i], i), "and by another open");
	}
}
