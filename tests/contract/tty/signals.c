/* SPDX-License-Identifier: MIT */
/* ISIG: ^C ^\ ^Z reach the foreground group as SIGINT, SIGQUIT, SIGTSTP, and are no input. */
#include "lib/contract.h"

#include "lib/pty.h"

static volatile sig_atomic_t last;

static void handler(int sig) { last = sig; }

static int in_session(void *arg)
{
	struct pty *p = arg;

	pty_own(p);
	pty_flags(p, ISIG | ICANON | ECHO | ECHOCTL, ICRNL, 0);
	CHECK_INT(tcgetpgrp(p->slave), getpgrp(),
		  "the session leader's group is in the foreground");
	on_signal(SIGINT, handler, 0);
	on_signal(SIGQUIT, handler, 0);
	on_signal(SIGTSTP, handler, 0);
	pty_type(p, "lost");
	CHECK_STR(pty_read_all(p->master, 4), "lost", "characters are echoed");
	pty_type(p, "\x03");
	CHECK(EVENTUALLY(last == SIGINT, 3000), "^C is SIGINT");
	CHECK_STR(pty_read_all(p->master, 2), "^C", "and echoed");
	pty_type(p, "kept\n");
	CHECK_STR(pty_read(p->slave, 2000), "kept\n", "it throws away the line so far");
	pty_type(p, "\x1c");
	CHECK(EVENTUALLY(last == SIGQUIT, 3000), "^\\ is SIGQUIT");
	pty_type(p, "\x1a");
	CHECK(EVENTUALLY(last == SIGTSTP, 3000), "^Z is SIGTSTP");
	pty_flags(p, ISIG | ICANON | NOFLSH, ICRNL, 0);
	pty_type(p, "kept\x03\n");
	CHECK(EVENTUALLY(last == SIGINT, 3000), "with NOFLSH");
	CHECK_STR(pty_read(p->slave, 2000), "kept\n", "the line is kept");
	pty_flags(p, ICANON, ICRNL, 0);
	last = 0;
	pty_type(p, "\x03\n");
	CHECK_STR(pty_read(p->slave, 2000), "\x03\n", "without ISIG it is a byte");
	CHECK_INT(last, 0, "and no signal");
	return 0;
}

void contract_main(void)
{
	struct pty p;

	pty_open(&p);
	CHECK_EXIT(in_session, &p, 0, "the session ends well");
}
