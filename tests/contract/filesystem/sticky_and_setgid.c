/* SPDX-License-Identifier: MIT */
/* The sticky bit: only owners remove and rename; a set-group-id folder hands its group down. */
#include "lib/contract.h"

static int as_user(void *arg)
{
	REQUIRE(setresgid(1000, 1000, 1000) == 0 && setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(unlink("sticky/root"), EPERM, "another's file cannot be removed");
	CHECK_ERR(rename("sticky/root", "sticky/x"), EPERM, "nor renamed");
	CHECK_ERR(rename("sticky/own", "sticky/root"), EPERM, "nor replaced");
	CHECK_ERR(rmdir("sticky/rootdir"), EPERM, "nor a folder removed");
	CHECK_INT(unlink("sticky/own"), 0, "one's own can");
	return 0;
}

void contract_main(void)
{
	struct stat st;

	need_root();
	tmp_dir();
	REQUIRE(chmod(".", 0755) == 0);
	REQUIRE(mkdir("sticky", 0777) == 0 && chmod("sticky", 01777) == 0 && mkdir("sticky/rootdir", 0777) == 0);
	write_file("sticky/root", "", 0);
	write_file("sticky/own", "", 0);
	REQUIRE(chown("sticky/own", 1000, 1000) == 0);
	CHECK_EXIT(as_user, NULL, 0, "the user's child ends well");
	REQUIRE(mkdir("g", 0755) == 0 && chown("g", 0, 77) == 0 && chmod("g", 02755) == 0);
	write_file("g/f", "", 0);
	REQUIRE(stat("g/f", &st) == 0);
	CHECK_INT(st.st_gid, 77, "a file in a set-group-id folder has its group");
	REQUIRE(mkdir("g/d", 0755) == 0 && stat("g/d", &st) == 0);
	CHECK_INT(st.st_gid, 77, "a folder too");
	CHECK_INT(st.st_mode & 07777, 02755, "and is set-group-id itself");
}
