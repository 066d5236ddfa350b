/* SPDX-License-Identifier: MIT */
/* setpgid, getpgid, getsid, setsid: groups made, joined and refused. */
#include "lib/contract.h"

static int in_child(void *arg)
{
	pid_t pid = getpid(), session = getsid(0);

	CHECK_INT(setpgid(0, 0), 0, "setpgid(0, 0) makes a group of one's own");
	CHECK_INT(getpgid(0), pid, "with the pid as id");
	CHECK_INT(getsid(0), session, "in the same session");
	CHECK_ERR(setpgid(0, 0x7ffffffe), EPERM, "a group that does not exist is EPERM");
	CHECK_ERR(setpgid(0, -1), EINVAL, "a negative group is EINVAL");
	CHECK_ERR(setsid(), EPERM, "a group leader cannot setsid");
	return 0;
}

static int new_session(void *arg)
{
	pid_t pid = getpid();

	CHECK_INT(setsid(), pid, "setsid returns the pid");
	CHECK_INT(getsid(0), pid, "getsid agrees");
	CHECK_INT(getpgid(0), pid, "and so does getpgid");
	CHECK_ERR(setpgid(0, 0), EPERM, "a session leader cannot setpgid");
	return 0;
}

int contract_role(const char *role, int argc, char **argv)
{
	char byte;

	return (int)read(0, &byte, 1);
}

static void parent_sets_group(void)
{
	int go[2];
	char byte;
	pid_t pid;

	REQUIRE(pipe(go) == 0);
	pid = fork_child();
	if (pid == 0) {
		_exit(read(go[0], &byte, 1) == 1 ? 0 : 1);
	}
	CHECK_INT(setpgid(pid, pid), 0, "a parent moves its child to a group of its own");
	CHECK_INT(getpgid(pid), pid, "and sees it");
	CHECK_INT(setpgid(pid, getpgrp()), 0, "and back");
	REQUIRE(write(go[1], "x", 1) == 1);
	CHECK_INT(wait_status(pid), 0, "the child ends well");
}

static void after_exec(void)
{
	int ready[2], hold[2];
	char byte;
	pid_t pid;

	REQUIRE(pipe2(ready, O_CLOEXEC) == 0 && pipe(hold) == 0);
	pid = fork_child();
	if (pid == 0) {
		dup2(hold[0], 0);
		close(hold[1]);
		execl(contract_self(), contract_self(), "@hold", (char *)NULL);
		_exit(1);
	}
	close(ready[1]);
	REQUIRE(read(ready[0], &byte, 1) == 0);
	CHECK_ERR(setpgid(pid, pid), EACCES, "a child that has executed is EACCES");
	close(hold[1]);
	wait_status(pid);
}

void contract_main(void)
{
	CHECK_EXIT(in_child, NULL, 0, "the grouping child ends well");
	CHECK_EXIT(new_session, NULL, 0, "the session child ends well");
	parent_sets_group();
	after_exec();
	CHECK_ERR(setpgid(getppid(), 0), ESRCH, "a process that is no child is ESRCH");
	CHECK_ERR(getsid(0x7ffffffe), ESRCH, "getsid of nobody is ESRCH");
}
