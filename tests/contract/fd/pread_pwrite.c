/* SPDX-License-Identifier: MIT */
/*
 * pread, pwrite: positional, the offset stays; ESPIPE on pipes; EINVAL for negative offsets;
 * O_APPEND.
 */
#include "lib/contract.h"

void contract_main(void)
{
	char buf[16];
	int fd, fds[2];

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	CHECK_INT(pwrite(fd, "hello", 5, 10), 5, "pwrite at 10");
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 0, "leaves the offset");
	CHECK_INT(pread(fd, buf, 16, 8), 7, "pread at 8 is short at the end");
	CHECK(memcmp(buf, "\0\0hello", 7) == 0, "a hole and the data");
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 0, "leaves the offset");
	CHECK_INT(pread(fd, buf, 16, 15), 0, "at the end it is 0");
	CHECK_INT(pread(fd, buf, 0, 3), 0, "length 0 is 0");
	CHECK_ERR(pread(fd, buf, 1, -1), EINVAL, "a negative offset is EINVAL");
	CHECK_ERR(pwrite(fd, buf, 1, -1), EINVAL, "for pwrite too");
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(pread(fds[0], buf, 1, 0), ESPIPE, "a pipe is ESPIPE");
	CHECK_ERR(pwrite(fds[1], buf, 1, 0), ESPIPE, "for pwrite too");
	CHECK_ERR(pread(fds[1], buf, 1, 0), ESPIPE, "whatever end");
	REQUIRE(fcntl(fd, F_SETFL, O_APPEND) == 0);
	CHECK_INT(syscall(SYS_pwrite64, fd, "X", 1, 0), 1, "pwrite with O_APPEND");
	CHECK_INT(lseek(fd, 0, SEEK_END), 16, "appends, whatever the offset");
}
