/* SPDX-License-Identifier: MIT */
/*
 * Canonical editing: erase, word erase, kill, literal next; nothing behind the line's start is
 * erased.
 */
#include "lib/contract.h"

#include "lib/pty.h"

static struct pty p;

static void try(const char *typed, const char *want, const char *text)
{
	pty_type(&p, typed);
	CHECK_STR(pty_read(p.slave, 2000), want, "%s", text);
}

void contract_main(void)
{
	pty_open(&p);
	pty_flags(&p, ICANON | IEXTEN | ECHOK, ICRNL, 0);
	try("abx\x7f" "c\n", "abc\n", "DEL erases a character");
	try("ab\x7f\x7f\x7f\x7f" "cd\n", "cd\n", "erasing stops at the line's start");
	try("one two\x17three\n", "one three\n", "^W erases a word");
	try("one two  \x17three\n", "one three\n", "^W erases blanks before it as well");
	try("garbage\x15good\n", "good\n", "^U kills the line");
	try("a\x16\x7f" "b\n", "a\x7f" "b\n", "^V takes the next character as it is");
	try("x\n\x7fy\n", "x\n", "a finished line is out of reach");
	CHECK_STR(pty_read(p.slave, 2000), "y\n", "for the erase character");
}
