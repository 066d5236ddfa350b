/* SPDX-License-Identifier: MIT */
/* pipe: round trip, end of file, EAGAIN, zero length, wrong ends, pipe2 flags. */
#include "lib/contract.h"

void contract_main(void)
{
	char buf[16] = "";
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	CHECK_INT(write(fds[1], "hello", 5), 5, "write");
	CHECK_INT(read(fds[0], buf, 3), 3, "read a part");
	CHECK_INT(read(fds[0], buf + 3, 13), 2, "and what is left");
	CHECK_STR(buf, "hello", "the bytes");
	CHECK_INT(write(fds[1], buf, 0), 0, "a write of 0 is 0");
	CHECK_INT(read(fds[0], buf, 0), 0, "a read of 0 does not wait");
	CHECK_ERR(read(fds[1], buf, 1), EBADF, "the write end cannot be read");
	CHECK_ERR(write(fds[0], buf, 1), EBADF, "nor the read end written");
	REQUIRE(write(fds[1], "last", 4) == 4);
	close(fds[1]);
	CHECK_INT(read(fds[0], buf, 16), 4, "what was written before the close is there");
	CHECK_INT(read(fds[0], buf, 16), 0, "then end of file");
	CHECK_INT(read(fds[0], buf, 16), 0, "again and again");
	close(fds[0]);
	REQUIRE(pipe2(fds, O_NONBLOCK | O_CLOEXEC) == 0);
	CHECK_ERR(read(fds[0], buf, 1), EAGAIN, "O_NONBLOCK: empty is EAGAIN");
	CHECK_INT(read(fds[0], buf, 0), 0, "but 0 bytes are 0");
	CHECK_ERR(pipe2(fds, O_APPEND), EINVAL, "pipe2 with another flag is EINVAL");
	CHECK_ERR(syscall(SYS_pipe, bad_pointer()), EFAULT, "a bad pointer is EFAULT");
}
