/* SPDX-License-Identifier: MIT */
/*
 * RENAME_EXCHANGE of files, of folders, of one with the other, in one folder and across two.
 */
#include "lib/pattern.h"

static int exchange(const char *a, const char *b)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2);
}

void contract_main(void)
{
	tmp_dir();
	REQUIRE(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0);
	REQUIRE(mkdir("a/dir", 0755) == 0 && mkdir("b/dir", 0755) == 0);
	close(pattern_file("a/one", 1000, 1));
	close(pattern_file("a/two", 2000, 2));
	close(pattern_file("b/three", 3000, 3));
	close(pattern_file("a/dir/inner", 4, 4));
	CHECK_INT(exchange("a/one", "a/two"), 0, "two files of a folder");
	CHECK(pattern_is("a/one", 2000, 2) && pattern_is("a/two", 1000, 1), "have changed places");
	CHECK_INT(exchange("a/one", "b/three"), 0, "two files of two folders");
	CHECK(pattern_is("a/one", 3000, 3) && pattern_is("b/three", 2000, 2), "have changed places");
	CHECK_INT(exchange("a/dir", "b/dir"), 0, "two folders");
	CHECK_INT(access("b/dir/inner", F_OK), 0, "have changed places");
	CHECK_INT(stat_of("b/dir/..").st_ino, stat_of("b").st_ino, "and parents");
	CHECK_INT(stat_of("a/dir/..").st_ino, stat_of("a").st_ino, "both of them");
	CHECK_INT(exchange("b/dir", "a/two"), 0, "a folder and a file");
	CHECK_INT(access("a/two/inner", F_OK), 0, "the folder is there");
	CHECK(pattern_is("b/dir", 1000, 1), "the file is there");
	CHECK_INT(stat_of("a").st_nlink, 4, "one folder more here");
	CHECK_INT(stat_of("b").st_nlink, 2, "one less there");
	CHECK_INT(stat_of("a/two/..").st_ino, stat_of("a").st_ino, "which knows its parent");
	CHECK_ERR(exchange("a/one", "a/none"), ENOENT, "with nothing is ENOENT");
	CHECK_ERR(exchange("a", "a/dir"), EINVAL, "with something inside is EINVAL");
}
