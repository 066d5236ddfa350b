/* SPDX-License-Identifier: MIT */
/* fcntl: descriptor flags, status flags that can and cannot change, F_DUPFD forms, errors. */
#include "lib/contract.h"

void contract_main(void)
{
	int fd, fds[2];

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_CREAT | O_WRONLY | O_TRUNC, 0600));
	CHECK_INT(fcntl(fd, F_GETFD), 0, "F_GETFD is 0 at first");
	CHECK_INT(fcntl(fd, F_SETFD, FD_CLOEXEC), 0, "F_SETFD");
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC, "FD_CLOEXEC is set");
	CHECK_INT(fcntl(fd, F_SETFD, 0xfe), 0, "other bits are ignored");
	CHECK_INT(fcntl(fd, F_GETFD), 0, "and not kept");
	CHECK_INT(fcntl(fd, F_GETFL), O_WRONLY | O_LARGEFILE | 0100000,
		  "F_GETFL: access mode, no creation flags");
	CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK | O_APPEND | O_RDWR | O_CREAT), 0, "F_SETFL");
	CHECK_INT(fcntl(fd, F_GETFL) & ~0100000, O_WRONLY | O_NONBLOCK | O_APPEND,
		  "changes only what can change");
	CHECK_INT(fcntl(fd, F_DUPFD, 90), 90, "F_DUPFD");
	CHECK_INT(fcntl(fd, F_DUPFD_CLOEXEC, 90), 91, "F_DUPFD_CLOEXEC takes the next");
	CHECK_INT(fcntl(91, F_GETFD), FD_CLOEXEC, "with FD_CLOEXEC");
	CHECK_ERR(fcntl(fd, F_DUPFD, -1), EINVAL, "F_DUPFD -1 is EINVAL");
	CHECK_ERR(fcntl(fd, 9999), EINVAL, "an unknown command is EINVAL");
	CHECK_ERR(fcntl(999, F_GETFL), EBADF, "a closed descriptor is EBADF");
	REQUIRE(pipe2(fds, O_NONBLOCK | O_CLOEXEC) == 0);
	CHECK_INT(fcntl(fds[0], F_GETFL), O_NONBLOCK, "pipe2: read end flags");
	CHECK_INT(fcntl(fds[1], F_GETFL), O_WRONLY | O_NONBLOCK, "pipe2: write end flags");
	CHECK_INT(fcntl(fds[0], F_GETFD), FD_CLOEXEC, "pipe2: FD_CLOEXEC");
}
