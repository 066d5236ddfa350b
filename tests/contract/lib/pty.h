/* SPDX-License-Identifier: MIT */
/*
 * Pseudo-terminals for the tty family: a pair, raw or canonical, and a child whose session owns it.
 */
#pragma once

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "lib/contract.h"

struct pty {
	int master, slave;
	char name[64];
};

/*
 * Opens a pair with the default settings of a new terminal. The slave is not the controlling
 * one.
 */
static inline void pty_open(struct pty *p)
{
	int number, unlock = 0;

	p->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	REQUIRE(p->master >= 0);
	REQUIRE(ioctl(p->master, TIOCSPTLCK, &unlock) == 0);
	REQUIRE(ioctl(p->master, TIOCGPTN, &number) == 0);
	snprintf(p->name, sizeof(p->name), "/dev/pts/%d", number);
	p->slave = open(p->name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	REQUIRE(p->slave >= 0);
}

/* Changes the local, input and output flags. */
static inline void pty_flags(struct pty *p, tcflag_t lflag, tcflag_t iflag, tcflag_t oflag)
{
	struct termios t;

	REQUIRE(tcgetattr(p->slave, &t) == 0);
	t.c_lflag = lflag;
	t.c_iflag = iflag;
	t.c_oflag = oflag;
	REQUIRE(tcsetattr(p->slave, TCSANOW, &t) == 0);
}

/* Types on the master. */
static inline void pty_type(struct pty *p, const char *text)
{
	REQUIRE(write(p->master, text, strlen(text)) == (ssize_t)strlen(text));
}

/*
 * What can be read from fd within `ms` without further waiting, as a string; "" when nothing
 * comes.
 */
static inline const char *pty_read(int fd, int ms)
{
	static char buf[4096];
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t n = 0;

	if (poll(&pfd, 1, ms * contract_slow()) == 1 && (pfd.revents & POLLIN))
		n = read(fd, buf, sizeof(buf) - 1);
	buf[n > 0 ? n : 0] = 0;
	return buf;
}

/* Reads from fd until `count` bytes are there or 5 s are over. */
static inline const char *pty_read_all(int fd, size_t count)
{
	static char buf[65536];
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t have = 0;
	ssize_t n;

	while (have < count && poll(&pfd, 1, 5000 * contract_slow()) == 1) {
		n = read(fd, buf + have, count - have);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	buf[have] = 0;
	return buf;
}

/* In a child: a new session whose controlling terminal is the slave. */
static inline void pty_own(struct pty *p)
{
	REQUIRE(setsid() == getpid());
	REQUIRE(ioctl(p->slave, TIOCSCTTY, 0) == 0);
}
