/* SPDX-License-Identifier: MIT */
/*
 * unlink removes; rename replaces, to itself does nothing, links of one file; folders;
 * renameat2 flags; errors.
 */
#include "lib/contract.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

static long rename2(const char *a, const char *b, unsigned int flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, flags);
}

void contract_main(void)
{
	struct stat a, b;
	char buf[8] = "";
	int fd;

	tmp_dir();
	write_file("a", "A", 1);
	write_file("b", "B", 1);
	fd = REQUIRE_OK(open("b", O_RDONLY));
	CHECK_INT(rename("a", "b"), 0, "rename over a file");
	CHECK_ERR(access("a", F_OK), ENOENT, "the old name is gone");
	CHECK(read_file("b", buf, sizeof(buf)) == 1 && buf[0] == 'A',
	      "the new name has the content");
	CHECK(read(fd, buf, 1) == 1 && buf[0] == 'B', "the replaced file lives while it is open");
	CHECK_INT(rename("b", "b"), 0, "to itself");
	CHECK_INT(access("b", F_OK), 0, "it is still there");
	REQUIRE(link("b", "c") == 0);
	CHECK_INT(rename("b", "c"), 0, "to another link of the same file");
	CHECK(access("b", F_OK) == 0 && access("c", F_OK) == 0, "does nothing");
	REQUIRE(mkdir("d", 0755) == 0 && mkdir("d/sub", 0755) == 0 && mkdir("e", 0755) == 0);
	CHECK_INT(rename("d", "e"), 0, "a folder over an empty one");
	CHECK_INT(access("e/sub", F_OK), 0, "with its content");
	CHECK_ERR(rename("e", "e/sub/x"), EINVAL, "into itself is EINVAL");
	REQUIRE(mkdir("d", 0755) == 0);
	CHECK_ERR(rename("d", "e"), ENOTEMPTY, "over one that is not empty is ENOTEMPTY");
	CHECK_ERR(rename("b", "d"), EISDIR, "a file over a folder is EISDIR");
	CHECK_ERR(rename("d", "b"), ENOTDIR, "a folder over a file is ENOTDIR");
	CHECK_ERR(rename("none", "x"), ENOENT, "a missing one is ENOENT");
	CHECK_ERR(rename(".", "x"), EBUSY, ". is EBUSY");
	REQUIRE(stat("b", &a) == 0);
	REQUIRE(rename("b", "e/moved") == 0 && stat("e/moved", &b) == 0);
	CHECK_INT(a.st_ino, b.st_ino, "a move to another folder keeps the inode (lesson 19)");
	write_file("x", "X", 1);
	write_file("y", "Y", 1);
	CHECK_ERR(rename2("x", "y", RENAME_NOREPLACE), EEXIST, "RENAME_NOREPLACE is EEXIST");
	CHECK_INT(rename2("x", "y", RENAME_EXCHANGE), 0, "RENAME_EXCHANGE");
	CHECK(read_file("x", buf, sizeof(buf)) == 1 && buf[0] == 'Y', "exchanges the two");
	CHECK_ERR(rename2("x", "y", RENAME_NOREPLACE | RENAME_EXCHANGE), EINVAL,
		  "both flags are EINVAL");
	CHECK_ERR(rename2("x", "y", 0x100), EINVAL, "an unknown flag is EINVAL");
	CHECK_INT(unlink("x"), 0, "unlink");
	CHECK_ERR(unlink("x"), ENOENT, "again is ENOENT");
	CHECK_ERR(unlink("y/"), ENOTDIR, "a slash behind a file is ENOTDIR");
}
