/* SPDX-License-Identifier: MIT */
/*
 * rename: the name goes, the file stays: in a folder, to another, to a longer name.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	struct stat before, after;
	char name[256];

	tmp_dir();
	REQUIRE(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0);
	close(pattern_file("a/x", 5000, 1));
	before = stat_of("a/x");
	CHECK_INT(rename("a/x", "a/y"), 0, "in its folder");
	CHECK_ERR(access("a/x", F_OK), ENOENT, "the old name is gone");
	CHECK_INT(rename("a/y", "b/z"), 0, "to another folder");
	CHECK_INT(count_names("a"), 0, "the old folder is empty");
	memset(name, 'n', 255);
	name[0] = 'b', name[1] = '/', name[255] = 0;
	CHECK_INT(rename("b/z", name), 0, "to a long name");
	after = stat_of(name);
	CHECK_INT(after.st_ino, before.st_ino, "the same file");
	CHECK_INT(after.st_nlink, 1, "with one link");
	CHECK(pattern_is(name, 5000, 1), "and its content");
	for (int i = 0; i < 300; i++) {
		char from[32], to[32];

		snprintf(from, sizeof(from), "a/%d", i);
		snprintf(to, sizeof(to), "b/renamed-%d", i);
		close(pattern_file(from, 10, (unsigned)i));
		REQUIRE(rename(from, to) == 0);
	}
	CHECK_INT(count_names("b"), 301, "300 more");
	CHECK(pattern_is("b/renamed-150", 10, 150), "with their content");
}
