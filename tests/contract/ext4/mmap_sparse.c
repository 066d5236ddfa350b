/* SPDX-License-Identifier: MIT */
/*
 * Writing through a map into holes: blocks come when they are needed; beyond the end is SIGBUS.
 */
#include "lib/pattern.h"

static char *map;

static int beyond(void *arg)
{
	signal(SIGBUS, SIG_DFL);
	map[4 << 20] = 1;
	return 0;
}

void contract_main(void)
{
	int fd, good = 0;

	tmp_dir();
	fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0644));
	REQUIRE(ftruncate(fd, 4 << 20) == 0);
	map = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(map != MAP_FAILED);
	for (unsigned i = 0; i < 64; i++)
		pattern_fill(map + i * 65536, 3000, i * 65536UL, i);
	CHECK_INT(fsync(fd), 0, "fsync");
	CHECK(stat_of("file").st_blocks >= 64 * 2 && stat_of("file").st_blocks < 4096, "a block for each write");
	for (unsigned i = 0; i < 64; i++)
		good += pattern_read(fd, i * 65536UL, 3000, i) && zeroes_read(fd, i * 65536UL + 3000, 62536);
	CHECK_INT(good, 64, "all are read back, with zeroes between");
	CHECK_SIGNALLED(beyond, NULL, SIGBUS, "beyond the end");
	REQUIRE(ftruncate(fd, 1 << 20) == 0);
	CHECK_INT(stat_of("file").st_size, 1 << 20, "cut while mapped");
	CHECK(pattern_matches(map + 65536, 3000, 65536, 1), "what is left is still mapped");
}
