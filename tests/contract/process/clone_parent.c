/* SPDX-License-Identifier: MIT */
/* clone with CLONE_PARENT: the new process is its creator's sibling. */
#include "lib/contract.h"

#include <sched.h>

void contract_main(void)
{
	int status, middle_status, report[2];
	pid_t middle, made, self = getpid();

	REQUIRE(pipe(report) == 0);
	middle = fork_child();
	if (middle == 0) {
		long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, 0);

		if (pid == 0)
			_exit(getppid() == self ? 31 : 1);
		REQUIRE(write(report[1], &(pid_t){ (pid_t)pid }, sizeof(pid_t)) == sizeof(pid_t));
		CHECK_ERR(waitpid((pid_t)pid, &status, 0), ECHILD,
			  "the creator cannot wait for it");
		_exit(0);
	}
	REQUIRE(read(report[0], &made, sizeof(made)) == sizeof(made));
	middle_status = wait_status(middle);
	CHECK_INT(middle_status, 0, "the creator ends well");
	CHECK_INT(waitpid(made, &status, 0), made, "its parent can wait for it");
	CHECK_INT(status, 31 << 8, "and getppid() in it named that parent");
}
