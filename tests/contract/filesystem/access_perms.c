/* SPDX-License-Identifier: MIT */
/*
 * access, faccessat: F_OK, rights by real ids, root's rules, ENOENT, ENOTDIR, EINVAL;
 * AT_EACCESS.
 */
#include "lib/contract.h"

static int as_user(void *arg)
{
	REQUIRE(setresgid(1000, 1000, 1000) == 0 && setresuid(1000, 1000, 1000) == 0);
	CHECK_INT(access("open", R_OK | W_OK), 0, "0666 is open to a user");
	CHECK_ERR(access("secret", R_OK), EACCES, "0600 of root is not");
	CHECK_INT(access("secret", F_OK), 0, "but exists");
	CHECK_ERR(access("closed/x", F_OK), EACCES, "what lies in a closed folder is EACCES");
	CHECK_ERR(access("open", X_OK), EACCES, "0666 cannot be executed");
	return 0;
}

static int real_ids(void *arg)
{
	REQUIRE(setresuid(1000, 0, 0) == 0);
	CHECK_ERR(access("secret", R_OK), EACCES, "access goes by the real id");
	CHECK_INT(faccessat(AT_FDCWD, "secret", R_OK, AT_EACCESS), 0,
		  "AT_EACCESS by the effective");
	return 0;
}

void contract_main(void)
{
	tmp_dir();
	CHECK_INT(access("/dev/null", F_OK), 0, "F_OK");
	CHECK_INT(access("/dev/null", R_OK | W_OK), 0, "R_OK and W_OK on /dev/null");
	CHECK_ERR(access("none", F_OK), ENOENT, "a missing file is ENOENT");
	CHECK_ERR(access("/dev/null/x", F_OK), ENOTDIR, "a path through a file is ENOTDIR");
	CHECK_ERR(access(".", 8), EINVAL, "an unknown mode is EINVAL");
	CHECK_ERR(access("", F_OK), ENOENT, "an empty path is ENOENT");
	CHECK_INT(faccessat(AT_FDCWD, ".", X_OK, 0), 0, "faccessat");
	need_root();
	write_file("open", "", 0);
	write_file("secret", "", 0);
	REQUIRE(chmod("open", 0666) == 0 && chmod("secret", 0600) == 0 && mkdir("closed", 0700) == 0);
	write_file("closed/x", "", 0);
	REQUIRE(chmod(".", 0755) == 0);
	CHECK_ERR(access("open", X_OK), EACCES, "root cannot execute what nobody can");
	CHECK_EXIT(as_user, NULL, 0, "the user's child ends well");
	CHECK_EXIT(real_ids, NULL, 0, "the set-id child ends well");
}
