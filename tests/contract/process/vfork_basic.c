/* SPDX-License-Identifier: MIT */
/* vfork: the parent sleeps until the child's exit, shares its memory, and gets its status. */
#include "lib/contract.h"

static volatile int shared;

/* Not inlined: the vfork child runs on the caller's frame. */
static __attribute__((noinline)) pid_t vfork_and_exit(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		struct timespec ts = { 0, 100000000 };

		syscall(SYS_nanosleep, &ts, NULL);
		shared = 77;
		_exit(21);
	}
	return pid;
}

void contract_main(void)
{
	int64_t start = now_ns();
	pid_t pid = vfork_and_exit();

	REQUIRE(pid > 0);
	CHECK(now_ns() - start >= 100000000, "the parent slept until the child's exit");
	CHECK_INT(shared, 77, "and sees what the child wrote");
	CHECK(EVENTUALLY(process_state(pid) == 'Z', 3000), "the child becomes a zombie");
	CHECK_INT(wait_status(pid), 21 << 8, "with its status");
}
