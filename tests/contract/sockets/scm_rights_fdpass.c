/* SPDX-License-Identifier: MIT */
/*
 * SCM_RIGHTS: a descriptor passed works in the receiver, shares the offset; MSG_CMSG_CLOEXEC;
 * MSG_CTRUNC closes.
 */
#include "lib/contract.h"

#include <sys/socket.h>

union control {
	char buf[CMSG_SPACE(2 * sizeof(int))];
	struct cmsghdr align;
};

static void send_fds(int sock, const int *fds, int count)
{
	struct iovec iov = { "x", 1 };
	union control c;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = c.buf,
			      .msg_controllen = CMSG_SPACE((size_t)count * sizeof(int)) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	memset(&c, 0, sizeof(c));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, (size_t)count * sizeof(int));
	CHECK_INT(sendmsg(sock, &msg, 0), 1, "send %d descriptors", count);
}

static int receive_fds(int sock, int *fds, size_t room, int flags, int *msg_flags)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	union control c;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = c.buf, .msg_controllen = room };
	struct cmsghdr *cmsg;

	REQUIRE(recvmsg(sock, &msg, flags) == 1);
	*msg_flags = msg.msg_flags;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg)
		return 0;
	REQUIRE(cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS);
	memcpy(fds, CMSG_DATA(cmsg), cmsg->cmsg_len - CMSG_LEN(0));
	return (int)((cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int));
}

void contract_main(void)
{
	int pair[2], fds[2], pipe_[2], flags;
	char c;

	tmp_dir();
	write_file("f", "0123456789", 10);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	fds[0] = REQUIRE_OK(open("f", O_RDONLY));
	REQUIRE(lseek(fds[0], 4, SEEK_SET) == 4);
	send_fds(pair[0], fds, 1);
	close(fds[0]);
	CHECK_INT(receive_fds(pair[1], fds, CMSG_SPACE(sizeof(int)), 0, &flags), 1, "one arrives");
	CHECK(read(fds[0], &c, 1) == 1 && c == '4', "it works, and its offset came along");
	CHECK_INT(fcntl(fds[0], F_GETFD), 0, "without close-on-exec");
	REQUIRE(pipe(pipe_) == 0);
	send_fds(pair[0], pipe_, 2);
	close(pipe_[1]);
	CHECK_INT(receive_fds(pair[1], fds, CMSG_SPACE(2 * sizeof(int)), MSG_CMSG_CLOEXEC, &flags),
		  2, "two arrive");
	CHECK_INT(fcntl(fds[1], F_GETFD), FD_CLOEXEC, "MSG_CMSG_CLOEXEC");
	REQUIRE(write(fds[1], "y", 1) == 1 && read(pipe_[0], &c, 1) == 1);
	CHECK_INT(c, 'y', "the passed pipe carries data");
	close(fds[0]);
	close(fds[1]);
	CHECK_INT(read(pipe_[0], &c, 1), 0, "when all writers are closed it ends");
	REQUIRE(pipe(pipe_) == 0);
	send_fds(pair[0], pipe_ + 1, 1);
	close(pipe_[1]);
	CHECK_INT(receive_fds(pair[1], fds, 0, 0, &flags), 0, "without room none arrives");
	CHECK(flags & MSG_CTRUNC, "MSG_CTRUNC says so");
	CHECK_INT(read(pipe_[0], &c, 1), 0, "and it was closed");
}
