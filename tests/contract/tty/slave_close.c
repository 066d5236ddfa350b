/* SPDX-License-Identifier: MIT */
/*
 * Closing the last slave: the master reads what is left, then EIO and POLLHUP; a new open
 * revives it.
 */
#include "lib/contract.h"

#include "lib/pty.h"

void contract_main(void)
{
	struct pollfd pfd;
	char buf[16];
	struct pty p;

	pty_open(&p);
	pty_flags(&p, 0, 0, 0);
	REQUIRE(write(p.slave, "rest", 4) == 4);
	close(p.slave);
	CHECK_INT(read(p.master, buf, 16), 4, "the master reads what was written");
	CHECK_ERR(read(p.master, buf, 16), EIO, "then EIO");
	pfd = (struct pollfd){ .fd = p.master, .events = POLLIN };
	CHECK_INT(poll(&pfd, 1, 1000), 1, "poll");
	CHECK(pfd.revents & POLLHUP, "says POLLHUP");
	p.slave = open(p.name, O_RDWR | O_NOCTTY);
	CHECK(p.slave >= 0, "the slave opens again");
	REQUIRE(write(p.slave, "new", 3) == 3);
	CHECK_INT(read(p.master, buf, 16), 3, "and the master reads again");
	close(p.master);
	CHECK_ERR(open(p.name, O_RDWR | O_NOCTTY), ENOENT, "with the master its name is gone");
}
