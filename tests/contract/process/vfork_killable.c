/* SPDX-License-Identifier: MIT */
/* vfork: SIGKILL ends a parent that waits in vfork; the child goes on. */
#include "lib/contract.h"

#include <sys/prctl.h>

static __attribute__((noinline)) int wait_in_vfork(int ready, int hold)
{
	pid_t pid = vfork();

	if (pid == 0) {
		char byte;
		pid_t own = (pid_t)syscall(SYS_getpid);

		syscall(SYS_write, ready, &own, sizeof(own));
		syscall(SYS_read, hold, &byte, 1);
		syscall(SYS_write, ready, &own, sizeof(own));
		_exit(0);
	}
	return pid > 0 ? 0 : 1;
}

void contract_main(void)
{
	int ready[2], hold[2];
	pid_t parent, child, again;

	REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	REQUIRE(pipe(ready) == 0 && pipe(hold) == 0);
	parent = fork_child();
	if (parent == 0)
		_exit(wait_in_vfork(ready[1], hold[0]));
	REQUIRE(read(ready[0], &child, sizeof(child)) == sizeof(child));
	REQUIRE(EVENTUALLY(process_state(parent) == 'D', 5000));
	CHECK(true, "the waiting parent is in state D");
	REQUIRE(kill(parent, SIGKILL) == 0);
	CHECK_INT(wait_status(parent), SIGKILL, "SIGKILL ends it");
	REQUIRE(write(hold[1], "x", 1) == 1);
	CHECK_INT(read(ready[0], &again, sizeof(again)), sizeof(again), "the child lives on");
	CHECK_INT(again, child, "as itself");
	CHECK_INT(wait_status(child), 0, "and ends well");
}
