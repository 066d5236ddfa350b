/* SPDX-License-Identifier: MIT */
/* wait4: 0 with WNOHANG while the child runs, then its status and usage; errors. */
#include "lib/contract.h"

#include <sys/resource.h>

void contract_main(void)
{
	int hold[2], status = 0x5555;
	struct rusage usage;
	pid_t pid;

	REQUIRE(pipe(hold) == 0);
	pid = fork_child();
	if (pid == 0) {
		char byte;

		close(hold[1]);
		_exit(read(hold[0], &byte, 1) == 0 ? 19 : 1);
	}
	CHECK_INT(wait4(pid, &status, WNOHANG, NULL), 0, "WNOHANG is 0 while the child runs");
	CHECK_INT(status, 0x5555, "and leaves the status alone");
	close(hold[1]);
	memset(&usage, 0xff, sizeof(usage));
	CHECK_INT(wait4(pid, &status, 0, &usage), pid, "wait4 returns the child");
	CHECK_INT(status, 19 << 8, "its status");
	CHECK(usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_sec < 20, "and its usage");
	CHECK_ERR(wait4(pid, &status, 0, NULL), ECHILD, "once only");
	CHECK_ERR(wait4(-1, &status, WNOHANG, NULL), ECHILD, "WNOHANG without a child is ECHILD");
	CHECK_ERR(wait4(-1, &status, 0x100, NULL), EINVAL, "an unknown option is EINVAL");
	CHECK_ERR(wait4(INT_MIN, &status, 0, NULL), ESRCH, "INT_MIN is ESRCH");
	pid = fork_child();
	if (pid == 0)
		_exit(0);
	CHECK_ERR(syscall(SYS_wait4, pid, bad_pointer(), 0, NULL), EFAULT,
		  "a bad status pointer is EFAULT");
	CHECK_ERR(wait4(pid, NULL, 0, NULL), ECHILD, "and the child is gone all the same");
}
