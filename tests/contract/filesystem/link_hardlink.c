/* SPDX-License-Identifier: MIT */
/*
 * link: same inode, count 2, survives unlink; folders EPERM, existing EEXIST, an open unlinked
 * file lives.
 */
#include "lib/contract.h"

void contract_main(void)
{
	struct stat a, b;
	char buf[8] = "";
	int fd;

	tmp_dir();
	write_file("a", "data", 4);
	CHECK_INT(link("a", "b"), 0, "link");
	REQUIRE(stat("a", &a) == 0 && stat("b", &b) == 0);
	CHECK(a.st_ino == b.st_ino && a.st_dev == b.st_dev, "the same inode");
	CHECK_INT(a.st_nlink, 2, "count 2");
	CHECK_ERR(link("a", "b"), EEXIST, "an existing name is EEXIST");
	CHECK_ERR(link("none", "c"), ENOENT, "a missing file is ENOENT");
	CHECK_ERR(link(".", "c"), EPERM, "a folder is EPERM");
	CHECK_INT(unlink("a"), 0, "unlink the first");
	REQUIRE(stat("b", &b) == 0);
	CHECK_INT(b.st_nlink, 1, "count 1");
	CHECK(read_file("b", buf, sizeof(buf)) == 4 && !strcmp(buf, "data"), "the content lives");
	fd = REQUIRE_OK(open("b", O_RDWR));
	CHECK_INT(unlink("b"), 0, "unlink the last while it is open");
	REQUIRE(fstat(fd, &b) == 0);
	CHECK_INT(b.st_nlink, 0, "count 0");
	CHECK_INT(pwrite(fd, "more", 4, 4), 4, "it can be written");
	CHECK_INT(pread(fd, buf, 8, 0), 8, "and read");
	CHECK_ERR(unlink("b"), ENOENT, "its name is gone");
	CHECK_ERR(unlink("."), EISDIR, "unlink of a folder is EISDIR");
}
