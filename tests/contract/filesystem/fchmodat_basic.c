/* SPDX-License-Identifier: MIT */
/* fchmodat, fchownat with a folder descriptor, AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH. */
#include "lib/contract.h"

void contract_main(void)
{
	struct stat st;
	int dir, fd;

	need_root();
	tmp_dir();
	REQUIRE(mkdir("d", 0755) == 0);
	write_file("d/f", "x", 1);
	REQUIRE(symlink("f", "d/l") == 0);
	dir = REQUIRE_OK(open("d", O_RDONLY));
	CHECK_INT(fchmodat(dir, "f", 0711, 0), 0, "fchmodat");
	REQUIRE(stat("d/f", &st) == 0);
	CHECK_INT(st.st_mode, S_IFREG | 0711, "visible in stat");
	CHECK_INT(fchownat(dir, "l", 11, 22, 0), 0, "fchownat through a link");
	REQUIRE(stat("d/f", &st) == 0);
	CHECK(st.st_uid == 11 && st.st_gid == 22, "visible in stat");
	CHECK_INT(fchownat(dir, "l", 33, 44, AT_SYMLINK_NOFOLLOW), 0, "fchownat of the link");
	REQUIRE(lstat("d/l", &st) == 0);
	CHECK(st.st_uid == 33 && st.st_gid == 44, "visible in lstat");
	fd = REQUIRE_OK(open("d/f", O_RDONLY));
	CHECK_INT(fchownat(fd, "", 55, -1, AT_EMPTY_PATH), 0, "AT_EMPTY_PATH");
	REQUIRE(stat("d/f", &st) == 0);
	CHECK(st.st_uid == 55 && st.st_gid == 22, "changes the descriptor's file, -1 keeps");
	CHECK_ERR(fchownat(dir, "f", 1, 1, 0x8000), EINVAL, "an unknown flag is EINVAL");
	if (syscall(452, dir, "f", 0700, 0) == 0 || errno != ENOSYS) {	/* fchmodat2: Linux 6.6 */
		CHECK_ERR(syscall(452, dir, "l", 0640, AT_SYMLINK_NOFOLLOW), EOPNOTSUPP, "a link has no mode");
		REQUIRE(stat("d/f", &st) == 0);
		CHECK_INT(st.st_mode, S_IFREG | 0700, "nor is that of the file it names");
	}
	CHECK_ERR(syscall(SYS_fchmodat, dir, "none", 0600), ENOENT, "a missing file is ENOENT");
}
