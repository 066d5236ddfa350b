/* SPDX-License-Identifier: MIT */
/*
 * A UTS namespace: changed inside, unchanged outside, inherited by fork, joined through
 * /proc/PID/ns/uts.
 */
#include "lib/contract.h"

#include <sched.h>
#include <sys/utsname.h>

static int pipe_[2], hold[2];

static int inside(void *arg)
{
	char byte;

	REQUIRE(unshare(CLONE_NEWUTS) == 0);
	REQUIRE(sethostname("inside", 6) == 0);
	REQUIRE(write(pipe_[1], "x", 1) == 1);
	close(hold[1]);
	return (int)read(hold[0], &byte, 1);
}

void contract_main(void)
{
	char a[64] = "", b[64] = "", path[64];
	struct utsname u, first;
	pid_t pid;
	int fd, own;

	need_root();
	REQUIRE(uname(&first) == 0);
	REQUIRE(pipe(pipe_) == 0 && pipe(hold) == 0);
	own = REQUIRE_OK(open("/proc/self/ns/uts", O_RDONLY));
	pid = fork_child();
	if (pid == 0)
		_exit(inside(NULL));
	REQUIRE(read(pipe_[0], a, 1) == 1);
	REQUIRE(uname(&u) == 0);
	CHECK_STR(u.nodename, first.nodename, "unchanged outside");
	snprintf(path, sizeof(path), "/proc/%d/ns/uts", (int)pid);
	REQUIRE(readlink(path, a, 63) > 0 && readlink("/proc/self/ns/uts", b, 63) > 0);
	CHECK(strncmp(a, "uts:[", 5) == 0 && strcmp(a, b) != 0, "two namespaces have two names");
	fd = REQUIRE_OK(open(path, O_RDONLY));
	CHECK_INT(setns(fd, CLONE_NEWUTS), 0, "setns joins it");
	REQUIRE(uname(&u) == 0);
	CHECK_STR(u.nodename, "inside", "and its name is seen");
	CHECK_INT(setns(own, 0), 0, "and back");
	REQUIRE(uname(&u) == 0);
	CHECK_STR(u.nodename, first.nodename, "to the first name");
	close(hold[1]);
	CHECK_INT(wait_status(pid), 0, "the process inside ends well");
}
