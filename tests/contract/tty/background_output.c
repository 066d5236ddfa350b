/* SPDX-License-Identifier: MIT */
/*
 * TOSTOP: a background writer stops with SIGTTOU; without it, it writes; tcsetpgrp from behind
 * stops too.
 */
#include "lib/contract.h"

#include "lib/pty.h"

static struct pty p;

static pid_t background(bool change_group)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		signal(SIGTTOU, SIG_DFL);
		setpgid(0, 0);
		if (change_group)
			_exit(tcsetpgrp(p.slave, getpgrp()) == 0 ? 13 : 1);
		_exit(write(p.slave, "out\n", 4) == 4 ? 12 : 1);
	}
	REQUIRE(setpgid(pid, pid) == 0);
	return pid;
}

static int in_session(void *arg)
{
	int status;
	pid_t pid;

	pty_own(&p);
	signal(SIGTTOU, SIG_IGN);
	pty_flags(&p, ISIG | ICANON, 0, 0);
	pid = background(false);
	CHECK_INT(wait_status(pid), 12 << 8, "without TOSTOP a background job writes");
	CHECK_STR(pty_read(p.master, 2000), "out\n", "and it arrives");
	pty_flags(&p, ISIG | ICANON | TOSTOP, 0, 0);
	pid = background(false);
	CHECK_INT(waitpid(pid, &status, WUNTRACED), pid, "with TOSTOP it");
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTOU, "stops with SIGTTOU");
	pty_flags(&p, ISIG | ICANON, 0, 0);
	kill(pid, SIGCONT);
	CHECK_INT(wait_status(pid), 12 << 8, "continued without TOSTOP it writes");
	pid = background(true);
	CHECK_INT(waitpid(pid, &status, WUNTRACED), pid, "tcsetpgrp from the background");
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTOU, "stops with SIGTTOU");
	REQUIRE(tcsetpgrp(p.slave, pid) == 0);
	kill(pid, SIGCONT);
	CHECK_INT(wait_status(pid), 13 << 8, "in the foreground it works");
	return 0;
}

void contract_main(void)
{
	pty_open(&p);
	CHECK_EXIT(in_session, NULL, 0, "the session ends well");
}
