/* SPDX-License-Identifier: MIT */
/* readv, writev: scatter and gather in order, 0 elements, limits, EFAULT part way. */
#include "lib/contract.h"

#include <sys/uio.h>

void contract_main(void)
{
	char a[2], b[5], c[10];
	struct iovec out[4] = { { "12", 2 }, { "", 0 }, { "34567", 5 }, { "89", 2 } };
	struct iovec in[3] = { { a, 2 }, { b, 5 }, { c, 10 } };
	struct iovec bad[2] = { { "ok", 2 }, { bad_pointer(), 2 } };
	struct iovec huge[2] = { { a, (size_t)LONG_MAX }, { b, (size_t)LONG_MAX } };
	static struct iovec many[1025];
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	CHECK_INT(writev(fds[1], out, 4), 9, "writev gathers");
	CHECK_INT(readv(fds[0], in, 3), 9, "readv scatters");
	CHECK(!memcmp(a, "12", 2) && !memcmp(b, "34567", 5) && !memcmp(c, "89", 2), "in order");
	CHECK_INT(writev(fds[1], out, 0), 0, "no element is 0");
	CHECK_ERR(syscall(SYS_writev, fds[1], out, -1), EINVAL, "a negative count is EINVAL");
	CHECK_ERR(writev(fds[1], many, 1025), EINVAL, "1025 elements are EINVAL");
	CHECK_INT(writev(fds[1], many, 1024), 0, "1024 empty ones are 0");
	CHECK_ERR(syscall(SYS_readv, fds[0], huge + 1, -1), EINVAL, "readv checks the count first");
	huge[0].iov_len = (size_t)-1;
	CHECK_ERR(writev(fds[1], huge, 1), EINVAL, "a length above SSIZE_MAX is EINVAL");
	CHECK_ERR(writev(fds[1], bad_pointer(), 1), EFAULT, "a bad vector is EFAULT");
	CHECK_INT(writev(open("/dev/null", O_WRONLY), out, 4), 9, "writev to /dev/null");
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	CHECK_ERR(readv(fds[0], in, 3), EAGAIN, "readv of an empty pipe is EAGAIN");
	CHECK_ERR(writev(fds[1], bad + 1, 1), EFAULT, "a bad buffer is EFAULT");
	CHECK_INT(readv(fds[0], in, 3), -1, "and writes nothing");
}
