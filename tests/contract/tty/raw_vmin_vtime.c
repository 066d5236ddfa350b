/* SPDX-License-Identifier: MIT */
/* Raw mode: the four cases of VMIN and VTIME. */
#include "lib/contract.h"

#include "lib/pty.h"

static struct pty p;

static void set(int vmin, int vtime)
{
	struct termios t;

	REQUIRE(tcgetattr(p.slave, &t) == 0);
	cfmakeraw(&t);
	t.c_cc[VMIN] = (cc_t)vmin;
	t.c_cc[VTIME] = (cc_t)vtime;
	REQUIRE(tcsetattr(p.slave, TCSANOW, &t) == 0);
}

static pid_t type_later(int ms, const char *text)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		sleep_ms(ms);
		pty_type(&p, text);
		_exit(0);
	}
	return pid;
}

void contract_main(void)
{
	char buf[16];
	int64_t start;
	pid_t pid;

	pty_open(&p);
	set(0, 0);
	CHECK_INT(read(p.slave, buf, 16), 0, "VMIN 0 VTIME 0: returns at once");
	pty_type(&p, "ab");
	CHECK_INT(read(p.slave, buf, 16), 2, "with what is there");
	set(0, 2);
	start = now_ns();
	CHECK_INT(read(p.slave, buf, 16), 0, "VMIN 0 VTIME 2: returns 0");
	CHECK(now_ns() - start >= 190000000, "after 0.2 s");
	pid = type_later(50, "x");
	CHECK_INT(read(p.slave, buf, 16), 1, "or with the first byte");
	wait_status(pid);
	set(3, 0);
	pid = type_later(30, "abc");
	pty_type(&p, "1");
	CHECK_INT(read(p.slave, buf, 16), 4,
		  "VMIN 3: waits for three bytes and takes what is there");
	wait_status(pid);
	pty_type(&p, "abcdef");
	CHECK_INT(read(p.slave, buf, 2), 2, "a request below VMIN is served in full");
	CHECK_INT(read(p.slave, buf, 16), 4, "the rest follows");
	set(5, 1);
	pty_type(&p, "xy");
	start = now_ns();
	CHECK_INT(read(p.slave, buf, 16), 2, "VMIN 5 VTIME 1: a pause between bytes ends it");
	CHECK(now_ns() - start >= 90000000, "after 0.1 s");
	pty_type(&p, "\x03\x04\x1a\r\n\x7f");
	CHECK_INT(read(p.slave, buf, 16), 6, "control characters are bytes");
	CHECK(memcmp(buf, "\x03\x04\x1a\r\n\x7f", 6) == 0, "unchanged");
}
