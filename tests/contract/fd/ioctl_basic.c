/* SPDX-License-Identifier: MIT */
/*
 * ioctl: FIOCLEX, FIONCLEX, FIONBIO, FIONREAD on every file; ENOTTY for terminal requests
 * elsewhere.
 */
#include "lib/contract.h"

#include <sys/ioctl.h>
#include <termios.h>

void contract_main(void)
{
	int fds[2], fd, n = -1, on = 1, off = 0;
	struct winsize ws;
	struct termios t;

	tmp_dir();
	REQUIRE(pipe(fds) == 0);
	CHECK_INT(ioctl(fds[0], FIOCLEX), 0, "FIOCLEX");
	CHECK_INT(fcntl(fds[0], F_GETFD), FD_CLOEXEC, "sets FD_CLOEXEC");
	CHECK_INT(ioctl(fds[0], FIONCLEX), 0, "FIONCLEX");
	CHECK_INT(fcntl(fds[0], F_GETFD), 0, "clears it");
	CHECK_INT(ioctl(fds[0], FIONBIO, &on), 0, "FIONBIO on");
	CHECK(fcntl(fds[0], F_GETFL) & O_NONBLOCK, "sets O_NONBLOCK");
	CHECK_INT(ioctl(fds[0], FIONBIO, &off), 0, "FIONBIO off");
	CHECK(!(fcntl(fds[0], F_GETFL) & O_NONBLOCK), "clears it");
	REQUIRE(write(fds[1], "12345", 5) == 5);
	CHECK_INT(ioctl(fds[0], FIONREAD, &n), 0, "FIONREAD on a pipe");
	CHECK_INT(n, 5, "counts what can be read");
	write_file("f", "0123456789", 10);
	fd = REQUIRE_OK(open("f", O_RDONLY));
	REQUIRE(lseek(fd, 3, SEEK_SET) == 3);
	CHECK_INT(ioctl(fd, FIONREAD, &n), 0, "FIONREAD on a file");
	CHECK_INT(n, 7, "counts to its end");
	CHECK_ERR(ioctl(fd, TIOCGWINSZ, &ws), ENOTTY, "TIOCGWINSZ on a file is ENOTTY");
	CHECK_ERR(tcgetattr(fds[0], &t), ENOTTY, "TCGETS on a pipe is ENOTTY");
	CHECK_ERR(ioctl(fd, 0x12345678, NULL), ENOTTY, "an unknown request is ENOTTY");
	CHECK_ERR(ioctl(999, FIOCLEX), EBADF, "a closed descriptor is EBADF");
	CHECK_INT(isatty(open("/dev/null", O_RDWR)), 0, "/dev/null is no terminal");
}
