/* SPDX-License-Identifier: MIT */
/*
 * pivot_root: a new root, the old one below it or stacked on it; everyone who stood in the old root goes along;
 * what is refused. umount of the root makes it read-only.
 */
#include "lib/mounts.h"

static int pivot(const char *new, const char *old)
{
	return (int)syscall(SYS_pivot_root, new, old);
}

static int stacked(void *arg)
{
	char cwd[PATH_MAX];

	(void)arg;
	REQUIRE_OK(unshare(CLONE_NEWNS));
	REQUIRE_OK(mount("n", "other", "tmpfs", 0, NULL));
	write_file("other/here", "x", 1);
	REQUIRE_OK(chdir("other"));
	CHECK_INT(pivot(".", "."), 0, "pivot_root(\".\", \".\")");
	CHECK_INT(umount2(".", MNT_DETACH), 0, "and the old root, which lies on the new, is taken off");
	REQUIRE_OK(chdir("/"));
	CHECK(exists("/here"), "the new root");
	CHECK_STR(getcwd(cwd, sizeof(cwd)), "/", "is the root");
	return 0;
}

static int shut_down(void *arg)
{
	(void)arg;
	REQUIRE_OK(unshare(CLONE_NEWNS));
	REQUIRE_OK(mount("n", "other", "tmpfs", 0, NULL));
	REQUIRE_OK(mkdir("other/d", 0755));
	REQUIRE_OK(chroot("other"));
	REQUIRE_OK(chdir("/"));
	CHECK_INT(umount("/"), 0, "umount of the root");
	CHECK_ERR(mkdir("/e", 0755), EROFS, "makes it read-only");
	CHECK_INT(umount("/"), 0, "again");
	return 0;
}

void contract_main(void)
{
	static const char *const dirs[] = { "new", "other", NULL };
	int fd;
	pid_t pid;

	private_tmpfs();
	make_dirs(dirs);
	CHECK_ERR(pivot("new", "new"), EINVAL, "a new root that is no mount point");
	REQUIRE_OK(mount("n", "new", "tmpfs", 0, NULL));
	REQUIRE_OK(mkdir("new/old", 0755));
	REQUIRE_OK(mkdir("new/other", 0755));
	CHECK_ERR(pivot("new", "other"), EINVAL, "a place for the old root outside of the new");
	CHECK_ERR(pivot("missing", "new"), ENOENT, "nothing");
	CHECK_ERR(pivot("/", "/"), EBUSY, "the root itself");
	pid = fork_child();
	if (!pid) {
		REQUIRE_OK(chdir("/"));
		pid = fork();
		if (!pid) {		/* stands in the root, and goes along */
			sleep_ms(200);
			_exit(exists("old") && exists("other") ? 0 : 1);
		}
		_exit(WEXITSTATUS(wait_status(pid)));
	}
	sleep_ms(50);
	fd = REQUIRE_OK(open(".", O_RDONLY | O_DIRECTORY));
	REQUIRE_OK(chdir("new"));
	CHECK_INT(pivot(".", "old"), 0, "pivot_root");
	CHECK(exists("/other") && exists("/old/proc"), "the new root has the old one below it");
	CHECK_INT(wait_status(pid), 0, "who stood in the root, too");
	CHECK_EXIT(stacked, NULL, 0, "the stacked form");
	CHECK_EXIT(shut_down, NULL, 0, "unmounting the root");
	close(fd);
}
