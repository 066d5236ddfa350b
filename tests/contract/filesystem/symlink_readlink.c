/* SPDX-License-Identifier: MIT */
/*
 * symlink, readlink: text, following, loops, dangling, truncation to the buffer, long targets,
 * sizes.
 */
#include "lib/contract.h"

void contract_main(void)
{
	char buf[5000], name[16], next[16], longest[4200];
	struct stat st;

	tmp_dir();
	write_file("f", "data", 4);
	CHECK_INT(symlink("f", "l"), 0, "symlink");
	memset(buf, '#', sizeof(buf));
	CHECK_INT(readlink("l", buf, sizeof(buf)), 1, "readlink");
	CHECK(buf[0] == 'f' && buf[1] == '#', "its text without a 0");
	REQUIRE(lstat("l", &st) == 0);
	CHECK(S_ISLNK(st.st_mode) && st.st_size == 1, "lstat shows a link of one byte");
	CHECK_INT(st.st_mode & 0777, 0777, "mode 0777");
	REQUIRE(stat("l", &st) == 0);
	CHECK(S_ISREG(st.st_mode) && st.st_size == 4, "stat follows");
	CHECK(read_file("l", buf, sizeof(buf)) == 4, "open follows");
	REQUIRE(symlink("a/longer/target/text", "long") == 0);
	for (int size = 1; size <= 20; size++) {
		memset(buf, '#', 30);
		REQUIRE(readlink("long", buf, (size_t)size) == size);
		REQUIRE(!memcmp(buf, "a/longer/target/text", (size_t)size) && buf[size] == '#');
	}
	CHECK(true, "a small buffer gets a part, never ERANGE, and nothing behind it is touched");
	CHECK_ERR(syscall(SYS_readlink, "l", buf, 0), EINVAL, "a size of 0 is EINVAL");
	CHECK_ERR(readlink("f", buf, 10), EINVAL, "a file is EINVAL");
	CHECK_ERR(symlink("x", "l"), EEXIST, "an existing name is EEXIST");
	CHECK_ERR(symlink("", "empty"), ENOENT, "an empty target is ENOENT");
	memset(longest, 't', sizeof(longest));
	longest[4095] = 0;
	CHECK_INT(symlink(longest, "l4095"), 0, "a target of 4095 bytes");
	CHECK_INT(readlink("l4095", buf, sizeof(buf)), 4095, "reads back");
	longest[4095] = 't', longest[4096] = 0;
	CHECK_ERR(symlink(longest, "l4096"), ENAMETOOLONG, "4096 are ENAMETOOLONG");
	REQUIRE(symlink("chain0", "end") == 0);
	write_file("chain0", "", 0);
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "chain%d", i);
		snprintf(next, sizeof(next), "chain%d", i - 1);
		REQUIRE(symlink(next, name) == 0);
	}
	CHECK_INT(stat("chain40", &st), 0, "40 links in a chain are followed");
	CHECK_ERR(stat("chain41", &st), ELOOP, "41 are ELOOP");
	REQUIRE(mkdir("d", 0755) == 0 && symlink("d", "dl") == 0);
	CHECK_ERR(rmdir("dl"), ENOTDIR, "rmdir of a link is ENOTDIR");
	CHECK_INT(lstat("dl/", &st), 0, "a slash behind a link");
	CHECK(S_ISDIR(st.st_mode), "follows it");
	CHECK_INT(unlink("dl"), 0, "unlink removes the link");
	CHECK_INT(access("d", F_OK), 0, "not its target");
}
