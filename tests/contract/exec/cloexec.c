/* SPDX-License-Identifier: MIT */
/* execve closes descriptors with FD_CLOEXEC and no others; offsets go on; the table stays apart. */
#include "lib/contract.h"

int contract_role(const char *role, int argc, char **argv)
{
	if (fcntl(40, F_GETFD) != -1 || errno != EBADF || fcntl(42, F_GETFD) != -1)
		return 1;
	if (fcntl(41, F_GETFD) != 0)
		return 2;
	if (lseek(41, 0, SEEK_CUR) != 7)
		return 3;
	return fcntl(41, F_GETFL) & O_APPEND ? 50 : 4;
}

void contract_main(void)
{
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	REQUIRE(lseek(fd, 7, SEEK_SET) == 7);
	REQUIRE(dup3(fd, 40, O_CLOEXEC) == 40 && dup2(fd, 41) == 41 && dup2(fd, 42) == 42);
	REQUIRE(fcntl(42, F_SETFD, FD_CLOEXEC) == 0 && fcntl(41, F_SETFL, O_APPEND) == 0);
	CHECK_INT(run_role("look", NULL, NULL, NULL), 50 << 8,
		  "the new program has exactly the others");
	CHECK_INT(fcntl(40, F_GETFD), FD_CLOEXEC, "the parent's descriptors are untouched");
}
