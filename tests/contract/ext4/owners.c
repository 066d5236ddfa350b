/* SPDX-License-Identifier: MIT */
/*
 * chown: large numbers, set-id bits that go, groups that a set-gid folder hands down.
 */
#include "lib/pattern.h"

void contract_main(void)
{
	struct stat st;

	need_root();
	tmp_dir();
	close(pattern_file("file", 10, 1));
	CHECK_INT(chown("file", 70000, 4000000000u), 0, "numbers of more than 16 bits");
	st = stat_of("file");
	CHECK_INT(st.st_uid, 70000, "the owner");
	CHECK_INT(st.st_gid, 4000000000u, "the group");
	CHECK_INT(chown("file", (uid_t)-1, 5), 0, "only the group");
	CHECK_INT(stat_of("file").st_uid, 70000, "leaves the owner");
	REQUIRE(chmod("file", 06755) == 0);
	CHECK_INT(chown("file", 1, 1), 0, "of a set-id program");
	CHECK_INT(stat_of("file").st_mode, S_IFREG | 0755, "takes the bits");
	REQUIRE(mkdir("dir", 0755) == 0 && chown("dir", 0, 1234) == 0 && chmod("dir", 02755) == 0);
	close(pattern_file("dir/file", 1, 1));
	REQUIRE(mkdir("dir/sub", 0755) == 0);
	CHECK_INT(stat_of("dir/file").st_gid, 1234, "a set-gid folder gives its group to files");
	CHECK_INT(stat_of("dir/sub").st_gid, 1234, "and to folders");
	CHECK_INT(stat_of("dir/sub").st_mode, S_IFDIR | 02755, "with the bit");
	REQUIRE(symlink("file", "link") == 0);
	CHECK_INT(lchown("link", 77, 78), 0, "of a link itself");
	CHECK_INT(stat_of("link").st_uid, 77, "its owner");
	CHECK_INT(stat_of("file").st_uid, 1, "not the file's");
}
