/* SPDX-License-Identifier: MIT */
/* TIOCSLCKTRMIOS: settings whose bits are locked stay as they are; only the privileged lock. Source: tty_ioctl(4). */
#include "lib/contract.h"

#include "lib/pty.h"

void contract_main(void)
{
	struct termios locked, none, t, before;
	struct pty p;
	pid_t pid;

	pty_open(&p);
	memset(&none, 0, sizeof(none));
	memset(&locked, 0xff, sizeof(locked));
	CHECK_INT(ioctl(p.slave, TIOCGLCKTRMIOS, &locked), 0, "TIOCGLCKTRMIOS");
	CHECK(!locked.c_iflag && !locked.c_lflag && !locked.c_cc[VINTR], "nothing is locked");
	memset(&locked, 0, sizeof(locked));
	locked.c_lflag = ECHO;
	locked.c_cc[VINTR] = 1;
	CHECK_INT(ioctl(p.slave, TIOCSLCKTRMIOS, &locked), 0, "TIOCSLCKTRMIOS");
	REQUIRE(tcgetattr(p.slave, &before) == 0);
	t = before;
	t.c_lflag ^= ECHO | ICANON;
	t.c_cc[VINTR]++;
	t.c_cc[VQUIT]++;
	CHECK_INT(tcsetattr(p.slave, TCSANOW, &t), 0, "tcsetattr");
	REQUIRE(tcgetattr(p.slave, &t) == 0);
	CHECK_INT(t.c_lflag, before.c_lflag ^ ICANON, "the locked bit stays, the other changes");
	CHECK_INT(t.c_cc[VINTR], before.c_cc[VINTR], "the locked character stays");
	CHECK_INT(t.c_cc[VQUIT], before.c_cc[VQUIT] + 1, "the other changes");
	pid = fork_child();
	if (pid == 0) {
		REQUIRE(setuid(1000) == 0);
		CHECK_ERR(ioctl(p.slave, TIOCSLCKTRMIOS, &none), EPERM, "not for everybody");
		CHECK_INT(ioctl(p.slave, TIOCGLCKTRMIOS, &locked), 0, "but to look at");
		_exit(0);
	}
	CHECK_INT(wait_status(pid), 0, "the user ends well");
	CHECK_INT(ioctl(p.slave, TIOCSLCKTRMIOS, &none), 0, "unlocked again");
	CHECK_INT(tcsetattr(p.slave, TCSANOW, &before), 0, "tcsetattr");
}
