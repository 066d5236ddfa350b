/* SPDX-License-Identifier: MIT */
/*
 * A file mapping has the file's bytes, zeroes to the page's end, offsets, and follows write()
 * when shared.
 */
#include "lib/contract.h"

void contract_main(void)
{
	static char data[3 * PAGE + 100];
	char *p, *q;
	int fd;

	tmp_dir();
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 31 + i / 256);
	write_file("f", data, sizeof(data));
	fd = REQUIRE_OK(open("f", O_RDWR));
	p = mmap(NULL, sizeof(data), PROT_READ, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK(memcmp(p, data, sizeof(data)) == 0, "the contents match");
	for (size_t i = sizeof(data); i < 4 * PAGE; i++)
		REQUIRE(p[i] == 0);
	CHECK(true, "behind the end of file the last page is zero");
	q = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 2 * PAGE);
	REQUIRE(q != MAP_FAILED);
	CHECK(memcmp(q, data + 2 * PAGE, PAGE) == 0, "an offset is honoured");
	REQUIRE(pwrite(fd, "HELLO", 5, PAGE + 10) == 5);
	CHECK(memcmp(p + PAGE + 10, "HELLO", 5) == 0, "a shared mapping sees write()");
	CHECK_INT(close(fd), 0, "the descriptor closes");
	CHECK(memcmp(p, data, PAGE) == 0, "and the mapping stays");
	CHECK_INT(unlink("f"), 0, "the file is unlinked");
	CHECK(p[3 * PAGE + 99] == data[3 * PAGE + 99], "and the mapping stays");
}
