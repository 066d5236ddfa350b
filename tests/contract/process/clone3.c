/* SPDX-License-Identifier: MIT */
/* clone3: behaves as fork, fills the pidfd, refuses a small and an unknown larger structure. */
#include "lib/contract.h"

#include <linux/sched.h>
#include <poll.h>

static long clone3(void *args, size_t size)
{
	return syscall(SYS_clone3, args, size);
}

void contract_main(void)
{
	struct { struct clone_args a; uint64_t tail; } big;
	struct clone_args args;
	int pidfd = -1;
	struct pollfd pfd;
	pid_t pid;

	memset(&args, 0, sizeof(args));
	args.flags = CLONE_PIDFD;
	args.pidfd = (uint64_t)(uintptr_t)&pidfd;
	args.exit_signal = SIGCHLD;
	pid = (pid_t)clone3(&args, sizeof(args));
	if (pid == 0)
		_exit(23);
	REQUIRE(pid > 0);
	CHECK(pidfd >= 0, "CLONE_PIDFD stores a descriptor");
	CHECK_INT(fcntl(pidfd, F_GETFD), FD_CLOEXEC, "which is close-on-exec");
	pfd = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	CHECK_INT(poll(&pfd, 1, 5000 * contract_slow()), 1, "and is readable when the child ends");
	CHECK_INT(wait_status(pid), 23 << 8, "the child's status is 23");

	memset(&args, 0, sizeof(args));
	args.exit_signal = SIGCHLD;
	CHECK_ERR(clone3(&args, CLONE_ARGS_SIZE_VER0 - 1), EINVAL, "less than 64 bytes is EINVAL");
	memset(&big, 0, sizeof(big));
	big.a.exit_signal = SIGCHLD;
	big.tail = 1;
	CHECK_ERR(clone3(&big, sizeof(big)), E2BIG, "a non-zero unknown tail is E2BIG");
	big.tail = 0;
	pid = (pid_t)clone3(&big, sizeof(big));
	if (pid == 0)
		_exit(7);
	CHECK(pid > 0, "a zero unknown tail is accepted");
	CHECK_INT(wait_status(pid), 7 << 8, "and that child runs");
	CHECK_ERR(clone3(&args, 65536), E2BIG, "a size above a page is E2BIG");
	args.exit_signal = 65;
	CHECK_ERR(clone3(&args, sizeof(args)), EINVAL, "exit_signal 65 is EINVAL");
	args.exit_signal = SIGCHLD;
	args.stack = 4096;
	CHECK_ERR(clone3(&args, sizeof(args)), EINVAL, "a stack without a size is EINVAL");
	args.stack = 0;
	args.flags = CLONE_PIDFD | CLONE_PARENT_SETTID;
	args.pidfd = args.parent_tid = (uint64_t)(uintptr_t)&pidfd;
	CHECK_ERR(clone3(&args, sizeof(args)), EINVAL, "one place for pidfd and tid is EINVAL");
}
