/* SPDX-License-Identifier: MIT */
/* TIOCSPGRP: ^C reaches the group in the foreground only; background reads stop with SIGTTIN. */
#include "lib/contract.h"

#include "lib/pty.h"

static struct pty p;

static pid_t job(void)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	REQUIRE(setpgid(pid, pid) == 0);
	return pid;
}

static pid_t reader(void)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		char buf[16];

		setpgid(0, 0);
		_exit(read(p.slave, buf, 16) == 3 && !memcmp(buf, "in\n", 3) ? 12 : 1);
	}
	REQUIRE(setpgid(pid, pid) == 0);
	return pid;
}

static int in_session(void *arg)
{
	int status;
	pid_t a, b;

	pty_own(&p);
	signal(SIGTTOU, SIG_IGN);
	a = job();
	b = job();
	CHECK_INT(tcsetpgrp(p.slave, a), 0, "tcsetpgrp");
	CHECK_INT(tcgetpgrp(p.slave), a, "tcgetpgrp agrees");
	pty_type(&p, "\x03");
	CHECK_INT(wait_status(a), SIGINT, "^C ends the foreground job");
	CHECK_INT(waitpid(b, &status, WNOHANG), 0, "and not the other");
	REQUIRE(tcsetpgrp(p.slave, getpgrp()) == 0);
	kill(b, SIGKILL);
	wait_status(b);

	a = reader();
	CHECK_INT(waitpid(a, &status, WUNTRACED), a, "a background reader");
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN, "stops with SIGTTIN");
	REQUIRE(tcsetpgrp(p.slave, a) == 0);
	REQUIRE(kill(-a, SIGCONT) == 0);
	pty_type(&p, "in\n");
	CHECK_INT(wait_status(a), 12 << 8, "continued in the foreground it reads");
	REQUIRE(tcsetpgrp(p.slave, getpgrp()) == 0);
	CHECK_ERR(tcsetpgrp(p.slave, 0x7ffffffe), ESRCH, "a group nobody has is ESRCH");
	CHECK_ERR(tcsetpgrp(p.slave, getppid()), EPERM, "one of another session is EPERM");
	CHECK_INT(tcgetsid(p.slave), getpid(), "tcgetsid is the session");
	return 0;
}

void contract_main(void)
{
	pty_open(&p);
	CHECK_EXIT(in_session, NULL, 0, "the session ends well");
}
