/* SPDX-License-Identifier: MIT */
/* fchdir: getcwd follows, O_PATH works, EBADF, ENOTDIR, EACCES. */
#include "lib/contract.h"

static int no_permission(void *arg)
{
	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(fchdir(*(int *)arg), EACCES, "a folder one may not search is EACCES");
	return 0;
}

void contract_main(void)
{
	char before[PATH_MAX], cwd[PATH_MAX], want[PATH_MAX + 4];
	int dir, file, path;

	tmp_dir();
	REQUIRE(mkdir("d", 0755) == 0 && getcwd(before, sizeof(before)));
	write_file("f", "", 0);
	dir = REQUIRE_OK(open("d", O_RDONLY));
	file = REQUIRE_OK(open("f", O_RDONLY));
	path = REQUIRE_OK(open(".", O_PATH));
	CHECK_INT(fchdir(dir), 0, "fchdir");
	snprintf(want, sizeof(want), "%s/d", before);
	CHECK_STR(getcwd(cwd, sizeof(cwd)), want, "getcwd follows");
	CHECK_INT(fchdir(path), 0, "an O_PATH descriptor");
	CHECK_STR(getcwd(cwd, sizeof(cwd)), before, "takes it back");
	CHECK_ERR(fchdir(file), ENOTDIR, "a file is ENOTDIR");
	CHECK_ERR(fchdir(999), EBADF, "a closed descriptor is EBADF");
	need_root();
	REQUIRE(chmod("d", 0700) == 0);
	CHECK_EXIT(no_permission, &dir, 0, "the unprivileged child ends well");
}
