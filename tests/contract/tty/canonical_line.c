/* SPDX-License-Identifier: MIT */
/*
 * Canonical mode: read waits for the line's end, returns one line at a time, short reads keep
 * the rest.
 */
#include "lib/contract.h"

#include "lib/pty.h"

void contract_main(void)
{
	char buf[16];
	struct pty p;

	pty_open(&p);
	pty_flags(&p, ICANON, ICRNL, 0);
	REQUIRE(fcntl(p.slave, F_SETFL, O_NONBLOCK) == 0);
	CHECK_ERR(read(p.slave, buf, 16), EAGAIN, "nothing: EAGAIN");
	pty_type(&p, "hel");
	CHECK_STR(pty_read(p.slave, 30), "", "an unfinished line cannot be read");
	pty_type(&p, "lo\n");
	CHECK_STR(pty_read(p.slave, 1000), "hello\n", "the line with its newline");
	pty_type(&p, "one\ntwo\n");
	CHECK_STR(pty_read(p.slave, 1000), "one\n", "a read returns one line");
	CHECK_STR(pty_read(p.slave, 1000), "two\n", "the next the next");
	pty_type(&p, "abcdef\n");
	REQUIRE(pty_read_all(p.slave, 3));
	CHECK_STR(pty_read(p.slave, 1000), "def\n", "a short read leaves the rest of the line");
	pty_type(&p, "cr\r");
	CHECK_STR(pty_read(p.slave, 1000), "cr\n",
		  "ICRNL: a carriage return ends the line as newline");
	pty_type(&p, "\n");
	CHECK_STR(pty_read(p.slave, 1000), "\n", "an empty line");
}
