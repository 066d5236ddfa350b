/* SPDX-License-Identifier: MIT */
/*
 * vhangup: files of the controlling terminal that are open are dead from then on, whoever holds them; the session gets
 * SIGHUP and SIGCONT and has no terminal. Who opens the terminal again gets a live one. Source: vhangup(2).
 */
#include "lib/contract.h"

#include <sys/prctl.h>

#include "lib/pty.h"

static struct pty p;
static volatile sig_atomic_t hup, cont;

static void on_hup(int sig) { hup++; }
static void on_cont(int sig) { cont++; }

static void dead(int fd, const char *whose)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLOUT };
	char byte;

	CHECK_INT(read(fd, &byte, 1), 0, "%s: read returns 0", whose);
	CHECK_ERR(write(fd, "x", 1), EIO, "%s: write is EIO", whose);
	CHECK_INT(poll(&pfd, 1, 1000), 1, "%s: poll", whose);
	CHECK((pfd.revents & (POLLIN | POLLOUT | POLLHUP | POLLERR)) == (POLLIN | POLLOUT | POLLHUP | POLLERR),
	      "%s: says everything (%x)", whose, pfd.revents);
	CHECK_ERR(tcgetattr(fd, &(struct termios){ 0 }), EIO, "%s: tcgetattr is EIO", whose);
}

/* Waits in a read of the terminal when it is hung up. */
static int reader(void *ready)
{
	char byte;

	REQUIRE(signal(SIGHUP, SIG_IGN) != SIG_ERR);
	REQUIRE(write(((int *)ready)[1], "r", 1) == 1);
	CHECK_INT(read(p.slave, &byte, 1), 0, "a read that waits returns 0");
	return 0;
}

static void in_session(void)
{
	char name[64], byte;
	int ready[2], again;
	pid_t pid;

	pty_own(&p);
	on_signal(SIGHUP, on_hup, SA_RESTART);
	on_signal(SIGCONT, on_cont, SA_RESTART);
	REQUIRE(ttyname_r(p.slave, name, sizeof(name)) == 0 && pipe(ready) == 0);
	pid = fork_child();
	if (pid == 0)
		_exit(reader(ready));
	REQUIRE(read(ready[0], &byte, 1) == 1);
	sleep_ms(50);
	CHECK_INT(vhangup(), 0, "vhangup");
	CHECK_INT(wait_status(pid), 0, "the other reader ends well");
	CHECK(hup == 1 && cont == 1, "the leader gets SIGHUP and SIGCONT");
	dead(p.slave, "own file");
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO, "there is no controlling terminal any more");
	again = REQUIRE_OK(open(name, O_RDWR | O_NOCTTY));
	CHECK_INT(write(again, "new", 3), 3, "a new file of it works");
	dead(p.slave, "the old one");
	CHECK_INT(vhangup(), 0, "without a terminal it does nothing");
}

void contract_main(void)
{
	char text[8] = "";
	pid_t pid;

	pty_open(&p);
	pid = fork_child();
	if (pid == 0) {
		in_session();
		_exit(0);
	}
	CHECK_INT(wait_status(pid), 0, "the session ends well");
	CHECK_INT(read(p.master, text, 3), 3, "the master goes on");
	CHECK_STR(text, "new", "and reads what was written after it");
	pid = fork_child();
	if (pid == 0) {
		REQUIRE(setuid(1000) == 0);
		CHECK_ERR(vhangup(), EPERM, "not without CAP_SYS_TTY_CONFIG");
		_exit(0);
	}
	CHECK_INT(wait_status(pid), 0, "the user ends well");
}
