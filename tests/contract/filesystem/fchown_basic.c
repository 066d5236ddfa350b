/* SPDX-License-Identifier: MIT */
/* fchown: to oneself, -1 keeps user or group, EBADF; a folder and a pipe. */
#include "lib/contract.h"

void contract_main(void)
{
	struct stat st;
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	CHECK_INT(fchown(fd, getuid(), getgid()), 0, "to oneself");
	CHECK_INT(fchown(fd, -1, -1), 0, "-1 and -1 change nothing");
	need_root();
	CHECK_INT(fchown(fd, 7, -1), 0, "the user only");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK(st.st_uid == 7 && st.st_gid == getgid(), "keeps the group");
	CHECK_INT(fchown(fd, -1, 8), 0, "the group only");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK(st.st_uid == 7 && st.st_gid == 8, "keeps the user");
	fd = REQUIRE_OK(open(".", O_RDONLY));
	CHECK_INT(fchown(fd, 9, 9), 0, "a folder");
	REQUIRE(stat(".", &st) == 0);
	CHECK(st.st_uid == 9 && st.st_gid == 9, "changes too");
	CHECK_ERR(fchown(999, 1, 1), EBADF, "a closed descriptor is EBADF");
}
