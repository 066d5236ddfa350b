/* SPDX-License-Identifier: MIT */
/*
 * Which times writing, truncating, linking and naming change.
 */
#include "lib/pattern.h"

static const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };

static void age(const char *path)
{
	REQUIRE(utimensat(AT_FDCWD, path, old, 0) == 0);
	/* The change time is now: let it be told from the next one. */
	sleep_ms(12);
}

static bool newer(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

void contract_main(void)
{
	struct stat before, st;
	int fd;

	tmp_dir();
	REQUIRE(mkdir("dir", 0755) == 0);
	fd = pattern_file("dir/file", 10, 1);
	age("dir/file");
	before = stat_of("dir/file");
	REQUIRE(write(fd, "x", 1) == 1);
	st = stat_of("dir/file");
	CHECK(st.st_mtim.tv_sec > 1000 && newer(st.st_ctim, before.st_ctim), "write: both");
	age("dir/file");
	REQUIRE(ftruncate(fd, 5) == 0);
	CHECK(stat_of("dir/file").st_mtim.tv_sec > 1000, "truncate: both");
	age("dir/file");
	before = stat_of("dir/file");
	REQUIRE(chmod("dir/file", 0600) == 0);
	st = stat_of("dir/file");
	CHECK(st.st_mtim.tv_sec == 1000 && newer(st.st_ctim, before.st_ctim), "chmod: the change time");
	age("dir/file");
	age("dir");
	before = stat_of("dir/file");
	REQUIRE(link("dir/file", "dir/link") == 0);
	CHECK(newer(stat_of("dir/file").st_ctim, before.st_ctim), "link: the file's change time");
	CHECK(stat_of("dir").st_mtim.tv_sec > 1000, "and the folder's");
	age("dir");
	before = stat_of("dir/file");
	sleep_ms(12);
	REQUIRE(unlink("dir/link") == 0);
	CHECK(newer(stat_of("dir/file").st_ctim, before.st_ctim), "unlink: the file's change time");
	CHECK(stat_of("dir").st_mtim.tv_sec > 1000, "and the folder's");
	age("dir");
	age("dir/file");
	before = stat_of("dir/file");
	REQUIRE(rename("dir/file", "dir/other") == 0);
	st = stat_of("dir/other");
	CHECK(st.st_mtim.tv_sec == 1000 && newer(st.st_ctim, before.st_ctim), "rename: the file's change time");
	CHECK(stat_of("dir").st_mtim.tv_sec > 1000, "and the folder's");
}
