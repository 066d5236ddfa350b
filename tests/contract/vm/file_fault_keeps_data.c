/* SPDX-License-Identifier: MIT */
/*
 * A present page of a private file mapping is never read again: relocated data stays (lesson
 * 12), partial last page too.
 */
#include "lib/contract.h"

void contract_main(void)
{
	static char data[3 * PAGE + 50];
	char *p, *q;
	int fd;

	tmp_dir();
	memset(data, 'f', sizeof(data));
	write_file("f", data, sizeof(data));
	fd = REQUIRE_OK(open("f", O_RDONLY));
	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(p != MAP_FAILED);
	for (int i = 0; i < 3; i++)
		p[i * PAGE + 8] = 'r';
	p[3 * PAGE + 100] = 'z';
	REQUIRE(mprotect(p, 3 * PAGE, PROT_READ) == 0);
	CHECK(p[8] == 'r' && p[PAGE + 8] == 'r' && p[2 * PAGE + 8] == 'r',
	      "after mprotect the stores are there");
	REQUIRE(mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE) == 0);
	p[9] = 's';
	CHECK(p[8] == 'r' && p[9] == 's' && p[10] == 'f', "a second store keeps the first");
	q = mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	REQUIRE(q != MAP_FAILED);
	CHECK(q[8] == 'f' && q[3 * PAGE + 49] == 'f', "another mapping sees the file");
	CHECK(q[3 * PAGE + 100] == 0,
	      "and zeroes behind its end, whatever a private one stored there");
	CHECK(p[3 * PAGE + 100] == 'z', "which keeps it");
}
