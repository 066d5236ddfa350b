/* SPDX-License-Identifier: MIT */
/* RLIMIT_NPROC: fork of an unprivileged user ends with EAGAIN at the limit, root is not bound. */
#include "lib/contract.h"

#include <sys/resource.h>

static int limited(void *arg)
{
	struct rlimit r = { 3, 3 };
	pid_t pid, made[8];
	int count = 0;

	REQUIRE(setrlimit(RLIMIT_NPROC, &r) == 0);
	REQUIRE(setresuid(54321, 54321, 54321) == 0);
	while (count < 8 && (pid = fork()) >= 0) {
		if (pid == 0) {
			for (;;)
				pause();
		}
		made[count++] = pid;
	}
	CHECK_INT(errno, EAGAIN, "fork ends with EAGAIN");
	CHECK_INT(count, 2, "after two children beside the process itself");
	for (int i = 0; i < count; i++) {
		kill(made[i], SIGKILL);
		wait_status(made[i]);
	}
	pid = fork();
	if (pid == 0)
		_exit(3);
	CHECK(pid > 0, "fork works again when they are gone");
	CHECK_INT(wait_status(pid), 3 << 8, "and that child runs");
	return 0;
}

static int as_root(void *arg)
{
	struct rlimit r = { 1, 1 };
	pid_t pid;

	REQUIRE(setrlimit(RLIMIT_NPROC, &r) == 0);
	pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK(pid > 0, "root forks above the limit");
	return pid > 0 ? wait_status(pid) : 1;
}

void contract_main(void)
{
	need_root();
	CHECK_EXIT(limited, NULL, 0, "the limited child ends well");
	CHECK_EXIT(as_root, NULL, 0, "the root child ends well");
}
