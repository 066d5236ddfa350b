/* SPDX-License-Identifier: MIT */
/* Two private mappings of one file are independent of each other and the file; fork copies them. */
#include "lib/contract.h"

static int child(void *arg)
{
	char *p = arg;

	if (p[0] != 'A')
		return 1;
	p[0] = 'C';
	return p[0] == 'C' ? 0 : 2;
}

void contract_main(void)
{
	char buf[4] = "", *a, *b;
	int fd;

	tmp_dir();
	write_file("f", "0123", 4);
	fd = REQUIRE_OK(open("f", O_RDWR));
	a = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	b = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(a != MAP_FAILED && b != MAP_FAILED);
	a[0] = 'A';
	CHECK_INT(b[0], '0', "a store in one is not in the other");
	b[1] = 'B';
	CHECK(a[1] == '1' && a[0] == 'A', "nor the other way");
	CHECK_EXIT(child, a, 0, "a child stores to its copy");
	CHECK_INT(a[0], 'A', "which the parent does not see");
	REQUIRE(pread(fd, buf, 4, 0) == 4);
	CHECK(memcmp(buf, "0123", 4) == 0, "the file is unchanged");
}
