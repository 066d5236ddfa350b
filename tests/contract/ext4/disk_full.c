/* SPDX-License-Identifier: MIT */
/*
 * A full volume: ENOSPC, nothing lost, everything free again after removing.
 */
#include "lib/pattern.h"
#include "lib/volume.h"

#include <sys/vfs.h>

static fsblkcnt_t free_blocks(void)
{
	struct statfs fs;

	sync();
	REQUIRE(statfs("vol", &fs) == 0);
	return fs.f_bfree;
}

void contract_main(void)
{
	static char buf[65536];
	fsblkcnt_t before;
	uint64_t at = 0;
	ssize_t n;
	int fd;

	volume_mount();
	before = free_blocks();
	close(pattern_file("vol/first", 1 << 20, 9));
	fd = REQUIRE_OK(open("vol/large", O_RDWR | O_CREAT, 0644));
	for (;;) {
		pattern_fill(buf, sizeof(buf), at, 1);
		n = pwrite(fd, buf, sizeof(buf), (off_t)at);
		if (n <= 0)
			break;
		at += (uint64_t)n;
	}
	CHECK(n == -1 && errno == ENOSPC, "writing ends with ENOSPC");
	CHECK(at > 10 << 20, "after some MiB");
	CHECK(fsync(fd) == 0, "what was written can be synced");
	CHECK(pattern_read(fd, 0, at, 1), "and is all there");
	CHECK(pattern_is("vol/first", 1 << 20, 9), "so is the first file");
	CHECK_INT(pwrite(fd, "over", 4, 1000), 4, "blocks there are can be overwritten");
	/* Names still fit where there is room, or are refused; either way nothing breaks. */
	for (int i = 0; i < 200; i++) {
		char name[64];
		int more;

		snprintf(name, sizeof(name), "vol/more-%d", i);
		more = open(name, O_CREAT | O_WRONLY, 0644);
		if (more < 0 && errno != ENOSPC)
			CHECK(false, "creating fails with %s", strerror(errno));
		if (more >= 0)
			close(more);
	}
	close(fd);
	CHECK_INT(unlink("vol/large"), 0, "removed");
	close(pattern_file("vol/again", 4 << 20, 2));
	CHECK(pattern_is("vol/again", 4 << 20, 2), "there is room again");
	volume_clear();
	CHECK(EVENTUALLY(free_blocks() + 8 >= before, 3000), "all blocks are free again");
	volume_umount();
}
