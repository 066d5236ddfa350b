/* SPDX-License-Identifier: MIT */
/* kill: 0 is one's group, -pgrp a group, -1 all but init and oneself; permission by user ids. */
#include "lib/contract.h"

static volatile sig_atomic_t got;

static void handler(int sig) { got++; }

static pid_t member(pid_t group)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		setpgid(0, group);
		for (;;)
			pause();
	}
	setpgid(pid, group);
	return pid;
}

static int own_group(void *arg)
{
	pid_t child;

	REQUIRE(setpgid(0, 0) == 0);
	on_signal(SIGUSR1, handler, 0);
	child = fork_child();
	if (child == 0) {
		signal(SIGUSR1, SIG_DFL);
		for (;;)
			pause();
	}
	wait_asleep(child);
	CHECK_INT(kill(0, SIGUSR1), 0, "kill(0) reaches the group");
	CHECK_INT(got, 1, "oneself included");
	CHECK_INT(wait_status(child), SIGUSR1, "and a child");
	return 0;
}

static int permission(void *arg)
{
	REQUIRE(setresuid(1000, 1001, 1002) == 0);
	CHECK_ERR(kill(getppid(), 0), EPERM, "another user's process is EPERM, with signal 0 too");
	CHECK_INT(kill(getppid(), SIGCONT), 0, "SIGCONT within the session is allowed");
	return 0;
}

void contract_main(void)
{
	pid_t a = member(0), b = member(a), c = member(0);

	CHECK_INT(kill(-a, SIGTERM), 0, "kill(-group)");
	CHECK_INT(wait_status(a), SIGTERM, "ends its leader");
	CHECK_INT(wait_status(b), SIGTERM, "and the other member");
	CHECK_INT(kill(c, 0), 0, "and nobody else");
	CHECK_ERR(kill(-a, SIGTERM), ESRCH, "an empty group is ESRCH");
	kill(c, SIGKILL);
	wait_status(c);
	CHECK_EXIT(own_group, NULL, 0, "the group child ends well");
	need_root();
	CHECK_EXIT(permission, NULL, 0, "the unprivileged child ends well");
}
