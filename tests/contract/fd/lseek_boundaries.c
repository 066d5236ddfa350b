/* SPDX-License-Identifier: MIT */
/* lseek: SET, CUR, END, past the end, SEEK_DATA and SEEK_HOLE, errors; ESPIPE on a pipe. */
#include "lib/contract.h"

void contract_main(void)
{
	int fd, fds[2];
	char c;

	tmp_dir();
	write_file("f", "0123456789", 10);
	fd = REQUIRE_OK(open("f", O_RDWR));
	CHECK_INT(lseek(fd, 4, SEEK_SET), 4, "SEEK_SET");
	CHECK_INT(lseek(fd, 3, SEEK_CUR), 7, "SEEK_CUR");
	CHECK_INT(lseek(fd, -2, SEEK_END), 8, "SEEK_END");
	CHECK_INT(read(fd, &c, 1), 1, "read there");
	CHECK_INT(c, '8', "the right byte");
	CHECK_INT(lseek(fd, 100, SEEK_END), 110, "past the end is allowed");
	CHECK_INT(read(fd, &c, 1), 0, "and reads nothing");
	CHECK_ERR(lseek(fd, -1, SEEK_SET), EINVAL, "below 0 is EINVAL");
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 110, "and leaves the offset");
	CHECK_ERR(lseek(fd, 0, 99), EINVAL, "an unknown whence is EINVAL");
	CHECK_ERR(lseek(fd, LLONG_MAX, SEEK_END), EINVAL, "an overflow is EINVAL");
	CHECK_INT(lseek(fd, 3, SEEK_DATA), 3, "SEEK_DATA in data");
	CHECK_INT(lseek(fd, 3, SEEK_HOLE), 10, "SEEK_HOLE is the end");
	CHECK_ERR(lseek(fd, 10, SEEK_DATA), ENXIO, "SEEK_DATA at the end is ENXIO");
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(lseek(fds[0], 0, SEEK_CUR), ESPIPE, "a pipe is ESPIPE");
	CHECK_ERR(lseek(999, 0, SEEK_CUR), EBADF, "a closed descriptor is EBADF");
	fd = REQUIRE_OK(open("/dev/null", O_RDWR));
	CHECK_INT(lseek(fd, 55, SEEK_SET), 0, "/dev/null stays at 0");
}
