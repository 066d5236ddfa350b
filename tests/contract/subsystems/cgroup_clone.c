/* SPDX-License-Identifier: MIT */
/* clone3(CLONE_INTO_CGROUP): the child is born in another group, if the caller may put it there. */
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lib/cgroup.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

static long clone_into(int fd, uint64_t flags, size_t size)
{
	struct { struct clone_args a; uint64_t room[4]; } args = {
		.a = { .flags = CLONE_INTO_CGROUP | flags, .exit_signal = SIGCHLD, .cgroup = (uint64_t)fd },
	};

	return syscall(SYS_clone3, &args, size);
}

/* Errno of the attempt, or 0 and the child's status. */
static int try_into(int fd)
{
	long pid = clone_into(fd, 0, sizeof(struct clone_args));

	if (!pid)
		_exit(0);
	return pid < 0 ? errno : wait_status((pid_t)pid);
}

void contract_main(void)
{
	int dir, path, folder, plain;
	char want[100];
	pid_t pid;

	cg_setup();
	REQUIRE_OK(mkdir(cg_path("a", ""), 0755));
	snprintf(want, sizeof(want), "%s/a", strrchr(cg_top, '/'));
	dir = REQUIRE_OK(open(cg_path("a", ""), O_RDONLY | O_DIRECTORY));
	path = REQUIRE_OK(open(cg_path("a", ""), O_PATH | O_DIRECTORY));
	pid = (pid_t)clone_into(dir, 0, sizeof(struct clone_args));
	if (!pid)
		_exit(strcmp(cg_of("self"), want) != 0);
	CHECK(pid > 0, "clone3 into a group");
	CHECK_INT(wait_status(pid), 0, "the child is there");
	CHECK_INT(try_into(path), 0, "by an O_PATH descriptor");
	CHECK_INT(try_into(999), EBADF, "no descriptor");
	folder = REQUIRE_OK(open("/", O_RDONLY | O_DIRECTORY));
	CHECK_INT(try_into(folder), EBADF, "a folder that is no group");
	plain = REQUIRE_OK(open(cg_path("a", "cgroup.procs"), O_RDONLY));
	CHECK_INT(try_into(plain), EBADF, "a file of a group");
	CHECK_ERR(clone_into(dir, 0, 80), EINVAL, "a struct that ends before the field");
	pid = fork_child();
	if (!pid) {
		if (setgid(65534) || setuid(65534))
			_exit(100);
		_exit(try_into(dir));
	}
	CHECK_INT(wait_status(pid), EACCES << 8, "without the right to write cgroup.procs");
	cg_remove("a");
	CHECK_INT(try_into(dir), ENOENT, "a group that is gone");
	close(dir);
	close(path);
	close(folder);
	close(plain);
	cg_cleanup();
}
