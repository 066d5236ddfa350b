/* SPDX-License-Identifier: MIT */
/*
 * A private file mapping reads the file; a store stays private, also when the file changes
 * later.
 */
#include "lib/contract.h"

void contract_main(void)
{
	char buf[8] = "", *p;
	int fd;

	tmp_dir();
	write_file("f", "abcdefgh", 8);
	fd = REQUIRE_OK(open("f", O_RDWR));
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK(memcmp(p, "abcdefgh", 8) == 0, "it reads the file");
	p[0] = 'X';
	CHECK_INT(pread(fd, buf, 8, 0), 8, "the file");
	CHECK(memcmp(buf, "abcdefgh", 8) == 0, "is unchanged by a store");
	REQUIRE(pwrite(fd, "12345678", 8, 0) == 8);
	CHECK(memcmp(p, "Xbcdefgh", 8) == 0, "the stored-to page is the mapping's own");
	CHECK(p[8] == 0, "behind the file it is zero");
}
