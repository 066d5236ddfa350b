/* SPDX-License-Identifier: MIT */
/* vfork then exec: the parent goes on at the exec; a failed exec leaves the child in the caller. */
#include "lib/contract.h"

int contract_role(const char *role, int argc, char **argv)
{
	sleep_ms(300);
	return 33;
}

static volatile int exec_errno;

static __attribute__((noinline)) pid_t start(const char *path)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl(path, path, "@nap", (char *)NULL);
		exec_errno = errno;
		_exit(127);
	}
	return pid;
}

void contract_main(void)
{
	pid_t pid = start(contract_self());

	REQUIRE(pid > 0);
	CHECK_INT(waitpid(pid, NULL, WNOHANG), 0, "the parent goes on when the child has executed");
	CHECK_INT(wait_status(pid), 33 << 8, "the child's status is the program's");
	pid = start("/nonexistent");
	REQUIRE(pid > 0);
	CHECK_INT(exec_errno, ENOENT, "a failed exec returns in the child");
	CHECK_INT(wait_status(pid), 127 << 8, "which exits with 127");
}
