/* SPDX-License-Identifier: MIT */
/* clone: CLONE_PARENT_SETTID, CLONE_CHILD_SETTID and CLONE_CHILD_CLEARTID write where they say. */
#include "lib/contract.h"

#include <sched.h>

static struct shared { volatile int child_tid, parent_tid, seen; } *shm;

void contract_main(void)
{
	volatile int child_tid = -1, parent_tid = -1;
	long pid;

	shm = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shm != MAP_FAILED);
	pid = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, NULL,
		      &parent_tid, &child_tid, 0);
	if (pid == 0) {
		CHECK_INT(child_tid, syscall(SYS_getpid), "CHILD_SETTID wrote the child's copy");
		CHECK_INT(parent_tid, -1, "PARENT_SETTID is stored after the memory was copied");
		_exit(0);
	}
	REQUIRE(pid > 0);
	CHECK_INT(parent_tid, pid, "PARENT_SETTID wrote the parent's word");
	CHECK_INT(child_tid, -1, "CHILD_SETTID left the parent's word alone");
	CHECK_INT(wait_status((pid_t)pid), 0, "the child ends well");

	shm->child_tid = -1;
	pid = syscall(SYS_clone, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL,
		      &shm->child_tid, 0);
	if (pid == 0) {
		shm->seen = shm->child_tid;
		_exit(0);
	}
	REQUIRE(pid > 0);
	CHECK_INT(wait_status((pid_t)pid), 0, "the second child ends well");
	CHECK_INT(shm->seen, pid, "the child saw its id in the shared word");
	CHECK_INT(shm->child_tid, pid,
		  "CLEARTID does nothing when no other task shares the memory");

	pid = syscall(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, NULL, (void *)8, NULL, 0);
	if (pid == 0)
		_exit(5);
	CHECK(pid > 0, "a bad PARENT_SETTID address does not fail the call");
	CHECK_INT(wait_status((pid_t)pid), 5 << 8, "and the child runs");
}
