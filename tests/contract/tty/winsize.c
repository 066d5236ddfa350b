/* SPDX-License-Identifier: MIT */
/*
 * TIOCSWINSZ on either side: both sides read it, the foreground group gets SIGWINCH when it
 * changed.
 */
#include "lib/contract.h"

#include "lib/pty.h"

static volatile sig_atomic_t got;

static void handler(int sig) { got++; }

static int in_session(void *arg)
{
	struct winsize ws = { .ws_row = 24, .ws_col = 80 }, back;
	struct pty *p = arg;

	pty_own(p);
	on_signal(SIGWINCH, handler, 0);
	CHECK_INT(ioctl(p->master, TIOCSWINSZ, &ws), 0, "set on the master");
	CHECK(EVENTUALLY(got == 1, 3000), "SIGWINCH comes");
	CHECK_INT(ioctl(p->slave, TIOCGWINSZ, &back), 0, "read on the slave");
	CHECK(back.ws_row == 24 && back.ws_col == 80, "24 by 80");
	ioctl(p->master, TIOCSWINSZ, &ws);
	sleep_ms(30);
	CHECK_INT(got, 1, "the same size again sends nothing");
	ws.ws_col = 132;
	CHECK_INT(ioctl(p->slave, TIOCSWINSZ, &ws), 0, "set on the slave");
	CHECK(EVENTUALLY(got == 2, 3000), "SIGWINCH comes");
	REQUIRE(ioctl(p->master, TIOCGWINSZ, &back) == 0);
	CHECK_INT(back.ws_col, 132, "read on the master");
	return 0;
}

void contract_main(void)
{
	struct pty p;

	pty_open(&p);
	CHECK_EXIT(in_session, &p, 0, "the session ends well");
}
