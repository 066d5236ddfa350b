/* SPDX-License-Identifier: MIT */
/*
 * Path look-up: //, ., .., trailing slashes, links in the middle, deep trees, search
 * permission, ELOOP.
 */
#include "lib/contract.h"

static int as_user(void *arg)
{
	struct stat st;

	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(stat("a/closed/x", &st), EACCES, "no search permission in the middle is EACCES");
	CHECK_ERR(stat("a/closed/none", &st), EACCES, "also for what is not there");
	CHECK_INT(stat("a/closed/../b", &st) == -1 ? errno : 0, EACCES, "and for .. through it");
	return 0;
}

void contract_main(void)
{
	struct stat a, b;
	char path[3000] = "";

	tmp_dir();
	REQUIRE(chmod(".", 0755) == 0 && mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0);
	REQUIRE(mkdir("a/closed", 0700) == 0 && stat("a/b", &a) == 0);
	CHECK(stat("./a//b/./", &b) == 0 && a.st_ino == b.st_ino, "slashes and dots");
	CHECK(stat("a/b/../../a/b", &b) == 0 && a.st_ino == b.st_ino, "..");
	REQUIRE(symlink("../a", "a/self") == 0);
	CHECK(stat("a/self/self/self/b", &b) == 0 && a.st_ino == b.st_ino, "links in the middle");
	REQUIRE(symlink("b/", "a/slash") == 0);
	CHECK(stat("a/slash", &b) == 0 && a.st_ino == b.st_ino, "a link that ends in a slash");
	CHECK(stat("/..", &a) == 0 && stat("/", &b) == 0 && a.st_ino == b.st_ino, "/.. is /");
	write_file("f", "", 0);
	CHECK_ERR(stat("f/.", &a), ENOTDIR, "f/. is ENOTDIR");
	CHECK_ERR(stat("f/..", &a), ENOTDIR, "f/.. too");
	CHECK_ERR(stat("f/", &a), ENOTDIR, "and f/");
	REQUIRE(symlink("f", "to_f") == 0 && symlink("to_f", "to_to_f") == 0);
	CHECK_ERR(stat("to_f/", &a), ENOTDIR, "a slash behind a link to a file");
	CHECK_ERR(open("to_to_f/", O_RDONLY), ENOTDIR, "or to a link to one");
	CHECK_ERR(lstat("to_f/", &a), ENOTDIR, "with lstat, too");
	CHECK(lstat("a/slash/", &a) == 0 && S_ISDIR(a.st_mode), "lstat of a link to a folder with a slash: the folder");
	CHECK_ERR(stat("none/..", &a), ENOENT, "none/.. is ENOENT");
	for (int i = 0; i < 100; i++) {
		strcat(path, i ? "/deep-folder-name" : "deep-folder-name");
		REQUIRE(mkdir(path, 0755) == 0);
	}
	CHECK_INT(stat(path, &a), 0, "a tree of 100 folders");
	REQUIRE(chdir(path) == 0);
	CHECK_INT(stat("..", &b), 0, "from its end");
	for (int i = 0; i < 100; i++)
		REQUIRE(chdir("..") == 0);
	CHECK_INT(access("f", F_OK), 0, "100 times .. leads back");
	need_root();
	CHECK_EXIT(as_user, NULL, 0, "the user's child ends well");
}
