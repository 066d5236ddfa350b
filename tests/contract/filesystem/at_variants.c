/* SPDX-License-Identifier: MIT */
/*
 * mkdirat, linkat, symlinkat, readlinkat, renameat, unlinkat by folder descriptor, by AT_FDCWD,
 * by absolute path.
 */
#include "lib/contract.h"

void contract_main(void)
{
	char text[16] = "", path[PATH_MAX];
	struct stat a, b;
	int dir;

	tmp_dir();
	REQUIRE(mkdir("d", 0755) == 0);
	dir = REQUIRE_OK(open("d", O_RDONLY | O_DIRECTORY));
	CHECK_INT(mkdirat(dir, "sub", 0750), 0, "mkdirat");
	REQUIRE(stat("d/sub", &a) == 0);
	CHECK_INT(a.st_mode, S_IFDIR | 0750, "in that folder");
	write_file("d/f", "x", 1);
	CHECK_INT(linkat(dir, "f", AT_FDCWD, "hard", 0), 0, "linkat across folders");
	REQUIRE(stat("hard", &a) == 0 && fstatat(dir, "f", &b, 0) == 0);
	CHECK(a.st_ino == b.st_ino && a.st_nlink == 2, "is the same file");
	CHECK_INT(symlinkat("f", dir, "soft"), 0, "symlinkat");
	CHECK_INT(readlinkat(dir, "soft", text, sizeof(text)), 1, "readlinkat");
	CHECK_STR(text, "f", "the text");
	CHECK_INT(linkat(dir, "soft", dir, "l1", 0), 0, "linkat of a link");
	REQUIRE(fstatat(dir, "l1", &a, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK(S_ISLNK(a.st_mode), "links the link itself");
	CHECK_INT(linkat(dir, "soft", dir, "l2", AT_SYMLINK_FOLLOW), 0, "with AT_SYMLINK_FOLLOW");
	REQUIRE(fstatat(dir, "l2", &a, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK(S_ISREG(a.st_mode), "its target");
	CHECK_INT(renameat(dir, "f", AT_FDCWD, "moved"), 0, "renameat");
	CHECK_INT(access("moved", F_OK), 0, "moves across folders");
	CHECK_ERR(unlinkat(dir, "sub", 0), EISDIR, "unlinkat of a folder is EISDIR");
	CHECK_INT(unlinkat(dir, "sub", AT_REMOVEDIR), 0, "with AT_REMOVEDIR it works");
	CHECK_ERR(unlinkat(dir, "l2", AT_REMOVEDIR), ENOTDIR, "of a file it is ENOTDIR");
	CHECK_INT(unlinkat(AT_FDCWD, "moved", 0), 0, "AT_FDCWD");
	snprintf(path, sizeof(path), "%s/abs", tmp_dir());
	CHECK_INT(mkdirat(999, path, 0755), 0, "an absolute path does not look at the descriptor");
	CHECK_ERR(mkdirat(999, "rel", 0755), EBADF, "a relative one does: EBADF");
	CHECK_ERR(mkdirat(open("hard", O_RDONLY), "rel", 0755), ENOTDIR,
		  "a file as folder is ENOTDIR");
	CHECK_ERR(unlinkat(dir, "l1", 0x4000), EINVAL, "an unknown flag is EINVAL");
}
