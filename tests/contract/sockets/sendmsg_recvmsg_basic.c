/* SPDX-License-Identifier: MIT */
/*
 * sendmsg gathers, recvmsg scatters; MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT, MSG_WAITALL on a unix
 * pair.
 */
#include "lib/contract.h"

#include <sys/socket.h>

void contract_main(void)
{
	char a[3], b[10];
	struct iovec out[2] = { { "abc", 3 }, { "defgh", 5 } }, in[2] = { { a, 3 }, { b, 10 } };
	struct msghdr gather = { .msg_iov = out, .msg_iovlen = 2 }, scatter = { .msg_iov = in, .msg_iovlen = 2 };
	int s[2], d[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, d) == 0);
	CHECK_INT(sendmsg(s[0], &gather, 0), 8, "sendmsg gathers");
	CHECK_INT(recvmsg(s[1], &scatter, 0), 8, "recvmsg scatters");
	CHECK(!memcmp(a, "abc", 3) && !memcmp(b, "defgh", 5), "in order");
	CHECK_ERR(recv(s[1], b, 10, MSG_DONTWAIT), EAGAIN, "MSG_DONTWAIT: EAGAIN");
	CHECK_INT(send(s[0], "peek", 4, 0), 4, "send");
	CHECK_INT(recv(s[1], b, 10, MSG_PEEK), 4, "MSG_PEEK");
	CHECK_INT(recv(s[1], b, 10, 0), 4, "leaves it");
	CHECK_INT(sendmsg(d[0], &gather, 0), 8, "a datagram of two parts");
	scatter.msg_iovlen = 1;
	CHECK_INT(recvmsg(d[1], &scatter, 0), 3, "into a small buffer is cut");
	CHECK(scatter.msg_flags & MSG_TRUNC, "and MSG_TRUNC says so");
	CHECK_ERR(recv(d[1], b, 10, MSG_DONTWAIT), EAGAIN, "the rest is lost");
	REQUIRE(send(d[0], "12345", 5, 0) == 5);
	CHECK_INT(recv(d[1], b, 2, MSG_TRUNC), 5, "recv with MSG_TRUNC tells the true length");
	CHECK_ERR(sendmsg(1, &gather, 0), ENOTSOCK, "another file is ENOTSOCK");
	CHECK_ERR(syscall(SYS_sendmsg, s[0], bad_pointer(), 0), EFAULT, "a bad pointer is EFAULT");
}
