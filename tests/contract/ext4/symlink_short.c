/* SPDX-License-Identifier: MIT */
/*
 * Symbolic links that lie in the inode: up to 59 bytes.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	char text[64], buf[100], name[32];

	tmp_dir();
	for (size_t n = 1; n < 60; n += 29) {
		memset(text, 't', n);
		text[n] = 0;
		snprintf(name, sizeof(name), "link%zu", n);
		CHECK_INT(symlink(text, name), 0, "a link of %zu bytes", n);
		memset(buf, 0, sizeof(buf));
		CHECK_INT(readlink(name, buf, sizeof(buf)), n, "its length");
		CHECK_STR(buf, text, "its text");
		CHECK_INT(size_of(name), n, "its size");
		CHECK_INT(stat_of(name).st_blocks, 0, "it has no blocks");
		CHECK_INT(stat_of(name).st_mode, S_IFLNK | 0777, "its mode");
	}
	close(pattern_file("file", 10, 1));
	REQUIRE(symlink("file", "good") == 0 && symlink("loop", "loop") == 0 && symlink("", "x") == -1);
	CHECK(pattern_is("good", 10, 1), "is followed");
	CHECK_ERR(open("loop", O_RDONLY), ELOOP, "to itself is ELOOP");
	CHECK_ERR(open("link30", O_RDONLY), ENOENT, "to nothing is ENOENT");
	CHECK_ERR(open("good", O_RDONLY | O_NOFOLLOW), ELOOP, "with O_NOFOLLOW is ELOOP");
	CHECK_ERR(symlink("a", "good"), EEXIST, "over a name is EEXIST");
	CHECK_INT(unlink("good"), 0, "unlink takes the link");
	CHECK(pattern_is("file", 10, 1), "not the file");
}
