/* SPDX-License-Identifier: MIT */
/*
 * Mounting, unmounting, moving and copying namespaces while others walk through the same folders, watch them and
 * change the working directory: nothing fails but in the ways it may, and all can be unmounted at the end.
 */
#include "lib/mounts.h"

#include <sys/inotify.h>

#define RUN_MS 700

static bool in_time(int64_t end)
{
	return now_ns() < end;
}

static int mounter(void)
{
	int64_t end = now_ns() + RUN_MS * 1000000LL;

	while (in_time(end)) {
		if (mount("x", "a/b", "tmpfs", 0, NULL) == 0) {
			mkdir("a/b/c", 0755);
			mount("a", "d", NULL, MS_BIND | MS_REC, NULL);
			umount2("d", MNT_DETACH);
			umount2("a/b", MNT_DETACH);
		}
	}
	return 0;
}

static int mover(void)
{
	int64_t end = now_ns() + RUN_MS * 1000000LL;

	while (in_time(end)) {
		if (mount("y", "e", "tmpfs", 0, NULL) == 0) {
			mount("e", "d", NULL, MS_MOVE, NULL);
			umount2("e", MNT_DETACH);
			umount2("d", MNT_DETACH);
		}
	}
	return 0;
}

static int walker(void)
{
	int64_t end = now_ns() + RUN_MS * 1000000LL;
	int fd = inotify_init1(IN_NONBLOCK), here = open(".", O_PATH);
	char buf[PATH_MAX];
	struct stat st;
	int bad = 0;

	while (in_time(end)) {
		stat("a/b/../../f", &st);	/* fails in a mount taken off meanwhile: its `..` leads nowhere */
		stat("d/b/c", &st);
		bad += access("a/../f", F_OK) != 0;
		inotify_rm_watch(fd, inotify_add_watch(fd, "a/b", IN_ALL_EVENTS));
		if (chdir("a/b/c") == 0) {
			bad += syscall(SYS_getcwd, buf, sizeof(buf)) < 0 && errno != ENOENT;
			stat("../..", &st);
		}
		REQUIRE_OK(fchdir(here));
		while (read(fd, buf, sizeof(buf)) > 0)
			;
	}
	return bad ? 1 : 0;
}

static int copier(void)
{
	int64_t end = now_ns() + RUN_MS * 1000000LL;

	while (in_time(end)) {
		pid_t pid = fork();

		if (!pid) {
			if (unshare(CLONE_NEWNS))
				_exit(1);
			umount2("a/b", MNT_DETACH);
			_exit(access("f", F_OK));
		}
		if (pid < 0 || wait_status(pid) != 0)
			return 1;
	}
	return 0;
}

void contract_main(void)
{
	static const char *const dirs[] = { "a", "a/b", "d", "e", NULL };
	static int (*const roles[])(void) = { mounter, mover, walker, walker, copier };
	pid_t pids[ARRAY_SIZE(roles)];

	private_tmpfs();
	make_dirs(dirs);
	write_file("f", "x", 1);
	REQUIRE_OK(mount(NULL, ".", NULL, MS_SHARED, NULL));
	for (unsigned i = 0; i < ARRAY_SIZE(roles); i++) {
		pids[i] = fork_child();
		if (!pids[i])
			_exit(roles[i]());
	}
	for (unsigned i = 0; i < ARRAY_SIZE(roles); i++)
		CHECK_INT(wait_status(pids[i]), 0, "role %u", i);
	while (umount2("d", MNT_DETACH) == 0 || umount2("e", MNT_DETACH) == 0 || umount2("a/b", MNT_DETACH) == 0)
		;
	REQUIRE_OK(chdir(".."));
	CHECK_INT(umount("play"), 0, "nothing is left in use");
	REQUIRE_OK(chdir("/"));
}
