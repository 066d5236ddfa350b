/* SPDX-License-Identifier: MIT */
/*
 * close_range: only the range is closed, its ends included; empty ranges, CLOEXEC and UNSHARE
 * flags.
 */
#include "lib/contract.h"

#include <linux/close_range.h>

static long close_range_(unsigned int first, unsigned int last, unsigned int flags)
{
	return syscall(SYS_close_range, first, last, flags);
}

void contract_main(void)
{
	for (int fd = 50; fd <= 60; fd++)
		REQUIRE(dup2(1, fd) == fd);
	CHECK_INT(close_range_(53, 55, 0), 0, "close 53 to 55");
	CHECK_ERR(fcntl(53, F_GETFD), EBADF, "53 is closed");
	CHECK_ERR(fcntl(55, F_GETFD), EBADF, "55 is closed");
	CHECK_INT(fcntl(52, F_GETFD), 0, "52 lives");
	CHECK_INT(fcntl(56, F_GETFD), 0, "56 lives");
	CHECK_INT(close_range_(53, 55, 0), 0, "a range of closed ones is fine");
	CHECK_INT(close_range_(100000, 200000, 0), 0, "so is one above all");
	CHECK_ERR(close_range_(55, 53, 0), EINVAL, "last below first is EINVAL");
	CHECK_ERR(close_range_(50, 51, 0x100), EINVAL, "an unknown flag is EINVAL");
	CHECK_INT(close_range_(56, 57, CLOSE_RANGE_CLOEXEC), 0, "CLOSE_RANGE_CLOEXEC");
	CHECK_INT(fcntl(56, F_GETFD), FD_CLOEXEC, "sets the flag and closes nothing");
	CHECK_INT(fcntl(58, F_GETFD), 0, "only in the range");
	CHECK_INT(close_range_(50, ~0u, CLOSE_RANGE_UNSHARE), 0, "to the end, unshared");
	CHECK_ERR(fcntl(60, F_GETFD), EBADF, "all are closed");
	CHECK_INT(fcntl(1, F_GETFD), 0, "those below live");
}
