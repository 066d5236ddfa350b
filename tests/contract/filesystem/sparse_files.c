/* SPDX-License-Identifier: MIT */
/*
 * Sparse files: holes read zero, cost no blocks, SEEK_DATA and SEEK_HOLE find them, truncate
 * frees.
 */
#include "lib/contract.h"

void contract_main(void)
{
	char buf[100];
	struct stat st;
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	REQUIRE(pwrite(fd, "far", 3, 10 << 20) == 3 && fstat(fd, &st) == 0);
	CHECK_INT(st.st_size, (10 << 20) + 3, "the size counts the hole");
	CHECK(st.st_blocks <= 64, "the blocks do not");
	memset(buf, 1, sizeof(buf));
	CHECK_INT(pread(fd, buf, 100, 5 << 20), 100, "a hole reads");
	CHECK(buf[0] == 0 && buf[99] == 0, "as zero");
	CHECK_INT(lseek(fd, 0, SEEK_DATA), 10 << 20, "SEEK_DATA finds the data");
	CHECK_INT(lseek(fd, 0, SEEK_HOLE), 0, "SEEK_HOLE the hole");
	CHECK_INT(lseek(fd, 10 << 20, SEEK_HOLE), (10 << 20) + 3, "and the end");
	REQUIRE(pwrite(fd, "near", 4, 0) == 4);
	CHECK_INT(lseek(fd, 0, SEEK_HOLE), 4096, "a hole begins at a block");
	CHECK_INT(lseek(fd, 4096, SEEK_DATA), 10 << 20, "and ends at one");
	REQUIRE(ftruncate(fd, 100) == 0 && ftruncate(fd, 20 << 20) == 0 && fstat(fd, &st) == 0);
	CHECK(st.st_blocks <= 16, "truncating frees the blocks");
	CHECK_INT(pread(fd, buf, 3, 10 << 20), 3, "what was cut");
	CHECK(!buf[0] && !buf[1] && !buf[2], "is zero when the file grows again");
}
