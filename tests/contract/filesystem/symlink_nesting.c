/* SPDX-License-Identifier: MIT */
/*
 * Links in the middle of links: 40 in one walk are followed, 41 are ELOOP, however deep they nest and whatever is left
 * to walk behind each.
 */
#include "lib/contract.h"

void contract_main(void)
{
	char name[16], text[64];
	int fd;

	tmp_dir();
	REQUIRE_OK(mkdir("d", 0755));
	REQUIRE_OK(symlink(".", "d/s"));
	write_file("d/f", "x", 1);
	/* l1 -> d, l2 -> l1/. , ...: each has something left when the next is begun. */
	REQUIRE_OK(symlink("d", "l1"));
	for (int i = 2; i <= 41; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(text, sizeof(text), "l%d/.", i - 1);
		REQUIRE_OK(symlink(text, name));
	}
	CHECK_OK(fd = open("l12/f", O_RDONLY), "12 nested");
	CHECK_OK(fd = open("l40/f", O_RDONLY), "40 nested");
	CHECK_ERR(open("l41/f", O_RDONLY), ELOOP, "41");
	CHECK_OK(open("l39/s/f", O_RDONLY), "39 and one more");
	CHECK_ERR(open("l39/s/s/f", O_RDONLY), ELOOP, "and two");
	CHECK_OK(fd = open("l20/s/s/s/s/s/s/s/s/s/s/s/s/s/s/s/s/s/s/s/s/f", O_RDONLY), "20 and 20 in a row");
	REQUIRE_OK(symlink("loop", "loop"));
	CHECK_ERR(open("loop", O_RDONLY), ELOOP, "a link to itself");
	CHECK_ERR(open("loop/x", O_RDONLY | O_CREAT, 0600), ELOOP, "in the middle too");
}
