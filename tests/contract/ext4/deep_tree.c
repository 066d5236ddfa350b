/* SPDX-License-Identifier: MIT */
/*
 * Folders inside of each other, as deep as a path can name, and deeper.
 */
#include "lib/pattern.h"

enum { DEPTH = 500 };

void contract_main(void)
{
	char path[PATH_MAX] = "", up[DEPTH * 3 + 10] = "";
	int made = 0;

	tmp_dir();
	for (int i = 0; i < DEPTH; i++) {
		REQUIRE(mkdir("d", 0755) == 0 && chdir("d") == 0);
		made++;
	}
	close(pattern_file("bottom", 100, 1));
	CHECK_INT(made, DEPTH, "500 levels");
	CHECK_INT(stat_of(".").st_nlink, 2, "the lowest has no folder");
	CHECK_INT(stat_of("..").st_nlink, 3, "the others have one");
	for (int i = 0; i < DEPTH; i++)
		strcat(up, "../");
	CHECK_INT(chdir(up), 0, "up again by '..'");
	for (int i = 0; i < DEPTH; i++)
		strcat(path, "d/");
	strcat(path, "bottom");
	CHECK(pattern_is(path, 100, 1), "the bottom by its path");
	CHECK_ERR(rmdir("d"), ENOTEMPTY, "the top is not empty");
	REQUIRE(rename("d", "top") == 0);
	path[0] = 't';
	memmove(path + 3, path + 1, strlen(path));
	memcpy(path, "top", 3);
	CHECK(pattern_is(path, 100, 1), "renamed at the top, it is still there");
}
