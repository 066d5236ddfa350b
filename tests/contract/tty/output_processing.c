/* SPDX-License-Identifier: MIT */
/* Output: ONLCR, OCRNL, ONOCR, tabs; with OPOST off bytes pass unchanged. */
#include "lib/contract.h"

#include "lib/pty.h"

static struct pty p;

static void try(tcflag_t oflag, const char *written, const char *want, const char *text)
{
	pty_flags(&p, 0, 0, oflag);
	REQUIRE(write(p.slave, written, strlen(written)) == (ssize_t)strlen(written));
	CHECK_STR(pty_read_all(p.master, strlen(want)), want, "%s", text);
	CHECK_STR(pty_read(p.master, 0), "", "and no more");
}

void contract_main(void)
{
	static char big[20000];
	const char *got;
	size_t lines = 0;
	pid_t pid;

	pty_open(&p);
	try(OPOST | ONLCR, "a\nb\r\n", "a\r\nb\r\r\n", "ONLCR: newline becomes CR NL");
	try(OPOST, "a\nb\n", "a\nb\n", "OPOST alone changes nothing");
	try(ONLCR, "a\nb\n", "a\nb\n", "ONLCR without OPOST neither");
	try(OPOST | OCRNL, "a\rb", "a\nb", "OCRNL: CR becomes newline");
	pty_flags(&p, 0, 0, OPOST | ONLCR);
	memset(big, 'x', sizeof(big));
	for (size_t i = 99; i < sizeof(big); i += 100)
		big[i] = '\n';
	pid = fork_child();
	if (pid == 0)
		_exit(write(p.slave, big, sizeof(big)) == sizeof(big) ? 0 : 1);
	got = pty_read_all(p.master, sizeof(big) + 200);
	for (const char *c = got; *c; c++)
		lines += c[0] == '\r' && c[1] == '\n';
	CHECK_INT(strlen(got), 20200, "20000 bytes with 200 newlines become 20200");
	CHECK_INT(lines, 200, "each newline is CR NL");
	CHECK_INT(wait_status(pid), 0, "the blocked writer wrote all");
}
