/* SPDX-License-Identifier: MIT */
/* O_ASYNC on a terminal: input tells the foreground group; on the other end of a pty, output tells its process. */
#include "lib/contract.h"
#include "lib/pty.h"

#include <sys/ioctl.h>
#include <termios.h>

static volatile sig_atomic_t got;

static void on_io(int sig)
{
	(void)sig;
	got++;
}

/* glibc and musl turn F_GETOWN into F_GETOWN_EX: small negative numbers would look like errors. */
static int getown(int fd)
{
	return fcntl(fd, F_GETOWN);
}

void contract_main(void)
{
	int master = REQUIRE_OK(posix_openpt(O_RDWR | O_NOCTTY)), slave;
	char buf[16];

	REQUIRE(grantpt(master) == 0 && unlockpt(master) == 0);
	slave = REQUIRE_OK(open(ptsname(master), O_RDWR | O_NOCTTY));
	on_signal(SIGIO, on_io, SA_RESTART);
	CHECK_INT(getown(slave), 0, "nobody owns it");
	CHECK_INT(fcntl(slave, F_SETFL, O_ASYNC), 0, "O_ASYNC");
	CHECK_INT(getown(slave), getpid(), "without a foreground group: whoever asked");
	REQUIRE(write(master, "hello", 5) == 5);
	sleep_ms(20);
	CHECK_INT(got, 0, "part of a line is nothing to be read");
	REQUIRE(write(master, "\n", 1) == 1);
	CHECK(EVENTUALLY(got > 0, 1000), "a line is");
	CHECK_INT(read(slave, buf, sizeof(buf)), 6, "read it");
	CHECK_INT(fcntl(master, F_SETFL, O_ASYNC), 0, "O_ASYNC on the master");
	CHECK_INT(getown(master), getpid(), "its owner");
	got = 0;
	REQUIRE(write(slave, "out", 3) == 3);
	CHECK(EVENTUALLY(got > 0, 1000), "output tells the master's");
	close(slave);
	close(master);
	if (setsid() < 0) {
		pid_t pid = fork_child();

		if (!pid) {
			REQUIRE(setsid() > 0);
			master = REQUIRE_OK(posix_openpt(O_RDWR | O_NOCTTY));
			REQUIRE(grantpt(master) == 0 && unlockpt(master) == 0);
			slave = REQUIRE_OK(open(ptsname(master), O_RDWR));
			REQUIRE(fcntl(slave, F_SETFL, O_ASYNC) == 0);
			CHECK_INT(getown(slave), -getpgrp(), "the foreground group");
			got = 0;
			REQUIRE(write(master, "\n", 1) == 1);
			CHECK(EVENTUALLY(got > 0, 1000), "hears of input");
			_exit(0);
		}
		CHECK_INT(wait_status(pid), 0, "a session of its own");
	}
}
