/* SPDX-License-Identifier: MIT */
/*
 * mkdir, rmdir: EEXIST, ENOTEMPTY, link counts, trailing slashes, . and .., long names,
 * ENAMETOOLONG.
 */
#include "lib/contract.h"

void contract_main(void)
{
	char name[300], path[5000];
	struct stat st;

	tmp_dir();
	CHECK_INT(mkdir("d", 0755), 0, "mkdir");
	CHECK_ERR(mkdir("d", 0755), EEXIST, "again is EEXIST");
	REQUIRE(stat("d", &st) == 0);
	CHECK_INT(st.st_nlink, 2, "an empty folder has 2 links");
	CHECK_INT(mkdir("d/sub/", 0755), 0, "a trailing slash is fine");
	REQUIRE(stat("d", &st) == 0);
	CHECK_INT(st.st_nlink, 3, "a sub-folder is one more");
	CHECK_ERR(rmdir("d"), ENOTEMPTY, "not empty is ENOTEMPTY");
	CHECK_ERR(rmdir("d/sub/."), EINVAL, "a path that ends in . is EINVAL");
	CHECK_ERR(rmdir("d/sub/.."), ENOTEMPTY, "in .. ENOTEMPTY");
	CHECK_INT(rmdir("d/sub"), 0, "rmdir");
	CHECK_INT(rmdir("d"), 0, "and of its parent");
	CHECK_ERR(rmdir("d"), ENOENT, "again is ENOENT");
	write_file("f", "", 0);
	CHECK_ERR(rmdir("f"), ENOTDIR, "a file is ENOTDIR");
	CHECK_ERR(mkdir("f/x", 0755), ENOTDIR, "below a file too");
	CHECK_ERR(mkdir("none/x", 0755), ENOENT, "below nothing is ENOENT");
	CHECK_ERR(mkdir("", 0755), ENOENT, "an empty name is ENOENT");
	CHECK_ERR(mkdir(".", 0755), EEXIST, ". is EEXIST");
	CHECK_ERR(mkdir("/", 0755), EEXIST, "/ too");
	memset(name, 'n', sizeof(name));
	name[255] = 0;
	CHECK_INT(mkdir(name, 0755), 0, "255 bytes are a name");
	CHECK_INT(rmdir(name), 0, "which can be removed");
	name[255] = 'n', name[256] = 0;
	CHECK_ERR(mkdir(name, 0755), ENAMETOOLONG, "256 are ENAMETOOLONG");
	memset(path, '/', sizeof(path));
	path[4094] = 'x', path[4095] = 0;
	CHECK_ERR(stat(path, &st), ENOENT, "a path of 4095 bytes is looked up");
	path[4095] = 'x', path[4096] = 0;
	CHECK_ERR(stat(path, &st), ENAMETOOLONG, "one of 4096 is ENAMETOOLONG");
	REQUIRE(mkdir("e", 01777) == 0 && stat("e", &st) == 0);
	CHECK_INT(st.st_mode & 07777, 01755, "mode and umask, sticky kept");
}
