/* SPDX-License-Identifier: MIT */
/* ioprio_set, ioprio_get: classes and levels kept, inherited by fork, best of a group, refusals. */
#include "lib/contract.h"

#include <linux/ioprio.h>

#define VALUE(class, level) ((class) << 13 | (level))

static long set(int which, int who, int value)
{
	return syscall(SYS_ioprio_set, which, who, value);
}

static long get(int which, int who)
{
	return syscall(SYS_ioprio_get, which, who);
}

static int as_nobody(void *arg)
{
	if (setresuid(65534, 65534, 65534))
		return 1;
	CHECK_ERR(set(1, 0, VALUE(1, 0)), EPERM, "the real-time class needs privilege");
	CHECK_ERR(set(1, getppid(), VALUE(2, 1)), EPERM, "another user's process is EPERM");
	CHECK_INT(set(1, 0, VALUE(3, 0)), 0, "the idle class does not");
	return 0;
}

void contract_main(void)
{
	pid_t pid;

	if (get(1, 0) == -1 && errno == ENOSYS)
		skip_all("a Linux built without block devices");
	CHECK_INT(get(1, 0), 0, "none is set at first");
	CHECK_INT(get(2, 0), VALUE(2, 4), "which is served as best effort 4 at nice 0");
	for (int level = 0; level < 8; level += 7) {
		CHECK_INT(set(1, 0, VALUE(2, level)), 0, "best effort %d", level);
		CHECK_INT(get(1, 0), VALUE(2, level), "is kept");
	}
	CHECK_INT(set(1, getpid(), VALUE(3, 0)), 0, "the idle class");
	CHECK_INT(get(1, getpid()), VALUE(3, 0), "is kept");
	pid = fork_child();
	if (pid == 0)
		_exit(get(1, 0) == VALUE(3, 0) ? 0 : 1);
	CHECK_INT(wait_status(pid), 0, "fork inherits it");
	pid = fork_child();
	if (pid == 0) {
		set(1, 0, VALUE(2, 3));
		for (;;)
			pause();
	}
	CHECK(EVENTUALLY(get(1, pid) == VALUE(2, 3), 2000), "a child changes its own");
	CHECK_INT(get(1, 0), VALUE(3, 0), "not its parent's");
	CHECK_INT(get(2, 0), VALUE(2, 3), "of a group the best counts");
	kill(pid, SIGKILL);
	wait_status(pid);
	CHECK_ERR(set(1, 0, VALUE(0, 1)), EINVAL, "no class with a level is EINVAL");
	CHECK_ERR(set(1, 0, VALUE(4, 0)), EINVAL, "an unknown class is EINVAL");
	CHECK_ERR(set(4, 0, VALUE(2, 0)), EINVAL, "an unknown which is EINVAL");
	CHECK_ERR(get(0, 0), EINVAL, "for reading too");
	CHECK_ERR(set(1, 0x7ffffffe, VALUE(2, 0)), ESRCH, "nobody is ESRCH");
	if (geteuid() == 0)
		CHECK_EXIT(as_nobody, NULL, 0, "the unprivileged child ends well");
}
