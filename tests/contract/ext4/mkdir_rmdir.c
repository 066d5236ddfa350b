/* SPDX-License-Identifier: MIT */
/*
 * Links of folders, errors of mkdir and rmdir, a folder removed while it is the working one.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	int dir;

	tmp_dir();
	CHECK_INT(mkdir("a", 0751), 0, "mkdir");
	CHECK_INT(stat_of("a").st_mode, S_IFDIR | 0751, "its mode");
	CHECK_INT(stat_of("a").st_nlink, 2, "has two links");
	CHECK_INT(stat_of(".").st_nlink, 3, "gives its parent one");
	CHECK_INT(count_names("a"), 0, "is empty");
	CHECK_INT(stat_of("a/..").st_ino, stat_of(".").st_ino, "knows its parent");
	CHECK_INT(stat_of("a/.").st_ino, stat_of("a").st_ino, "and itself");
	CHECK_ERR(mkdir("a", 0755), EEXIST, "again is EEXIST");
	CHECK_ERR(mkdir("none/a", 0755), ENOENT, "in none is ENOENT");
	CHECK_ERR(rmdir("none"), ENOENT, "rmdir of none is ENOENT");
	close(pattern_file("a/file", 1, 1));
	CHECK_ERR(rmdir("a"), ENOTEMPTY, "of one with a file is ENOTEMPTY");
	CHECK_ERR(rmdir("a/file"), ENOTDIR, "of a file is ENOTDIR");
	CHECK_ERR(unlink("a"), EISDIR, "unlink of a folder is EISDIR");
	CHECK_ERR(rmdir("a/."), EINVAL, "of '.' is EINVAL");
	CHECK_ERR(rmdir("a/.."), ENOTEMPTY, "of '..' is ENOTEMPTY");
	REQUIRE(unlink("a/file") == 0);
	dir = REQUIRE_OK(open("a", O_RDONLY | O_DIRECTORY));
	CHECK_INT(rmdir("a"), 0, "rmdir");
	CHECK_INT(stat_of(".").st_nlink, 2, "takes the parent's link");
	CHECK_ERR(openat(dir, "x", O_CREAT | O_WRONLY, 0644), ENOENT, "nothing can be made in it");
	CHECK_ERR(mkdirat(dir, "x", 0755), ENOENT, "no folder either");
	CHECK_INT(mkdir("a", 0755), 0, "the name is free");
}
