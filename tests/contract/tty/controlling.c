/* SPDX-License-Identifier: MIT */
/*
 * The controlling terminal: first open without O_NOCTTY by a leader, /dev/tty, TIOCNOTTY, lost
 * in setsid.
 */
#include "lib/contract.h"

#include "lib/pty.h"

static struct pty p;

static int after_setsid(void *arg)
{
	CHECK_OK(open("/dev/tty", O_RDWR), "a child opens /dev/tty");
	REQUIRE(setsid() > 0);
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO, "in a new session there is none");
	return 0;
}

static int in_session(void *arg)
{
	int fd, tty;

	REQUIRE(setsid() > 0);
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO, "a new session has no terminal");
	fd = REQUIRE_OK(open(p.name, O_RDWR | O_NOCTTY));
	CHECK_ERR(tcgetpgrp(fd), ENOTTY, "O_NOCTTY does not make it the controlling one");
	close(fd);
	fd = REQUIRE_OK(open(p.name, O_RDWR));
	CHECK_INT(tcgetpgrp(fd), getpgrp(), "an open without it does");
	tty = (int)CHECK_OK(open("/dev/tty", O_RDWR), "/dev/tty opens");
	pty_flags(&p, 0, 0, 0);
	REQUIRE(write(tty, "via tty", 7) == 7);
	CHECK_STR(pty_read(p.master, 2000), "via tty", "and is that terminal");
	CHECK_EXIT(after_setsid, NULL, 0, "the child ends well");
	signal(SIGHUP, SIG_IGN);
	CHECK_INT(ioctl(tty, TIOCNOTTY), 0, "TIOCNOTTY");
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO, "gives it up");
	return 0;
}

void contract_main(void)
{
	pty_open(&p);
	CHECK_EXIT(in_session, NULL, 0, "the session ends well");
}
