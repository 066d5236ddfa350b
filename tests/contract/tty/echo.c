/* SPDX-License-Identifier: MIT */
/*
 * Echo: characters come back, newline as CR NL with ONLCR, controls as ^X, erase rubs out;
 * ECHONL.
 */
#include "lib/contract.h"

#include "lib/pty.h"

static struct pty p;

static void try(const char *typed, const char *want, const char *text)
{
	pty_type(&p, typed);
	CHECK_STR(pty_read_all(p.master, strlen(want)), want, "%s", text);
	CHECK_STR(pty_read(p.master, 0), "", "and no more");
	tcflush(p.slave, TCIFLUSH);
}

void contract_main(void)
{
	pty_open(&p);
	pty_flags(&p, ICANON | ECHO | ECHOE | ECHOK | ECHOKE | ECHOCTL | IEXTEN, ICRNL,
		  OPOST | ONLCR);
	try("ab\n", "ab\r\n", "characters, and a newline as CR NL");
	try("\x01\n", "^A\r\n", "ECHOCTL: a control character as ^A");
	try("ab\x7f\n", "ab\b \b\r\n", "ECHOE: erase rubs out one column");
	try("\x01\x7f\n", "^A\b \b\b \b\r\n", "and two for a control character");
	try("abc\x15\n", "abc\b \b\b \b\b \b\r\n", "ECHOKE: kill rubs out the line");
	try("a b\x17\n", "a b\b \b\r\n", "word erase rubs out the word");
	try("\t\n", "\t\r\n", "a tab as it is");
	pty_flags(&p, ICANON | ECHO, ICRNL, 0);
	try("x\n", "x\n", "without OPOST a newline is a newline");
	try("x\x7f\n", "x\x7f\n", "without ECHOE the erase character itself");
	pty_flags(&p, ICANON, ICRNL, 0);
	try("quiet\n", "", "without ECHO nothing");
	pty_flags(&p, ICANON | ECHONL, ICRNL, 0);
	try("quiet\n", "\n", "ECHONL: only the newline");
}
