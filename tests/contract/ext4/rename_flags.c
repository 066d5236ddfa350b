/* SPDX-License-Identifier: MIT */
/*
 * RENAME_NOREPLACE and RENAME_WHITEOUT.
 */
#include "lib/pattern.h"

static int rename2(const char *a, const char *b, unsigned flags)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, flags);
}

void contract_main(void)
{
	struct stat st;

	need_root();
	tmp_dir();
	close(pattern_file("a", 10, 1));
	close(pattern_file("b", 20, 2));
	CHECK_ERR(rename2("a", "b", 1), EEXIST, "NOREPLACE over a file is EEXIST");
	CHECK_ERR(rename2("a", "a", 1), EEXIST, "NOREPLACE to itself is EEXIST");
	CHECK_INT(rename2("a", "c", 1), 0, "NOREPLACE to a free name");
	CHECK(pattern_is("c", 10, 1) && pattern_is("b", 20, 2), "both are there");
	CHECK_INT(rename2("c", "d", 4), 0, "WHITEOUT");
	CHECK(pattern_is("d", 10, 1), "the file has moved");
	st = stat_of("c");
	CHECK(S_ISCHR(st.st_mode) && st.st_rdev == 0, "a device 0:0 is in its place");
	CHECK_INT(rename2("d", "b", 4), 0, "WHITEOUT over a file");
	CHECK(pattern_is("b", 10, 1), "replaces it");
	CHECK(S_ISCHR(stat_of("d").st_mode), "and leaves a device");
	CHECK_ERR(rename2("b", "x", 1 | 2), EINVAL, "NOREPLACE and EXCHANGE is EINVAL");
	CHECK_ERR(rename2("b", "x", 2 | 4), EINVAL, "WHITEOUT and EXCHANGE is EINVAL");
	CHECK_ERR(rename2("b", "x", 8), EINVAL, "an unknown flag is EINVAL");
	REQUIRE(unlink("c") == 0 && unlink("d") == 0);
	CHECK_INT(count_names("."), 1, "they can be removed");
}
