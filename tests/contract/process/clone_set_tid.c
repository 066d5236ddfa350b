/* SPDX-License-Identifier: MIT */
/* clone3 with set_tid: the numbers a child is to have, in its PID namespace and in those around it. */
#include "lib/contract.h"

#include <linux/sched.h>
#include <sched.h>

static long clone_numbered(const pid_t *tids, size_t count, uint64_t flags)
{
	struct clone_args a = {
		.flags = flags, .exit_signal = SIGCHLD, .set_tid = (uintptr_t)tids, .set_tid_size = count,
	};
	long pid = syscall(SYS_clone3, &a, sizeof(a));

	if (!pid)
		_exit(getpid() == tids[0] ? 0 : 1);
	return pid;
}

static int as_nobody(void *arg)
{
	pid_t tid = 20001;

	if (setresuid(65534, 65534, 65534))
		return 100;
	return clone_numbered(&tid, 1, 0) == -1 ? errno : 0;
}

void contract_main(void)
{
	pid_t tids[3] = { 20001, 0, 0 }, pid;

	need_root();
	if (clone_numbered(tids, 1, 0) < 0 && errno != EEXIST)
		REQUIRE(!"set_tid");
	CHECK_INT(wait_status(20001), 0, "the number it was to have");
	tids[0] = 1;
	CHECK_ERR(clone_numbered(tids, 1, 0), EEXIST, "a number that is taken");
	tids[0] = 0;
	CHECK_ERR(clone_numbered(tids, 1, 0), EINVAL, "number 0");
	tids[0] = -5;
	CHECK_ERR(clone_numbered(tids, 1, 0), EINVAL, "a negative one");
	tids[0] = 0x7fffffff;
	CHECK_ERR(clone_numbered(tids, 1, 0), EINVAL, "beyond pid_max");
	CHECK_EXIT(as_nobody, NULL, EPERM, "without the right");
	tids[0] = 1;
	tids[1] = 20003;
	pid = (pid_t)clone_numbered(tids, 2, CLONE_NEWPID);
	CHECK_INT(pid, 20003, "its number outside of its namespace");
	CHECK_INT(wait_status(pid), 0, "its number inside");
	tids[0] = 2;
	CHECK_ERR(clone_numbered(tids, 1, CLONE_NEWPID), EINVAL, "the first of a namespace is number 1");
}
