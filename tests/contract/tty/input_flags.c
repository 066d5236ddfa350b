/* SPDX-License-Identifier: MIT */
/* Input: INLCR, IGNCR, ICRNL, ISTRIP; IXON stops and starts output and eats ^S ^Q. */
#include "lib/contract.h"

#include "lib/pty.h"

static struct pty p;

static void try(tcflag_t iflag, const char *typed, const char *want, const char *text)
{
	pty_flags(&p, 0, iflag, 0);
	pty_type(&p, typed);
	CHECK_STR(pty_read(p.slave, 2000), want, "%s", text);
}

void contract_main(void)
{
	pty_open(&p);
	try(0, "a\rb\nc", "a\rb\nc", "no flag: bytes pass");
	try(ICRNL, "a\rb\nc", "a\nb\nc", "ICRNL: CR becomes newline");
	try(INLCR, "a\rb\nc", "a\rb\rc", "INLCR: newline becomes CR");
	try(IGNCR, "a\rb\nc", "ab\nc", "IGNCR: CR is dropped");
	try(IGNCR | ICRNL, "a\rb", "ab", "IGNCR goes before ICRNL");
	try(ISTRIP, "\xe1", "a", "ISTRIP clears the eighth bit");
	try(0, "\x13\x11", "\x13\x11", "without IXON ^S and ^Q pass");
	try(IXON, "x\x13y", "xy", "IXON: ^S is eaten");
	REQUIRE(fcntl(p.slave, F_SETFL, O_NONBLOCK) == 0);
	CHECK_ERR(write(p.slave, "held", 4), EAGAIN, "and stops output");
	pty_type(&p, "\x11");
	CHECK(EVENTUALLY(write(p.slave, "out", 3) == 3, 3000), "^Q starts it again");
	CHECK_STR(pty_read(p.master, 2000), "out", "and it comes");
}
