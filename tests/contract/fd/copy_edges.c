/* SPDX-License-Identifier: MIT */
/*
 * User copies of every length 0 to 64 at every offset to a page end: right bytes, exact fault
 * (lesson 2).
 */
#include "lib/contract.h"

void contract_main(void)
{
	char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fds[2], wrong = 0, bad_count = 0;
	char back[80];

	REQUIRE(page != MAP_FAILED && munmap(page + PAGE, PAGE) == 0);
	REQUIRE(pipe2(fds, O_NONBLOCK) == 0);
	for (size_t i = 0; i < PAGE; i++)
		page[i] = (char)(i * 37 + i / 256);
	for (size_t len = 0; len <= 64; len++) {
		for (size_t off = 0; off < 16; off++) {
			char *from = page + PAGE - len - off;

			wrong += write(fds[1], from, len) != (ssize_t)len;
			wrong += len && read(fds[0], back, sizeof(back)) != (ssize_t)len;
			wrong += memcmp(back, from, len) != 0;
		}
	}
	CHECK_INT(wrong, 0, "writes of 0 to 64 bytes up to a page's end carry the right bytes");
	for (size_t len = 1; len <= 64; len++) {
		char *to = page + PAGE - len;

		memset(page + PAGE - 80, 0x77, 80);
		REQUIRE(write(fds[1], "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", len) ==
			(ssize_t)len);
		wrong += read(fds[0], to, len) != (ssize_t)len;
		wrong += memcmp(to, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", len) != 0;
		wrong += to[-1] != 0x77;
	}
	CHECK_INT(wrong, 0,
		  "reads of 1 to 64 bytes end at the page's end and touch nothing before");
	for (size_t len = 1; len <= 64; len++) {
		for (size_t inside = 0; inside < len; inside++)
			bad_count += write(fds[1], page + PAGE - inside, len) != -1 || errno != EFAULT;
	}
	CHECK_INT(bad_count, 0,
		  "a write whose buffer runs over the end is EFAULT at each length and offset");
	CHECK_ERR(read(fds[0], back, sizeof(back)), EAGAIN, "and put nothing into the pipe");
}
