/* SPDX-License-Identifier: MIT */
/*
 * fallocate: grows and zero-fills, KEEP_SIZE does not, PUNCH_HOLE zeroes; errors. On tmpfs or
 * ext4.
 */
#include "lib/contract.h"

void contract_main(void)
{
	char buf[PAGE * 2];
	struct stat st;
	int fd, fds[2], ro;

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	CHECK_INT(fallocate(fd, 0, 0, 10000), 0, "plain fallocate");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_size, 10000, "sets the size");
	CHECK(st.st_blocks * 512 >= 10000, "and allocates");
	CHECK_INT(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 50000), 0, "FALLOC_FL_KEEP_SIZE");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_size, 10000, "keeps it");
	memset(buf, 'x', sizeof(buf));
	REQUIRE(pwrite(fd, buf, sizeof(buf), 0) == sizeof(buf));
	CHECK_INT(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, PAGE), 0,
		  "FALLOC_FL_PUNCH_HOLE");
	REQUIRE(pread(fd, buf, sizeof(buf), 0) == sizeof(buf));
	CHECK(buf[99] == 'x' && buf[100] == 0 && buf[99 + PAGE] == 0 && buf[100 + PAGE] == 'x',
	      "zeroes the range");
	CHECK_ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10), EOPNOTSUPP,
		  "without KEEP_SIZE EOPNOTSUPP");
	CHECK_ERR(fallocate(fd, 0, 0, 0), EINVAL, "length 0 is EINVAL");
	CHECK_ERR(fallocate(fd, 0, -1, 10), EINVAL, "a negative offset is EINVAL");
	CHECK_ERR(fallocate(999, 0, 0, 10), EBADF, "a closed descriptor is EBADF");
	ro = REQUIRE_OK(open("f", O_RDONLY));
	CHECK_ERR(fallocate(ro, 0, 0, 10), EBADF, "a read-only one as well");
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(fallocate(fds[1], 0, 0, 10), ESPIPE, "a pipe is ESPIPE");
}
