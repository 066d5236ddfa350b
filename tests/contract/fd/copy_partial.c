/* SPDX-License-Identifier: MIT */
/*
 * A copy that runs over the end of a mapping carries the bytes before it, each of them: what read and write of a
 * file return says where the fault was (lesson 2).
 */
#include "lib/contract.h"

#define MOST 80

void contract_main(void)
{
	char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *edge = page + PAGE;
	int fd, short_reads = 0, short_writes = 0, bad_bytes = 0;
	char back[2 * MOST];

	REQUIRE(page != MAP_FAILED && munmap(edge, PAGE) == 0);
	tmp_dir();
	fd = REQUIRE_OK(open("file", O_CREAT | O_RDWR, 0600));
	for (size_t i = 0; i < PAGE; i++)
		page[i] = (char)(i * 37 + i / 256);
	for (size_t inside = 1; inside < MOST; inside++) {
		for (size_t over = 1; over < 40; over += 3) {
			memset(back, 0x55, sizeof(back));
			REQUIRE(ftruncate(fd, 0) == 0);
			short_writes += pwrite(fd, edge - inside, inside + over, 0) != (ssize_t)inside;
			REQUIRE(pread(fd, back, sizeof(back), 0) >= 0);
			bad_bytes += memcmp(back, edge - inside, inside) != 0;
		}
	}
	CHECK_INT(short_writes, 0, "a write takes exactly what is mapped");
	CHECK_INT(bad_bytes, 0, "and those bytes");
	for (size_t i = 0; i < sizeof(back); i++)
		back[i] = (char)(i * 29 + 7);
	REQUIRE(ftruncate(fd, 0) == 0 && pwrite(fd, back, sizeof(back), 0) == (ssize_t)sizeof(back));
	for (size_t inside = 1; inside < MOST; inside++) {
		for (size_t over = 1; over < 40; over += 3) {
			memset(edge - MOST, 0x55, MOST);
			short_reads += pread(fd, edge - inside, inside + over, 0) != (ssize_t)inside;
			bad_bytes += memcmp(back, edge - inside, inside) != 0;
			bad_bytes += inside < MOST && edge[-(long)inside - 1] != 0x55;
		}
	}
	CHECK_INT(short_reads, 0, "a read stores exactly what is mapped");
	CHECK_INT(bad_bytes, 0, "those bytes, and none before");
	CHECK_ERR(pwrite(fd, edge, 8, 0), EFAULT, "nothing mapped: EFAULT for write");
	CHECK_ERR(pread(fd, edge, 8, 0), EFAULT, "and for read");
}
