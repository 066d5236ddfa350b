/* SPDX-License-Identifier: MIT */
/* chmod, chown, lchown by path: stat shows them, ctime moves, links are followed or not. */
#include "lib/contract.h"

void contract_main(void)
{
	struct stat st, before;

	need_root();
	tmp_dir();
	write_file("f", "x", 1);
	REQUIRE(symlink("f", "l") == 0 && stat("f", &before) == 0);
	sleep_ms(20);
	CHECK_INT(chmod("f", 0600), 0, "chmod");
	REQUIRE(stat("f", &st) == 0);
	CHECK_INT(st.st_mode, S_IFREG | 0600, "0600");
	CHECK(st.st_ctim.tv_sec > before.st_ctim.tv_sec || st.st_ctim.tv_nsec > before.st_ctim.tv_nsec, "ctime moves");
	CHECK(st.st_mtim.tv_nsec == before.st_mtim.tv_nsec, "mtime does not");
	CHECK_INT(chmod("l", 04711), 0, "chmod through a link");
	REQUIRE(stat("f", &st) == 0);
	CHECK_INT(st.st_mode, S_IFREG | 04711, "changes the target");
	CHECK_INT(chown("l", 12, 34), 0, "chown through a link");
	REQUIRE(stat("f", &st) == 0);
	CHECK(st.st_uid == 12 && st.st_gid == 34, "changes the target");
	CHECK_INT(st.st_mode, S_IFREG | 0711, "and clears set-user-id, for root too");
	CHECK_INT(lchown("l", 56, 78), 0, "lchown");
	REQUIRE(lstat("l", &st) == 0);
	CHECK(st.st_uid == 56 && st.st_gid == 78, "changes the link");
	CHECK_ERR(chmod("none", 0600), ENOENT, "a missing file is ENOENT");
	CHECK_ERR(chown("none", 1, 1), ENOENT, "for chown too");
	CHECK_INT(chmod("f", 0177777), 0, "bits above 07777");
	REQUIRE(stat("f", &st) == 0);
	CHECK_INT(st.st_mode, S_IFREG | 07777, "are ignored");
}
