/* SPDX-License-Identifier: MIT */
/*
 * Names of one file in several folders: counted, all alike, the last one frees it.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	struct stat before, st;
	char name[64];

	tmp_dir();
	REQUIRE(mkdir("dir", 0755) == 0);
	close(pattern_file("file", 5000, 1));
	before = stat_of("file");
	CHECK_INT(link("file", "other"), 0, "a link");
	CHECK_INT(link("file", "dir/third"), 0, "another in a folder");
	st = stat_of("dir/third");
	CHECK_INT(st.st_ino, before.st_ino, "the same file");
	CHECK_INT(st.st_nlink, 3, "three links");
	CHECK_INT(truncate("other", 100), 0, "cut by one name");
	CHECK_INT(size_of("file"), 100, "seen by another");
	CHECK_INT(unlink("file"), 0, "the first name goes");
	CHECK(pattern_is("dir/third", 100, 1), "the content stays");
	CHECK_INT(stat_of("other").st_nlink, 2, "two are left");
	CHECK_ERR(link("other", "dir/third"), EEXIST, "over a name is EEXIST");
	CHECK_ERR(link("dir", "dir2"), EPERM, "of a folder is EPERM");
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "dir/link-%d", i);
		REQUIRE(link("other", name) == 0);
	}
	CHECK_INT(stat_of("other").st_nlink, 1002, "a thousand more");
	for (int i = 0; i < 1000; i += 2) {
		snprintf(name, sizeof(name), "dir/link-%d", i);
		REQUIRE(unlink(name) == 0);
	}
	CHECK_INT(stat_of("other").st_nlink, 502, "half of them again");
	REQUIRE(symlink("other", "sym") == 0);
	CHECK_INT(link("sym", "symlink2"), 0, "a link of a symbolic link");
	CHECK(S_ISLNK(stat_of("symlink2").st_mode), "is one");
}
