/* SPDX-License-Identifier: MIT */
/*
 * The end of a file made a hole, or zeroes, before it ever was on disk: fsync brings the whole size there, which the
 * host sees on the volume afterwards (and a kernel with checks at once).
 */
#include "lib/pattern.h"
#include <linux/falloc.h>

enum { SIZE = 100000 };

static void end_goes(const char *name, int mode, off_t from)
{
	int fd = REQUIRE_OK(open(name, O_RDWR | O_CREAT, 0644));

	pattern_write(fd, 0, SIZE, 1);
	CHECK_INT(fallocate(fd, mode, from, SIZE), 0, "%s", name);
	CHECK_INT(fsync(fd), 0, "and fsync");
	CHECK_INT(stat_of(name).st_size, SIZE, "keep the size");
	CHECK(pattern_read(fd, 0, (size_t)from, 1), "and what is before");
	CHECK(zeroes_read(fd, (uint64_t)from, SIZE - (size_t)from), "behind it are zeroes");
	close(fd);
}

void contract_main(void)
{
	tmp_dir();
	need_extents();
	end_goes("hole", FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 40000);
	end_goes("whole", FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0);
	end_goes("zeroes", FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 40000);
	end_goes("zero", FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 0);
}
