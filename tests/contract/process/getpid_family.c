/* SPDX-License-Identifier: MIT */
/*
 * getpid, getppid, gettid: sane, stable, tid equals pid in the first thread, and right in a
 * child.
 */
#include "lib/contract.h"

static int in_child(void *arg)
{
	pid_t parent = *(pid_t *)arg;

	CHECK(getpid() != parent, "a child has another pid");
	CHECK_INT(getppid(), parent, "and its parent's pid as ppid");
	CHECK_INT(syscall(SYS_gettid), getpid(), "and tid equal to pid");
	return 0;
}

void contract_main(void)
{
	pid_t pid = getpid();

	CHECK(pid > 1, "pid is above 1");
	CHECK(getppid() > 0, "ppid is positive");
	CHECK_INT(syscall(SYS_gettid), pid, "tid equals pid");
	for (int i = 0; i < 100; i++)
		REQUIRE(syscall(SYS_getpid) == pid);
	CHECK(true, "getpid is stable");
	CHECK_EXIT(in_child, &pid, 0, "the child agrees");
}
