/* SPDX-License-Identifier: MIT */
/*
 * signalfd: EAGAIN when empty, records of 128 bytes with number, sender and value, several in
 * one read; poll.
 */
#include "lib/contract.h"

#include <poll.h>
#include <sys/signalfd.h>

void contract_main(void)
{
	struct signalfd_siginfo si[3];
	struct pollfd pfd;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 3);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = REQUIRE_OK(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
	pfd = (struct pollfd){ .fd = fd, .events = POLLIN };
	CHECK_ERR(read(fd, si, sizeof(si)), EAGAIN, "empty is EAGAIN");
	CHECK_INT(poll(&pfd, 1, 0), 0, "and not readable");
	raise(SIGUSR1);
	CHECK_INT(poll(&pfd, 1, 1000), 1, "a signal makes it readable");
	CHECK_INT(read(fd, si, sizeof(si)), 128, "one record of 128 bytes");
	CHECK_INT(si[0].ssi_signo, SIGUSR1, "its number");
	CHECK_INT(si[0].ssi_pid, getpid(), "its sender");
	CHECK_INT(si[0].ssi_code, SI_TKILL, "its code");
	CHECK_ERR(read(fd, si, sizeof(si)), EAGAIN, "it is taken");
	for (int i = 1; i <= 3; i++)
		sigqueue(getpid(), SIGRTMIN + 3, (union sigval){ .sival_int = i });
	raise(SIGUSR1);
	CHECK_INT(read(fd, si, sizeof(si)), 3 * 128, "three records in one read");
	CHECK(si[0].ssi_signo == SIGUSR1 && si[1].ssi_int == 1 && si[2].ssi_int == 2,
	      "lowest number first");
	CHECK_INT(read(fd, si, sizeof(si)), 128, "and the last");
	CHECK_ERR(read(fd, si, 100), EINVAL, "a short buffer is EINVAL");
	sigemptyset(&set);
	CHECK_INT(signalfd(fd, &set, 0), fd, "the set can be changed");
	raise(SIGUSR1);
	CHECK_ERR(read(fd, si, sizeof(si)), EAGAIN, "and holds at once");
	CHECK_ERR(signalfd(-1, &set, 0x100), EINVAL, "an unknown flag is EINVAL");
	CHECK_ERR(signalfd(999, &set, 0), EBADF, "a closed descriptor is EBADF");
}
