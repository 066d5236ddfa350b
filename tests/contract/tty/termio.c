/* SPDX-License-Identifier: MIT */
/*
 * TCGETA and TCSETA, TCSETAW, TCSETAF: System V's settings are sixteen bits of each word and the first eight
 * characters; what they cannot say stays. TIOCGEXCL tells what TIOCEXCL did; TIOCSSOFTCAR is CLOCAL.
 */
#include "lib/contract.h"

#include "lib/pty.h"

struct termio_abi {
	unsigned short iflag, oflag, cflag, lflag;
	unsigned char line, cc[8];
};

static void both_forms(int fd)
{
	const unsigned long sets[] = { TCSETA, TCSETAW, TCSETAF };
	struct termios before, after;
	struct termio_abi t;

	REQUIRE(tcgetattr(fd, &before) == 0);
	CHECK_INT(ioctl(fd, TCGETA, &t), 0, "TCGETA");
	CHECK_INT(t.lflag, before.c_lflag & 0xffff, "local flags");
	CHECK_INT(t.iflag, before.c_iflag & 0xffff, "input flags");
	CHECK_INT(t.cc[0], before.c_cc[VINTR], "the interrupt character");
	for (int i = 0; i < 3; i++) {
		t.lflag ^= ECHO;
		t.cc[0] = (unsigned char)(1 + i);
		CHECK_INT(ioctl(fd, sets[i], &t), 0, "set %d", i);
		REQUIRE(tcgetattr(fd, &after) == 0);
		CHECK_INT(after.c_lflag & 0xffff, t.lflag, "local flags of set %d", i);
		CHECK_INT(after.c_cc[VINTR], 1 + i, "the interrupt character of set %d", i);
		CHECK_INT(after.c_cc[VSUSP], before.c_cc[VSUSP], "what it cannot name stays");
	}
	CHECK_INT(ioctl(fd, TCGETA, (void *)8) == -1 ? errno : 0, EFAULT, "a bad address");
}

static void small_ones(int fd)
{
	struct termios t;
	int on = -1;

	CHECK_INT(ioctl(fd, TIOCGEXCL, &on), 0, "TIOCGEXCL");
	CHECK_INT(on, 0, "not exclusive");
	REQUIRE(ioctl(fd, TIOCEXCL) == 0 && ioctl(fd, TIOCGEXCL, &on) == 0);
	CHECK_INT(on, 1, "exclusive");
	REQUIRE(ioctl(fd, TIOCNXCL) == 0);
	on = 1;
	CHECK_INT(ioctl(fd, TIOCSSOFTCAR, &on), 0, "TIOCSSOFTCAR");
	REQUIRE(tcgetattr(fd, &t) == 0);
	CHECK((t.c_cflag & CLOCAL) != 0, "CLOCAL");
	on = 0;
	CHECK_INT(ioctl(fd, TIOCGSOFTCAR, &on), 0, "TIOCGSOFTCAR");
	CHECK_INT(on, 1, "and read");
}

void contract_main(void)
{
	struct pty p;

	pty_open(&p);
	both_forms(p.slave);
	small_ones(p.slave);
}
