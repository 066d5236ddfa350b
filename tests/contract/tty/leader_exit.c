/* SPDX-License-Identifier: MIT */
/*
 * The session leader's exit: the foreground group gets SIGHUP, the terminal is free for another
 * session.
 */
#include "lib/contract.h"

#include <sys/prctl.h>

#include "lib/pty.h"

static struct pty p;

static int leader(void *arg)
{
	int *ready = arg;
	pid_t pid;
	char byte;

	pty_own(&p);
	pid = fork();
	if (pid == 0) {
		REQUIRE(write(ready[1], &(pid_t){ getpid() }, sizeof(pid_t)) == sizeof(pid_t));
		for (;;)
			pause();
	}
	REQUIRE(read(ready[2], &byte, 1) == 1);
	return 0;
}

static int second_session(void *arg)
{
	REQUIRE(setsid() > 0);
	return ioctl(p.slave, TIOCSCTTY, 0) == 0 ? 0 : errno;
}

static int steals(void *arg)
{
	setsid();
	if (ioctl(p.slave, TIOCSCTTY, 0) != -1 || errno != EPERM)
		return 1;
	return 0;
}

void contract_main(void)
{
	int a[2], b[2], ready[4];
	pid_t session, child;

	REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	REQUIRE(pipe(a) == 0 && pipe(b) == 0);
	ready[1] = a[1], ready[2] = b[0];
	pty_open(&p);
	session = fork_child();
	if (session == 0)
		_exit(leader(ready));
	REQUIRE(read(a[0], &child, sizeof(child)) == sizeof(child));
	CHECK_EXIT(steals, NULL, 0, "another session's TIOCSCTTY is EPERM meanwhile");
	CHECK_INT(kill(child, 0), 0, "the foreground process runs");
	REQUIRE(write(b[1], "x", 1) == 1);
	CHECK_INT(wait_status(session), 0, "the leader ends");
	CHECK_INT(wait_status(child), SIGHUP, "the foreground process gets SIGHUP");
	CHECK_EXIT(second_session, NULL, 0, "another session can have the terminal");
}
