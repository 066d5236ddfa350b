/* SPDX-License-Identifier: MIT */
/*
 * A shell's life: run a job in the foreground, stop it by ^Z, continue it in the background,
 * end it by ^C.
 */
#include "lib/contract.h"

#include "lib/pty.h"

static struct pty p;

static int job(void)
{
	unsigned int n = 0;

	signal(SIGINT, SIG_DFL);
	signal(SIGTSTP, SIG_DFL);
	signal(SIGTTOU, SIG_DFL);
	setpgid(0, 0);
	for (;;)
		n += (unsigned int)getppid();
	return (int)n;
}

static int shell(void *arg)
{
	int status;
	pid_t pid;

	pty_own(&p);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	pid = fork_child();
	if (pid == 0)
		_exit(job());
	setpgid(pid, pid);
	REQUIRE(tcsetpgrp(p.slave, pid) == 0);
	sleep_ms(20);
	pty_type(&p, "\x1a");
	CHECK_INT(waitpid(pid, &status, WUNTRACED), pid, "^Z returns to the shell");
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP, "the job is stopped by SIGTSTP");
	CHECK_INT(tcsetpgrp(p.slave, getpgrp()), 0, "the shell takes the terminal");
	REQUIRE(kill(-pid, SIGCONT) == 0);
	CHECK_INT(waitpid(pid, &status, WCONTINUED), pid, "bg: the job");
	CHECK(WIFCONTINUED(status), "is continued");
	pty_type(&p, "\x03");
	sleep_ms(50);
	CHECK_INT(waitpid(pid, &status, WNOHANG), 0, "^C does not reach the background");
	REQUIRE(tcsetpgrp(p.slave, pid) == 0);
	pty_type(&p, "\x03");
	CHECK_INT(wait_status(pid), SIGINT, "fg and ^C end it");
	CHECK_INT(tcsetpgrp(p.slave, getpgrp()), 0, "the shell takes the terminal again");
	return 0;
}

void contract_main(void)
{
	pty_open(&p);
	CHECK_EXIT(shell, NULL, 0, "the shell ends well");
}
