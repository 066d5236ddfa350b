/* SPDX-License-Identifier: MIT */
/*
 * A new terminal: its flags and control characters, its size 0, isatty, ttyname in /proc,
 * TCSETS reads back.
 */
#include "lib/contract.h"

#include "lib/pty.h"

void contract_main(void)
{
	struct termios t, u;
	struct winsize ws;
	struct stat st;
	int discipline;
	struct pty p;

	pty_open(&p);
	CHECK_INT(tcgetattr(p.slave, &t), 0, "tcgetattr");
	CHECK_INT(t.c_iflag, ICRNL | IXON, "input flags: ICRNL IXON");
	CHECK_INT(t.c_oflag, OPOST | ONLCR, "output flags: OPOST ONLCR");
	CHECK_INT(t.c_lflag, ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
		  "local flags");
	CHECK_INT(t.c_cflag, B38400 | CS8 | CREAD, "control flags: 38400 8 bits CREAD");
	CHECK_INT(t.c_cc[VINTR], 3, "^C");
	CHECK_INT(t.c_cc[VQUIT], 0x1c, "^\\");
	CHECK_INT(t.c_cc[VERASE], 0x7f, "DEL erases");
	CHECK_INT(t.c_cc[VKILL], 0x15, "^U");
	CHECK_INT(t.c_cc[VEOF], 4, "^D");
	CHECK_INT(t.c_cc[VSUSP], 0x1a, "^Z");
	CHECK_INT(t.c_cc[VWERASE], 0x17, "^W");
	CHECK_INT(t.c_cc[VMIN], 1, "VMIN 1");
	CHECK_INT(t.c_cc[VTIME], 0, "VTIME 0");
	CHECK_INT(ioctl(p.slave, TIOCGWINSZ, &ws), 0, "TIOCGWINSZ");
	CHECK(ws.ws_row == 0 && ws.ws_col == 0, "the size is 0 at first");
	CHECK_INT(isatty(p.slave), 1, "the slave is a terminal");
	CHECK_INT(isatty(p.master), 1, "the master too");
	REQUIRE(fstat(p.slave, &st) == 0);
	CHECK_INT(st.st_mode & S_IFMT, S_IFCHR, "a character device");
	CHECK_INT(st.st_rdev >> 8, 136, "of major 136");
	t.c_lflag &= (tcflag_t)~(ECHO | ICANON);
	t.c_cc[VMIN] = 7;
	CHECK_INT(tcsetattr(p.slave, TCSAFLUSH, &t), 0, "tcsetattr");
	REQUIRE(tcgetattr(p.slave, &u) == 0);
	CHECK(u.c_lflag == t.c_lflag && u.c_cc[VMIN] == 7, "reads back");
	CHECK(ioctl(p.slave, TIOCGETD, &discipline) == 0 && discipline == 0, "line discipline 0");
	CHECK_INT(ioctl(p.slave, TIOCSETD, &discipline), 0, "which may be set");
	discipline = 29;
	CHECK_ERR(ioctl(p.slave, TIOCSETD, &discipline), EINVAL, "not one there is not");
}
