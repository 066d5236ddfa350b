/* SPDX-License-Identifier: MIT */
/* Closing the master hangs up: SIGHUP and SIGCONT to the session, reads 0, writes EIO, POLLHUP. */
#include "lib/contract.h"

#include "lib/pty.h"

static struct pty p;
static volatile sig_atomic_t hup, cont;

static void on_hup(int sig) { hup++; }
static void on_cont(int sig) { cont++; }

static int in_session(void *arg)
{
	int *ready = arg;
	struct pollfd pfd;
	char buf[4];

	close(p.master);
	pty_own(&p);
	on_signal(SIGHUP, on_hup, SA_RESTART);
	on_signal(SIGCONT, on_cont, SA_RESTART);
	REQUIRE(write(ready[1], "r", 1) == 1);
	CHECK(EVENTUALLY(hup == 1, 3000), "the session leader gets SIGHUP");
	CHECK(EVENTUALLY(cont == 1, 3000), "and SIGCONT");
	CHECK_INT(read(p.slave, buf, 4), 0, "read returns 0");
	CHECK_ERR(write(p.slave, "x", 1), EIO, "write is EIO");
	pfd = (struct pollfd){ .fd = p.slave, .events = POLLIN };
	CHECK_INT(poll(&pfd, 1, 1000), 1, "poll");
	CHECK(pfd.revents & POLLHUP, "says POLLHUP");
	CHECK_ERR(tcgetattr(p.slave, &(struct termios){ 0 }), EIO, "tcgetattr is EIO");
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO, "there is no controlling terminal any more");
	return 0;
}

void contract_main(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	REQUIRE(pipe(ready) == 0);
	pty_open(&p);
	pid = fork_child();
	if (pid == 0)
		_exit(in_session(ready));
	REQUIRE(read(ready[0], &byte, 1) == 1);
	close(p.slave);
	close(p.master);
	CHECK_INT(wait_status(pid), 0, "the session ends well");
}
