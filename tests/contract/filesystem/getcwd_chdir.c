/* SPDX-License-Identifier: MIT */
/* getcwd after chdir: normalised, ERANGE, the raw call's length, a removed cwd; chdir's errors. */
#include "lib/contract.h"

void contract_main(void)
{
	char top[PATH_MAX], cwd[PATH_MAX], want[PATH_MAX + 16];

	tmp_dir();
	REQUIRE(getcwd(top, sizeof(top)));
	REQUIRE(mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0 && symlink("a/b", "l") == 0);
	CHECK_INT(chdir("a/./b//../b/"), 0, "chdir by a winding path");
	snprintf(want, sizeof(want), "%s/a/b", top);
	CHECK_STR(getcwd(cwd, sizeof(cwd)), want, "getcwd is straight");
	CHECK_INT(chdir(".."), 0, "chdir ..");
	REQUIRE(chdir(top) == 0 && chdir("l") == 0);
	CHECK_STR(getcwd(cwd, sizeof(cwd)), want, "a link leads to its target's path");
	CHECK_INT(syscall(SYS_getcwd, cwd, sizeof(cwd)), strlen(want) + 1,
		  "the raw call returns the length with its 0");
	CHECK_ERR(syscall(SYS_getcwd, cwd, strlen(want)), ERANGE, "one byte too few is ERANGE");
	CHECK_ERR(syscall(SYS_getcwd, cwd, 0), ERANGE, "none too");
	REQUIRE(rmdir("../b") == 0);
	CHECK_ERR(syscall(SYS_getcwd, cwd, sizeof(cwd)), ENOENT, "a removed cwd is ENOENT");
	CHECK_ERR(open("f", O_CREAT | O_WRONLY, 0600), ENOENT, "nothing can be made in it");
	CHECK_INT(access(".", F_OK), 0, ". is still there");
	CHECK_INT(chdir(".."), 0, "and .. leads out");
	CHECK_ERR(chdir("none"), ENOENT, "a missing folder is ENOENT");
	write_file("f", "", 0);
	CHECK_ERR(chdir("f"), ENOTDIR, "a file is ENOTDIR");
	REQUIRE(symlink("loop", "loop") == 0);
	CHECK_ERR(chdir("loop"), ELOOP, "a link to itself is ELOOP");
}
