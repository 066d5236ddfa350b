/* SPDX-License-Identifier: MIT */
/*
 * The session leader of a pty exits: the foreground group gets SIGHUP (no SIGCONT), the session has no terminal any
 * more, the slave's files go on. TIOCNOTTY of the leader sends SIGCONT as well. Source: exit(3p), tty_ioctl(4).
 */
#include "lib/contract.h"

#include <sys/prctl.h>

#include "lib/pty.h"

static struct pty p;
static int pipe_fds[2];
static volatile sig_atomic_t hup, cont;

static void on_hup(int sig) { hup++; }
static void on_cont(int sig) { cont++; }

/* In the foreground group of a leader that goes: one byte for each thing seen. */
static int member(bool want_cont)
{
	char byte;

	on_signal(SIGHUP, on_hup, SA_RESTART);
	on_signal(SIGCONT, on_cont, SA_RESTART);
	REQUIRE(write(pipe_fds[1], "r", 1) == 1);
	CHECK(EVENTUALLY(hup == 1, 3000), "the foreground group gets SIGHUP");
	sleep_ms(50);
	CHECK_INT(cont, want_cont, "SIGCONT");
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO, "there is no controlling terminal any more");
	CHECK_INT(write(p.slave, "on", 2), 2, "but the file works");
	REQUIRE(write(p.master, "x\n", 2) == 2);
	CHECK_INT(read(p.slave, &byte, 1), 1, "in both directions");
	REQUIRE(read(p.slave, &byte, 1) == 1);
	REQUIRE(write(pipe_fds[1], "d", 1) == 1);
	return 0;
}

static void session(bool notty)
{
	char byte;
	pid_t pid;

	pty_own(&p);
	REQUIRE(signal(SIGHUP, SIG_IGN) != SIG_ERR);
	pid = fork();		/* outlives its parent */
	if (pid == 0)
		_exit(member(notty));
	REQUIRE(read(pipe_fds[0], &byte, 1) == 1);
	if (!notty)
		_exit(0);
	CHECK_INT(ioctl(p.slave, TIOCNOTTY), 0, "TIOCNOTTY");
	CHECK_INT(wait_status(pid), 0, "the member ends well");
	_exit(0);
}

void contract_main(void)
{
	char byte;
	pid_t pid;

	REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	for (int notty = 0; notty < 2; notty++) {
		REQUIRE(pipe(pipe_fds) == 0);
		pty_open(&p);
		pid = fork_child();
		if (pid == 0)
			session(notty);
		CHECK_INT(wait_status(pid), 0, "the leader ends well");
		CHECK_INT(read(pipe_fds[0], &byte, 1), 1, "the member reports");
		CHECK_INT(byte, 'd', "that it came to its end");
		close(p.slave);
		close(p.master);
	}
}
