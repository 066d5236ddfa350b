/* SPDX-License-Identifier: MIT */
/* reboot(2) in a PID namespace: the machine stays up; the namespace's init dies of SIGHUP or SIGINT, as was asked. */
#include "lib/contract.h"

#include <linux/reboot.h>
#include <sched.h>
#include <sys/syscall.h>

static long call(unsigned cmd)
{
	return syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, cmd, "x");
}

/* The status of an init that calls it, or whose child does. */
static int status_of(unsigned cmd, bool child)
{
	int status = 0;
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, 0);

	REQUIRE(pid >= 0);
	if (pid == 0) {
		if (!child || fork() == 0) {
			call(cmd);
			_exit(3);
		}
		for (;;)
			pause();
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return status;
}

static int refused(void)
{
	int status = 0;
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, 0);

	REQUIRE(pid >= 0);
	if (pid == 0)
		_exit(call(LINUX_REBOOT_CMD_CAD_ON) == -1 && errno == EINVAL ? 0 : 1);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return status;
}

void contract_main(void)
{
	need_root();
	CHECK_INT(status_of(LINUX_REBOOT_CMD_RESTART, false), SIGHUP, "restart by the init");
	CHECK_INT(status_of(LINUX_REBOOT_CMD_RESTART2, true), SIGHUP, "restart by a child");
	CHECK_INT(status_of(LINUX_REBOOT_CMD_POWER_OFF, true), SIGINT, "power-off");
	CHECK_INT(status_of(LINUX_REBOOT_CMD_HALT, false), SIGINT, "halt");
	CHECK_INT(refused(), 0, "anything else is EINVAL");
}
