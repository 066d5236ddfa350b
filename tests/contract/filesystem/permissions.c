/* SPDX-License-Identifier: MIT */
/*
 * Mode bits as another user: owner, group, others; folders; who may chmod, chown, and what it
 * clears.
 */
#include "lib/contract.h"

static mode_t mode_of(const char *path)
{
	struct stat st;

	REQUIRE(stat(path, &st) == 0);
	return st.st_mode & 07777;
}

static int as_owner(void *arg)
{
	REQUIRE(setresgid(1000, 1000, 1000) == 0 && setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(open("w", O_RDONLY), EACCES,
		  "the owner's bits count for the owner, though others may read");
	CHECK_OK(open("w", O_WRONLY), "he may write");
	CHECK_INT(chmod("w", 06755), 0, "and chmod");
	CHECK_INT(mode_of("w"), 06755, "set-id bits included");
	CHECK_ERR(chown("w", 0, -1), EPERM, "but not give it away");
	CHECK_INT(chown("w", -1, 1000), 0, "chown to his own group is allowed");
	CHECK_INT(mode_of("w"), 0755, "and clears the set-id bits");
	CHECK_ERR(chmod("theirs", 0777), EPERM, "chmod of another's file is EPERM");
	CHECK_ERR(unlink("theirs"), EACCES, "unlink in a folder he may not write is EACCES");
	CHECK_ERR(open("new", O_CREAT | O_WRONLY, 0600), EACCES, "so is creating");
	CHECK_INT(mkdir("free/d", 0755), 0, "in a free one he makes a folder");
	CHECK_INT(chmod("free/d", 02755), 0, "chmod g+s of his own group");
	CHECK_INT(mode_of("free/d"), 02755, "is kept");
	CHECK_ERR(open("noread", O_RDONLY | O_DIRECTORY), EACCES,
		  "0711: the folder cannot be listed");
	CHECK_INT(access("noread/x", F_OK), 0, "but passed through");
	CHECK_ERR(access("nopass/x", F_OK), EACCES, "0744: it cannot be passed through");
	return 0;
}

static int by_group(void *arg)
{
	gid_t more[] = { 77 };

	REQUIRE(syscall(SYS_setgroups, 1, more) == 0);
	REQUIRE(setresgid(2000, 2000, 2000) == 0 && setresuid(2000, 2000, 2000) == 0);
	CHECK_OK(open("group", O_RDONLY), "a supplementary group's bits count");
	CHECK_ERR(open("group", O_WRONLY), EACCES, "and only they, though others may write");
	return 0;
}

void contract_main(void)
{
	need_root();
	tmp_dir();
	REQUIRE(chmod(".", 0755) == 0);
	write_file("w", "x", 1);
	write_file("theirs", "x", 1);
	write_file("group", "x", 1);
	REQUIRE(chown("w", 1000, 1000) == 0 && chmod("w", 0244) == 0);
	REQUIRE(chown("group", 0, 77) == 0 && chmod("group", 0642) == 0);
	REQUIRE(mkdir("free", 0777) == 0 && chmod("free", 0777) == 0);
	REQUIRE(mkdir("noread", 0711) == 0 && mkdir("nopass", 0744) == 0);
	write_file("noread/x", "x", 1);
	write_file("nopass/x", "x", 1);
	CHECK_EXIT(as_owner, NULL, 0, "the owner's child ends well");
	CHECK_EXIT(by_group, NULL, 0, "the group's child ends well");
	CHECK_OK(open("w", O_RDWR), "root may do all");
}
