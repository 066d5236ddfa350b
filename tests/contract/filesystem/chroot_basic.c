/* SPDX-License-Identifier: MIT */
/*
 * chroot: look-ups start at the new root, .. stays in it, the cwd does not move, EPERM without
 * privilege.
 */
#include "lib/contract.h"

static int inside(void *arg)
{
	char cwd[PATH_MAX];

	CHECK_INT(chroot("jail"), 0, "chroot");
	CHECK_INT(access("/inside", F_OK), 0, "/ is the new root");
	CHECK_INT(access("outside", F_OK), 0, "the cwd is where it was");
	CHECK_INT(chdir("/"), 0, "chdir /");
	CHECK_INT(access("../../inside", F_OK), 0, ".. stops at the root");
	CHECK_STR(getcwd(cwd, sizeof(cwd)), "/", "getcwd is /");
	CHECK_INT(access("/link", F_OK), 0, "an absolute link starts at the new root");
	return 0;
}

static int unreachable(void *arg)
{
	char cwd[PATH_MAX];

	REQUIRE(chroot("jail") == 0);
	CHECK(syscall(SYS_getcwd, cwd, sizeof(cwd)) > 0, "a cwd outside the root");
	CHECK(strncmp(cwd, "(unreachable)", 13) == 0, "is told as unreachable");
	return 0;
}

static int unprivileged(void *arg)
{
	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(chroot("jail"), EPERM, "without privilege EPERM");
	return 0;
}

void contract_main(void)
{
	need_root();
	tmp_dir();
	REQUIRE(mkdir("jail", 0755) == 0 && symlink("/inside", "jail/link") == 0);
	write_file("jail/inside", "", 0);
	write_file("outside", "", 0);
	CHECK_ERR(chroot("none"), ENOENT, "a missing folder is ENOENT");
	CHECK_ERR(chroot("outside"), ENOTDIR, "a file is ENOTDIR");
	CHECK_EXIT(inside, NULL, 0, "the jailed child ends well");
	CHECK_EXIT(unreachable, NULL, 0, "the second child ends well");
	CHECK_EXIT(unprivileged, NULL, 0, "the unprivileged child ends well");
	CHECK_INT(access("outside", F_OK), 0, "the parent's root is its own");
}
