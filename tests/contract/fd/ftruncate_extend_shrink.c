/* SPDX-License-Identifier: MIT */
/*
 * ftruncate, truncate: shrink keeps the prefix, extend fills with zero, also within a page;
 * errors.
 */
#include "lib/contract.h"

void contract_main(void)
{
	char buf[100];
	struct stat st;
	int fd, ro, fds[2];

	tmp_dir();
	write_file("f", "0123456789", 10);
	fd = REQUIRE_OK(open("f", O_RDWR));
	CHECK_INT(ftruncate(fd, 4), 0, "shrink");
	CHECK_INT(pread(fd, buf, 100, 0), 4, "four bytes are left");
	CHECK(memcmp(buf, "0123", 4) == 0, "the first four");
	CHECK_INT(ftruncate(fd, 20), 0, "extend");
	CHECK_INT(pread(fd, buf, 100, 0), 20, "to twenty");
	CHECK(memcmp(buf, "0123\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20) == 0,
	      "cut bytes come back as zero");
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 0, "the offset does not move");
	CHECK_INT(truncate("f", 3 * PAGE), 0, "truncate by name");
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_size, 3 * PAGE, "sets the size");
	CHECK_ERR(ftruncate(fd, -1), EINVAL, "a negative size is EINVAL");
	ro = REQUIRE_OK(open("f", O_RDONLY));
	CHECK_ERR(ftruncate(ro, 0), EINVAL, "a read-only descriptor is EINVAL");
	CHECK_ERR(ftruncate(999, 0), EBADF, "a closed one EBADF");
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(ftruncate(fds[1], 0), EINVAL, "a pipe is EINVAL");
	CHECK_ERR(truncate(".", 0), EISDIR, "a folder is EISDIR");
	CHECK_ERR(truncate("none", 0), ENOENT, "a missing file is ENOENT");
}
