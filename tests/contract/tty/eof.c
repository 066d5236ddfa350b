/* SPDX-License-Identifier: MIT */
/* ^D: ends a line without newline, at a line's start it is end of file; once only. */
#include "lib/contract.h"

#include "lib/pty.h"

void contract_main(void)
{
	struct pollfd pfd;
	char buf[16];
	struct pty p;

	pty_open(&p);
	pty_flags(&p, ICANON, ICRNL, 0);
	pty_type(&p, "abc\x04");
	CHECK_STR(pty_read(p.slave, 2000), "abc", "^D passes the line so far, without itself");
	pty_type(&p, "\x04");
	pfd = (struct pollfd){ .fd = p.slave, .events = POLLIN };
	CHECK_INT(poll(&pfd, 1, 2000), 1, "at a line's start the terminal becomes readable");
	CHECK_INT(read(p.slave, buf, 16), 0, "and read returns 0");
	CHECK_INT(poll(&pfd, 1, 30), 0, "once");
	pty_type(&p, "xy\n");
	CHECK_STR(pty_read(p.slave, 2000), "xy\n", "then it goes on");
	pty_type(&p, "abc\x04" "def\n");
	CHECK_STR(pty_read(p.slave, 2000), "abc", "^D inside a line splits it");
	CHECK_STR(pty_read(p.slave, 2000), "def\n", "the rest follows");
}
