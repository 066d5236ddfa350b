/* SPDX-License-Identifier: MIT */
/*
 * fsync, fdatasync, O_SYNC, O_DSYNC, sync_file_range, syncfs, of files and folders.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	int fd, dir;

	tmp_dir();
	fd = pattern_file("file", 100000, 1);
	CHECK_INT(fsync(fd), 0, "fsync");
	pattern_write(fd, 100000, 100, 1);
	CHECK_INT(fdatasync(fd), 0, "fdatasync");
	pattern_write(fd, 50000, 100, 1);
	CHECK_INT(sync_file_range(fd, 0, 0, 7), 0, "sync_file_range");
	CHECK_INT(syncfs(fd), 0, "syncfs");
	close(fd);
	fd = CHECK_OK(open("file", O_WRONLY | O_SYNC), "O_SYNC");
	CHECK_INT(pwrite(fd, "x", 1, 0), 1, "a write");
	close(fd);
	fd = CHECK_OK(open("file", O_WRONLY | O_DSYNC | O_APPEND), "O_DSYNC");
	CHECK_INT(write(fd, "x", 1), 1, "a write");
	close(fd);
	CHECK_INT(size_of("file"), 100101, "the size");
	dir = REQUIRE_OK(open(".", O_RDONLY | O_DIRECTORY));
	CHECK_INT(fsync(dir), 0, "fsync of a folder");
	CHECK_INT(fdatasync(dir), 0, "fdatasync of a folder");
	for (unsigned i = 0; i < 30; i++) {
		char name[32];

		snprintf(name, sizeof(name), "file%u", i);
		fd = pattern_file("new", 1000 * i, i);
		REQUIRE(fsync(fd) == 0);
		close(fd);
		REQUIRE(rename("new", name) == 0 && fsync(dir) == 0);
	}
	CHECK(pattern_is("file29", 29000, 29), "thirty files, each with fsync and rename");
	sync();
	CHECK(true, "sync");
}
