/* SPDX-License-Identifier: MIT */
/*
 * 16 MiB written in pieces, read back forwards, backwards and by another process.
 */
#include "lib/pattern.h"

#define SIZE (16 << 20)

static int other(void *arg)
{
	return pattern_is("file", SIZE, 3) ? 0 : 1;
}

void contract_main(void)
{
	int fd;

	tmp_dir();
	fd = pattern_file("file", SIZE, 3);
	CHECK(pattern_read(fd, 0, SIZE, 3), "forwards");
	for (unsigned at = SIZE; at >= 1 << 20; at -= 1 << 20)
		CHECK(pattern_read(fd, at - (1 << 20), 1 << 20, 3), "backwards, MiB %u", (at >> 20) - 1);
	CHECK_INT(fsync(fd), 0, "fsync");
	CHECK_EXIT(other, NULL, 0, "another process");
	CHECK(stat_of("file").st_blocks >= SIZE / 512, "it has its blocks");
}
