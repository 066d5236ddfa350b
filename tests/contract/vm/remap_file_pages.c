/* SPDX-License-Identifier: MIT */
/* remap_file_pages(2): a shared mapping shows its file's pages in another order. */
#include "lib/contract.h"

void contract_main(void)
{
	char *p, *q;
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_RDWR | O_CREAT, 0600));
	for (int i = 0; i < 4; i++) {
		char page[PAGE];

		memset(page, 'a' + i, PAGE);
		REQUIRE(write(fd, page, PAGE) == (ssize_t)PAGE);
	}
	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	close(fd);
	CHECK_INT(remap_file_pages(p, PAGE, 0, 3, 0), 0, "the first page shows the last");
	CHECK_INT(remap_file_pages(p + 3 * PAGE, PAGE, 0, 0, 0), 0, "the last page shows the first");
	CHECK(p[0] == 'd' && p[PAGE] == 'b' && p[2 * PAGE] == 'c' && p[3 * PAGE] == 'a', "in the new order");
	p[0] = 'D';
	CHECK_INT(remap_file_pages(p, PAGE, 0, 0, 0), 0, "back");
	CHECK(p[0] == 'a', "the first page again");
	CHECK_INT(remap_file_pages(p + 3 * PAGE, PAGE, 0, 3, 0), 0, "the last too");
	CHECK(p[3 * PAGE] == 'D', "what was written went to the file's page");
	CHECK_ERR(remap_file_pages(p, PAGE, PROT_READ, 1, 0), EINVAL, "prot must be 0");
	CHECK_ERR(remap_file_pages(p, 0, 0, 1, 0), EINVAL, "size 0 is EINVAL");
	CHECK_ERR(remap_file_pages(p, PAGE, 0, ~0UL, 0), EINVAL, "an offset that wraps is EINVAL");
	q = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(q != MAP_FAILED);
	CHECK_ERR(remap_file_pages(q, PAGE, 0, 0, 0), EINVAL, "a private mapping is EINVAL");
	REQUIRE_OK(munmap(q, PAGE));
	CHECK_ERR(remap_file_pages(q, PAGE, 0, 0, 0), EINVAL, "no mapping is EINVAL");
}
