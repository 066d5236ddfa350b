/* SPDX-License-Identifier: MIT */
/*
 * Sockets that only messages in each other's queues refer to are collected, and with them what else is in the
 * messages: here the write end of a pipe. Those still reachable are not. unix(7).
 */
#include "lib/contract.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

static void send_two(int sock, int fd, int other)
{
	char control[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8)));
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int fds[2] = { fd, other };

	memset(control, 0, sizeof(control));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(cmsg), fds, sizeof(fds));
	REQUIRE(sendmsg(sock, &msg, 0) == 1);
}

/* The first of two descriptors in the next message. flags: MSG_PEEK or 0. */
static int receive_first(int sock, int flags)
{
	char control[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8))), byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fds[2];

	REQUIRE(recvmsg(sock, &msg, flags) == 1);
	REQUIRE(CMSG_FIRSTHDR(&msg) && CMSG_FIRSTHDR(&msg)->cmsg_len == CMSG_LEN(sizeof(fds)));
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fds));
	close(fds[1]);
	return fds[0];
}

/* The pipe has no writer any more. The collector runs when a socket is closed. */
static bool at_end(int reader)
{
	struct pollfd p = { .fd = reader, .events = POLLIN };
	int pair[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	close(pair[0]);
	close(pair[1]);
	return poll(&p, 1, 10) == 1 && (p.revents & POLLHUP);
}

static void itself(int type)
{
	int pair[2], ends[2];

	REQUIRE(socketpair(AF_UNIX, type, 0, pair) == 0);
	REQUIRE(pipe(ends) == 0);
	send_two(pair[0], pair[1], ends[1]);
	close(ends[1]);
	close(pair[0]);
	CHECK(!at_end(ends[0]), "type %d: reachable by a descriptor: kept", type);
	close(pair[1]);
	CHECK(EVENTUALLY(at_end(ends[0]), 5000), "type %d: a socket in its own queue is collected", type);
	close(ends[0]);
}

static void each_other(void)
{
	int a[2], b[2], ends[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, a) == 0);
	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, b) == 0);
	REQUIRE(pipe(ends) == 0);
	send_two(a[0], b[1], ends[1]);		/* b[1] lies in a[1]'s queue */
	send_two(b[0], a[1], ends[1]);		/* and a[1] in b[1]'s */
	close(ends[1]);
	close(a[0]);
	close(b[0]);
	close(b[1]);
	CHECK(!at_end(ends[0]), "one of the two is open: both are kept");
	close(a[1]);
	CHECK(EVENTUALLY(at_end(ends[0]), 5000), "two sockets in each other's queues are collected");
	close(ends[0]);
}

static void never_accepted(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "s" };
	int listener = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	int client = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0)), ends[2];

	REQUIRE(bind(listener, (struct sockaddr *)&un, sizeof(un)) == 0 && listen(listener, 5) == 0);
	REQUIRE(connect(client, (struct sockaddr *)&un, sizeof(un)) == 0);
	REQUIRE(pipe(ends) == 0);
	send_two(client, listener, ends[1]);
	close(ends[1]);
	close(client);
	CHECK(!at_end(ends[0]), "the listener is open: what waits to be accepted is kept");
	close(listener);
	CHECK(EVENTUALLY(at_end(ends[0]), 5000), "a listener in a connection it did not accept is collected");
	close(ends[0]);
}

static void reachable(void)
{
	int outer[2], inner[2], ends[2], fd;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, outer) == 0);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, inner) == 0);
	REQUIRE(pipe(ends) == 0);
	send_two(inner[0], inner[1], ends[1]);	/* a cycle ... */
	send_two(outer[0], inner[1], ends[1]);	/* ... that lies in an open socket's queue */
	close(ends[1]);
	close(inner[0]);
	close(inner[1]);
	CHECK(!at_end(ends[0]) && !at_end(ends[0]), "a cycle in the queue of an open socket is kept");
	fd = receive_first(outer[1], MSG_PEEK);
	close(fd);
	CHECK(!at_end(ends[0]), "looking at it changes nothing");
	fd = receive_first(outer[1], 0);
	CHECK(!at_end(ends[0]), "received: kept");
	close(receive_first(fd, 0));
	close(fd);
	CHECK(EVENTUALLY(at_end(ends[0]), 5000), "taken out of its own queue and closed: nothing is left");
	close(ends[0]);
	close(outer[0]);
	close(outer[1]);
}

void contract_main(void)
{
	tmp_dir();
	itself(SOCK_STREAM);
	itself(SOCK_DGRAM);
	itself(SOCK_SEQPACKET);
	each_other();
	never_accepted();
	reachable();
}
