/* SPDX-License-Identifier: MIT */
/*
 * A file without a name lives while it is open, and gives its blocks back after.
 */
#include "lib/pattern.h"
#include <sys/vfs.h>

#define SIZE (8 << 20)

static fsblkcnt_t free_blocks(void)
{
	struct statfs fs;

	sync();
	REQUIRE(statfs(".", &fs) == 0);
	return fs.f_bfree;
}

void contract_main(void)
{
	fsblkcnt_t before;
	struct stat st;
	int fd;

	tmp_dir();
	fd = pattern_file("file", SIZE, 1);
	REQUIRE(fsync(fd) == 0);
	CHECK_INT(unlink("file"), 0, "unlink");
	CHECK_ERR(access("file", F_OK), ENOENT, "the name is gone");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_nlink, 0, "it has no links");
	CHECK(pattern_read(fd, 0, SIZE, 1), "its content is there");
	pattern_write(fd, SIZE, 10000, 1);
	CHECK(pattern_read(fd, SIZE - 1000, 11000, 1), "it can still grow");
	close(pattern_file("file", 100, 2));
	CHECK(pattern_is("file", 100, 2), "the name can be used again");
	CHECK(pattern_read(fd, 0, 1000, 1), "which is another file");
	CHECK_INT(fsync(fd), 0, "fsync of it");
	before = free_blocks();
	close(fd);
	/* Others use this volume natively: some of it must show. */
	CHECK(EVENTUALLY(free_blocks() >= before + SIZE / 4096 / 2, 3000), "closed, its blocks are free");
}
