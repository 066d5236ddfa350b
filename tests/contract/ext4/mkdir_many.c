/* SPDX-License-Identifier: MIT */
/*
 * 2,000 folders in one, each with a file: links counted, removed again.
 */
#include "lib/pattern.h"

enum { DIRS = 2000 };

void contract_main(void)
{
	char name[64];

	tmp_dir();
	REQUIRE(mkdir("top", 0755) == 0);
	for (unsigned i = 0; i < DIRS; i++) {
		snprintf(name, sizeof(name), "top/folder-%u", i);
		REQUIRE(mkdir(name, 0755) == 0);
		strcat(name, "/file");
		close(pattern_file(name, i % 100, i));
	}
	CHECK_INT(stat_of("top").st_nlink, DIRS + 2, "each is a link");
	CHECK_INT(count_names("top"), DIRS, "all are listed");
	CHECK(pattern_is("top/folder-1234/file", 34, 1234), "one of the files");
	for (unsigned i = 0; i < DIRS; i += 2) {
		snprintf(name, sizeof(name), "top/folder-%u/file", i);
		REQUIRE(unlink(name) == 0);
		*strrchr(name, '/') = 0;
		REQUIRE(rmdir(name) == 0);
	}
	CHECK_INT(stat_of("top").st_nlink, DIRS / 2 + 2, "half of them removed");
	CHECK_INT(count_names("top"), DIRS / 2, "half are left");
}
