/* SPDX-License-Identifier: MIT */
/*
 * open: O_EXCL, O_CREAT, O_TRUNC, O_APPEND with two writers, O_NOFOLLOW, O_DIRECTORY, O_PATH,
 * O_TMPFILE, errors.
 */
#include "lib/contract.h"

void contract_main(void)
{
	char buf[16] = "";
	struct stat st;
	int a, b;

	tmp_dir();
	a = (int)CHECK_OK(open("f", O_CREAT | O_EXCL | O_RDWR, 0640), "O_CREAT | O_EXCL of a new file");
	CHECK_ERR(open("f", O_CREAT | O_EXCL | O_RDWR, 0640), EEXIST,
		  "of an existing one is EEXIST");
	CHECK_OK(open("f", O_CREAT | O_RDWR, 0777), "O_CREAT of an existing one opens it");
	REQUIRE(fstat(a, &st) == 0);
	CHECK_INT(st.st_mode, S_IFREG | 0640, "with its old mode");
	REQUIRE(write(a, "content", 7) == 7);
	CHECK_OK(open("f", O_WRONLY | O_TRUNC), "O_TRUNC");
	REQUIRE(fstat(a, &st) == 0);
	CHECK_INT(st.st_size, 0, "empties it");
	a = REQUIRE_OK(open("f", O_WRONLY | O_APPEND));
	b = REQUIRE_OK(open("f", O_WRONLY | O_APPEND));
	REQUIRE(write(a, "1", 1) == 1 && write(b, "2", 1) == 1 && write(a, "3", 1) == 1);
	REQUIRE(lseek(b, 0, SEEK_SET) == 0 && write(b, "4", 1) == 1);
	REQUIRE(read_file("f", buf, sizeof(buf)) == 4);
	CHECK_STR(buf, "1234",
		  "O_APPEND: two writers interleave at the end, wherever the offset is");
	CHECK_INT(lseek(b, 0, SEEK_CUR), 4, "and the offset follows");
	REQUIRE(symlink("f", "l") == 0 && symlink("none", "dangling") == 0);
	CHECK_ERR(open("l", O_RDONLY | O_NOFOLLOW), ELOOP, "O_NOFOLLOW of a link is ELOOP");
	CHECK_ERR(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR, "O_DIRECTORY of a file is ENOTDIR");
	CHECK_ERR(open(".", O_WRONLY), EISDIR, "writing a folder is EISDIR");
	CHECK_ERR(open(".", O_RDONLY | O_CREAT, 0600), EISDIR, "creating it too");
	CHECK_ERR(open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600), EEXIST,
		  "O_EXCL of a dangling link is EEXIST");
	CHECK_OK(open("dangling", O_CREAT | O_WRONLY, 0600), "without it the target is made");
	CHECK_INT(access("none", F_OK), 0, "there");
	a = REQUIRE_OK(open("f", O_PATH));
	CHECK_ERR(read(a, buf, 1), EBADF, "O_PATH cannot be read");
	CHECK_INT(fstat(a, &st), 0, "but asked");
	a = (int)CHECK_OK(open(".", O_TMPFILE | O_RDWR, 0600), "O_TMPFILE");
	REQUIRE(fstat(a, &st) == 0);
	CHECK(S_ISREG(st.st_mode) && st.st_nlink == 0, "is a file without a name");
	CHECK_ERR(open("none2", O_RDONLY), ENOENT, "a missing file is ENOENT");
	CHECK_ERR(open("f/x", O_RDONLY), ENOTDIR, "a path through a file is ENOTDIR");
	CHECK_ERR(open("f/", O_RDONLY), ENOTDIR, "a slash behind a file too");
}
