/* SPDX-License-Identifier: MIT */
/*
 * utimensat: NULL, UTIME_NOW, UTIME_OMIT, exact nanoseconds, of a link; times moved by read,
 * write, chmod.
 */
#include "lib/contract.h"

static struct stat st;

static void check_moves(void)
{
	struct timespec old[2] = { { 1000, 1 }, { 2000, 2 } };
	int fd = REQUIRE_OK(open("f", O_RDWR));

	REQUIRE(futimens(fd, old) == 0 && write(fd, "x", 1) == 1 && fstat(fd, &st) == 0);
	CHECK(st.st_mtim.tv_sec > 1700000000 && st.st_ctim.tv_sec > 1700000000,
	      "write moves mtime and ctime");
	CHECK_INT(st.st_atim.tv_sec, 1000, "not atime");
	REQUIRE(futimens(fd, old) == 0 && chmod("f", 0600) == 0 && fstat(fd, &st) == 0);
	CHECK(st.st_mtim.tv_sec == 2000 && st.st_ctim.tv_sec > 1700000000,
	      "chmod moves ctime only");
	REQUIRE(utimensat(AT_FDCWD, ".", old, 0) == 0);
	write_file("new", "", 0);
	REQUIRE(stat(".", &st) == 0);
	CHECK(st.st_mtim.tv_sec > 1700000000, "a new entry moves the folder's mtime");
}

static int as_user(void *arg)
{
	struct timespec t[2] = { { 1, 0 }, { 1, 0 } };

	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_INT(utimensat(AT_FDCWD, "f", NULL, 0), 0, "who may write may set now");
	CHECK_ERR(utimensat(AT_FDCWD, "f", t, 0), EPERM, "but no other time");
	return 0;
}

void contract_main(void)
{
	struct timespec t[2] = { { 1234567890, 123456789 }, { 987654321, 987654321 } };

	tmp_dir();
	write_file("f", "x", 1);
	CHECK_INT(utimensat(AT_FDCWD, "f", t, 0), 0, "exact times");
	REQUIRE(stat("f", &st) == 0);
	CHECK(st.st_atim.tv_sec == 1234567890 && st.st_atim.tv_nsec == 123456789,
	      "atime to the nanosecond");
	CHECK(st.st_mtim.tv_sec == 987654321 && st.st_mtim.tv_nsec == 987654321,
	      "mtime to the nanosecond");
	t[0].tv_nsec = UTIME_OMIT, t[1].tv_nsec = UTIME_NOW;
	CHECK_INT(utimensat(AT_FDCWD, "f", t, 0), 0, "UTIME_OMIT and UTIME_NOW");
	REQUIRE(stat("f", &st) == 0);
	CHECK(st.st_atim.tv_sec == 1234567890 && st.st_mtim.tv_sec > 1700000000,
	      "keep one and set the other");
	CHECK_INT(utimensat(AT_FDCWD, "f", NULL, 0), 0, "NULL");
	REQUIRE(stat("f", &st) == 0);
	CHECK(st.st_atim.tv_sec > 1700000000, "sets both to now");
	CHECK_ERR(utimensat(AT_FDCWD, "none", NULL, 0), ENOENT, "a missing file is ENOENT");
	t[0].tv_nsec = 1000000000;
	CHECK_ERR(utimensat(AT_FDCWD, "f", t, 0), EINVAL, "bad nanoseconds are EINVAL");
	REQUIRE(symlink("f", "l") == 0);
	t[0] = t[1] = (struct timespec){ 5, 5 };
	CHECK_INT(utimensat(AT_FDCWD, "l", t, AT_SYMLINK_NOFOLLOW), 0, "of a link");
	REQUIRE(lstat("l", &st) == 0);
	CHECK_INT(st.st_mtim.tv_sec, 5, "changes the link");
	check_moves();
	need_root();
	REQUIRE(chmod("f", 0666) == 0 && chmod(".", 0755) == 0);
	CHECK_EXIT(as_user, NULL, 0, "the user's child ends well");
}
