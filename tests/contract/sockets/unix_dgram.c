/* SPDX-License-Identifier: MIT */
/* AF_UNIX datagrams: names, boundaries, truncation, full queues and poll, who may send; sequenced packets. */
#include "lib/contract.h"

#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un path_name(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	strcpy(a.sun_path, path);
	return a;
}

static short events_of(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };

	REQUIRE(poll(&p, 1, 0) >= 0);
	return p.revents;
}

static int sender(void *arg)
{
	struct sockaddr_un *to = arg;
	int fd = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM, 0));

	REQUIRE(connect(fd, (struct sockaddr *)to, sizeof(*to)) == 0);
	for (int i = 0; i < 200; i++)
		REQUIRE(send(fd, &i, sizeof(i), 0) == sizeof(i));
	return 0;
}

static void check_queue(int server, struct sockaddr_un *to)
{
	int fd = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)), n = 0, got, good = 0;
	struct pollfd p = { fd, POLLOUT, 0 };
	pid_t pid;

	REQUIRE(connect(fd, (struct sockaddr *)to, sizeof(*to)) == 0);
	while (n < 1000 && send(fd, &n, sizeof(n), 0) == sizeof(n))
		n++;
	CHECK(errno == EAGAIN && n < 1000, "a full receiver is EAGAIN");
	CHECK_INT(events_of(fd, POLLOUT), 0, "and not writable");
	pid = fork_child();
	if (pid == 0) {
		usleep(50000);
		for (int i = 0; i < n; i++)
			REQUIRE(recv(server, &got, sizeof(got), 0) == sizeof(got) && got == i);
		_exit(0);
	}
	CHECK_INT(poll(&p, 1, 10000), 1, "a reader makes it so");
	CHECK_INT(wait_status(pid), 0, "all came in order");
	pid = fork_child();
	if (pid == 0)
		_exit(sender(to));
	for (int i = 0; i < 200; i++)
		good += recv(server, &got, sizeof(got), 0) == sizeof(got) && got == i;
	CHECK_INT(good, 200, "a sender that waits loses nothing");
	CHECK_INT(wait_status(pid), 0, "and ends");
	close(fd);
}

static void check_seqpacket(void)
{
	struct iovec v = { (char[4]){ 0 }, 4 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	int pair[2];
	char buf[16];

	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	REQUIRE(write(pair[0], "first", 5) == 5 && write(pair[0], "2nd", 3) == 3);
	CHECK_INT(read(pair[1], buf, 16), 5, "a packet at a time");
	CHECK_INT(recv(pair[1], buf, 2, MSG_TRUNC | MSG_PEEK), 3, "MSG_TRUNC tells its length");
	CHECK_INT(recv(pair[1], buf, 16, 0), 3, "peeking left it");
	REQUIRE(write(pair[0], "too long", 8) == 8);
	CHECK_INT(recvmsg(pair[1], &m, 0), 4, "what fits");
	CHECK(m.msg_flags & MSG_TRUNC, "MSG_TRUNC says so");
	CHECK_ERR(recv(pair[1], buf, 16, MSG_DONTWAIT), EAGAIN, "the rest is gone");
	close(pair[0]);
	CHECK_INT(read(pair[1], buf, 16), 0, "then the end");
	CHECK_ERR(send(pair[1], "x", 1, 0), EPIPE, "and EPIPE without a signal");
	CHECK_ERR(write(pair[1], "x", 1), EPIPE, "for write too");
}

void contract_main(void)
{
	struct sockaddr_un name = path_name("server"), mine = path_name("client"), from;
	static char big[100000];
	int server, fd, other, n;
	socklen_t len = sizeof(from);
	char buf[16];

	tmp_dir();
	server = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
	REQUIRE(bind(server, (struct sockaddr *)&name, sizeof(name)) == 0);
	fd = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
	CHECK_ERR(send(fd, "x", 1, 0), ENOTCONN, "no destination: ENOTCONN");
	CHECK_INT(sendto(fd, "hello", 5, 0, (struct sockaddr *)&name, sizeof(name)), 5, "sendto");
	CHECK_INT(ioctl(server, FIONREAD, &n) == 0 ? n : -1, 5, "FIONREAD");
	CHECK_INT(recvfrom(server, buf, 16, 0, (struct sockaddr *)&from, &len), 5, "recvfrom");
	CHECK_INT(len, 0, "an unnamed sender has no address");
	REQUIRE(bind(fd, (struct sockaddr *)&mine, sizeof(mine)) == 0);
	CHECK_INT(sendto(fd, "", 0, 0, (struct sockaddr *)&name, sizeof(name)), 0, "an empty one");
	CHECK(events_of(server, POLLIN) == POLLIN, "is readable");
	len = sizeof(from);
	CHECK_INT(recvfrom(server, buf, 16, 0, (struct sockaddr *)&from, &len), 0, "and received");
	CHECK_STR(from.sun_path, "client", "from a name");
	CHECK_INT(sendto(fd, big, sizeof(big), 0, (struct sockaddr *)&name, sizeof(name)), sizeof(big),
		  "a large one");
	CHECK_INT(recv(server, big, sizeof(big), 0), sizeof(big), "comes whole");
	CHECK_ERR(sendto(fd, big, 1 << 20, 0, (struct sockaddr *)&name, sizeof(name)), EMSGSIZE,
		  "too large is EMSGSIZE");
	check_queue(server, &name);
	REQUIRE(connect(server, (struct sockaddr *)&mine, sizeof(mine)) == 0);
	other = REQUIRE_OK(socket(AF_UNIX, SOCK_DGRAM, 0));
	CHECK_ERR(sendto(other, "x", 1, 0, (struct sockaddr *)&name, sizeof(name)), EPERM,
		  "a connected receiver takes from its peer only");
	CHECK_ERR(connect(REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&name, sizeof(name)),
		  EPROTOTYPE, "a stream to it is EPROTOTYPE");
	close(fd);
	CHECK_ERR(send(server, "x", 1, 0), ECONNREFUSED, "a peer that went is ECONNREFUSED");
	check_seqpacket();
}
