/* SPDX-License-Identifier: MIT */
/* /proc/sys/kernel/{pid_max,ns_last_pid}, of the reader's PID namespace; fs/suid_dumpable. */
#include "lib/sysctl.h"

#include <sched.h>
#include <sys/prctl.h>

static int children(int most)
{
	int highest = 0;

	for (int i = 0; i < 20; i++) {
		pid_t pid = fork_child();

		if (!pid)
			_exit(0);
		if (pid > highest)
			highest = pid;
		wait_status(pid);
	}
	CHECK(highest < most, "numbers are below pid_max: %d", highest);
	return highest;
}

static void inside(void)
{
	pid_t pid;

	CHECK_ERR(sysctl_try("kernel/pid_max", "300"), EINVAL, "pid_max is above the 300 reserved");
	CHECK_ERR(sysctl_try("kernel/pid_max", "4194305"), EINVAL, "and at most 2^22");
	sysctl_set("kernel/ns_last_pid", 305);
	CHECK_INT(sysctl_get("kernel/ns_last_pid"), 305, "ns_last_pid is what was written");
	pid = fork_child();
	if (!pid)
		_exit(0);
	CHECK_INT(pid, 306, "and the next number follows it");
	CHECK_INT(sysctl_get("kernel/ns_last_pid"), 306, "which it then is");
	wait_status(pid);
	sysctl_set("kernel/pid_max", 310);
	CHECK_INT(sysctl_get("kernel/pid_max"), 310, "pid_max");
	children(310);
}

static int set_id(void *arg)
{
	(void)arg;
	REQUIRE(setuid(54321) == 0);
	return prctl(PR_GET_DUMPABLE);
}

void contract_main(void)
{
	long long old, most;
	pid_t pid;

	need_own_machine();
	old = sysctl_get("fs/suid_dumpable");
	most = sysctl_get("kernel/pid_max");
	for (int mode = 0; mode <= 2; mode++) {
		sysctl_set("fs/suid_dumpable", mode);
		CHECK_EXIT(set_id, NULL, mode, "dumpable after setuid is suid_dumpable");
	}
	sysctl_set("fs/suid_dumpable", old);
	CHECK_ERR(sysctl_try("fs/suid_dumpable", "3"), EINVAL, "there is no mode 3");
	CHECK_ERR(prctl(PR_SET_DUMPABLE, 2), EINVAL, "and a process does not set 2");
	REQUIRE(unshare(CLONE_NEWPID) == 0);
	pid = fork_child();
	if (!pid) {
		inside();
		_exit(0);
	}
	CHECK_INT(wait_status(pid), 0, "a PID namespace");
	CHECK_INT(sysctl_get("kernel/pid_max"), most, "has a pid_max of its own");
}
