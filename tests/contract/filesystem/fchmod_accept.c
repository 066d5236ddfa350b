/* SPDX-License-Identifier: MIT */
/* fchmod, fchmodat: change the mode of an open file, whose descriptor goes on working. */
#include "lib/contract.h"

void contract_main(void)
{
	struct stat st;
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	CHECK_INT(fchmod(fd, 0400), 0, "fchmod to read-only");
	CHECK_INT(write(fd, "x", 1), 1, "the descriptor still writes");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_mode, S_IFREG | 0400, "fstat shows it");
	CHECK_INT(fchmodat(AT_FDCWD, "f", 0644, 0), 0, "fchmodat");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_mode, S_IFREG | 0644, "fstat shows it");
	REQUIRE(unlink("f") == 0);
	CHECK_INT(fchmod(fd, 0700), 0, "fchmod of an unlinked file");
	CHECK_ERR(fchmod(999, 0600), EBADF, "a closed descriptor is EBADF");
	fd = REQUIRE_OK(open(".", O_PATH));
	CHECK_ERR(syscall(SYS_fchmod, fd, 0700), EBADF, "an O_PATH one too");
}
