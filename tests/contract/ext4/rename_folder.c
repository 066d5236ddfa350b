/* SPDX-License-Identifier: MIT */
/*
 * Folders that move: their "..", the links of their parents, what is in them; over empty ones.
 */
#include "lib/pattern.h"

static ino_t parent_of(const char *path)
{
	char up[64];

	snprintf(up, sizeof(up), "%s/..", path);
	return stat_of(up).st_ino;
}

void contract_main(void)
{
	tmp_dir();
	REQUIRE(mkdir("a", 0755) == 0 && mkdir("a/sub", 0755) == 0 && mkdir("b", 0755) == 0);
	close(pattern_file("a/sub/file", 100, 1));
	CHECK_INT(stat_of("a").st_nlink, 3, "a has one folder");
	CHECK_INT(rename("a/sub", "b/moved"), 0, "which moves to b");
	CHECK_INT(parent_of("b/moved"), stat_of("b").st_ino, "its parent is b");
	CHECK_INT(stat_of("a").st_nlink, 2, "a has one less");
	CHECK_INT(stat_of("b").st_nlink, 3, "b has one more");
	CHECK(pattern_is("b/moved/file", 100, 1), "what was in it still is");
	REQUIRE(mkdir("a/empty", 0755) == 0);
	CHECK_INT(rename("b/moved", "a/empty"), 0, "over an empty folder");
	CHECK_INT(parent_of("a/empty"), stat_of("a").st_ino, "its parent is a again");
	CHECK_INT(stat_of("a").st_nlink, 3, "a's links");
	CHECK_INT(stat_of("b").st_nlink, 2, "b's links");
	REQUIRE(mkdir("b/full", 0755) == 0);
	close(pattern_file("b/full/x", 1, 1));
	CHECK_ERR(rename("a/empty", "b/full"), ENOTEMPTY, "over one that is not empty is ENOTEMPTY");
	CHECK_ERR(rename("a", "a/empty/x"), EINVAL, "into itself is EINVAL");
	CHECK_ERR(rename("b/full/x", "a/empty"), EISDIR, "a file over a folder is EISDIR");
	CHECK_ERR(rename("a/empty", "b/full/x"), ENOTDIR, "a folder over a file is ENOTDIR");
	CHECK_INT(rename("a/empty", "a/other"), 0, "a new name in the same folder");
	CHECK_INT(stat_of("a").st_nlink, 3, "does not change the links");
}
