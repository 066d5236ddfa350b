/* SPDX-License-Identifier: MIT */
/*
 * unlink removes; rename replaces, to itself does nothing, links of one file; folders;
 * renameat2 flags; errors.
 */
#include "lib/contract.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#define RENAME_WHITEOUT 4
#endif

static long rename2(const char *a, const char *b, unsigned int flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, flags);
}

static bool is_whiteout(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == 0 && st.st_nlink == 1 &&
	       st.st_uid == geteuid();
}

static void leave_whiteouts(void)
{
	struct stat st;

	REQUIRE(mkdir("w", 0755) == 0 && mkdir("w/dir", 0755) == 0);
	write_file("w/file", "W", 1);
	write_file("w/over", "O", 1);
	CHECK_INT(rename2("w/file", "w/moved", RENAME_WHITEOUT), 0, "RENAME_WHITEOUT");
	CHECK(is_whiteout("w/file"), "leaves a device 0:0");
	CHECK_INT(rename2("w/moved", "w/over", RENAME_WHITEOUT), 0, "over a file");
	CHECK(is_whiteout("w/moved") && access("w/over", F_OK) == 0, "likewise");
	CHECK_INT(rename2("w/dir", "dir", RENAME_WHITEOUT), 0, "a folder, to another folder");
	REQUIRE(lstat("w", &st) == 0);
	CHECK(is_whiteout("w/dir") && st.st_nlink <= 2, "its parent has one link less");
	CHECK(unlink("w/dir") == 0 && unlink("w/file") == 0 && unlink("w/moved") == 0 && unlink("w/over") == 0,
	      "they can be removed");
	CHECK(rmdir("w") == 0 && rmdir("dir") == 0, "and their folder");
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
	leave_whiteouts();
	CHECK_INT(unlink("x"), 0, "unlink");
	CHECK_ERR(unlink("x"), ENOENT, "again is ENOENT");
	CHECK_ERR(unlink("y/"), ENOTDIR, "a slash behind a file is ENOTDIR");
}
