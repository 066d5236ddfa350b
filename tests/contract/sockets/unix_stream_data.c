/* SPDX-License-Identifier: MIT */
/* AF_UNIX streams: peeking, waiting for all, resets, SIGPIPE, room, large writes, credentials, cycles. */
#include "lib/contract.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define TOTAL	(1 << 20)

static int late_writer(void *arg)
{
	int fd = *(int *)arg;

	REQUIRE(write(fd, "ab", 2) == 2);
	usleep(30000);
	REQUIRE(write(fd, "cd", 2) == 2);
	return 0;
}

static int big_writer(void *arg)
{
	static char data[TOTAL];

	for (int i = 0; i < TOTAL; i++)
		data[i] = (char)(i * 7 >> 3);
	REQUIRE(write(*(int *)arg, data, TOTAL) == TOTAL);
	return 0;
}

static void check_big(void)
{
	int pair[2], good = 1, at = 0, n;
	char buf[5000];
	pid_t pid;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	pid = fork_child();
	if (pid == 0)
		_exit(big_writer(&pair[0]));
	close(pair[0]);
	while ((n = (int)read(pair[1], buf, sizeof(buf))) > 0) {
		for (int i = 0; i < n; i++)
			good &= buf[i] == (char)((at + i) * 7 >> 3);
		at += n;
	}
	CHECK_INT(at, TOTAL, "a large write comes whole");
	CHECK(good, "and right");
	CHECK_INT(wait_status(pid), 0, "its writer ends");
	close(pair[1]);
}

static void check_room(void)
{
	struct pollfd p;
	static char buf[4096];
	int pair[2], n = 0, queued = 0;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	while (write(pair[0], buf, sizeof(buf)) == sizeof(buf))
		n++;
	CHECK(errno == EAGAIN && n > 10, "a full stream is EAGAIN");
	p = (struct pollfd){ pair[0], POLLOUT, 0 };
	CHECK_INT(poll(&p, 1, 0), 0, "and not writable");
	REQUIRE(ioctl(pair[1], FIONREAD, &queued) == 0);
	CHECK(queued >= n * 4096, "FIONREAD tells what is there");
	while (read(pair[1], buf, sizeof(buf)) > 0)
		;
	CHECK_INT(poll(&p, 1, 0), 1, "read empty it is writable");
	REQUIRE(ioctl(pair[0], TIOCOUTQ, &queued) == 0);
	CHECK_INT(queued, 0, "and nothing is on its way");
	close(pair[0]);
	close(pair[1]);
}

static void check_ends(void)
{
	int pair[2];
	char c;

	REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	REQUIRE(write(pair[0], "unread", 6) == 6);
	close(pair[1]);
	CHECK_ERR(read(pair[0], &c, 1), ECONNRESET, "unread data of ours: ECONNRESET");
	CHECK_INT(read(pair[0], &c, 1), 0, "once");
	CHECK_ERR(write(pair[0], "x", 1), EPIPE, "writing is EPIPE");
	close(pair[0]);
}

/* Sockets may travel in their own queues. */
static void check_cycles(void)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec v = { "x", 1 };
	int pair[2], bad = 0;

	for (int i = 0; i < 200; i++) {
		struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control,
				    .msg_controllen = sizeof(control) };
		struct cmsghdr *h = CMSG_FIRSTHDR(&m);

		REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(h), &pair[1], sizeof(int));
		bad += sendmsg(pair[0], &m, 0) != 1;
		close(pair[0]);
		close(pair[1]);
	}
	CHECK_INT(bad, 0, "a socket sent to itself");
}

static void check_passcred(void)
{
	union { char room[256]; struct cmsghdr align; } control;
	struct { pid_t pid; uid_t uid; gid_t gid; } cred = { 0, 0, 0 };
	char buf[8];
	struct iovec v = { buf, 8 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int pair[2], on = 1;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	REQUIRE(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
	REQUIRE(write(pair[0], "hi", 2) == 2);
	CHECK_INT(recvmsg(pair[1], &m, 0), 2, "a message with SO_PASSCRED");
	REQUIRE(m.msg_controllen == CMSG_SPACE(sizeof(cred)));
	CHECK_INT(control.align.cmsg_type, 2, "brings SCM_CREDENTIALS");
	memcpy(&cred, CMSG_DATA(&control.align), sizeof(cred));
	CHECK(cred.pid == getpid() && cred.uid == getuid() && cred.gid == getgid(), "of the writer");
	close(pair[0]);
	close(pair[1]);
}

void contract_main(void)
{
	int pair[2];
	char buf[16];
	pid_t pid;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	REQUIRE(write(pair[0], "one", 3) == 3 && write(pair[0], "two", 3) == 3);
	CHECK_INT(recv(pair[1], buf, 4, MSG_PEEK), 4, "MSG_PEEK looks over the edge of a write");
	CHECK(!memcmp(buf, "onet", 4), "in order");
	CHECK_INT(recv(pair[1], buf, 16, 0), 6, "and leaves all");
	pid = fork_child();
	if (pid == 0)
		_exit(late_writer(&pair[0]));
	CHECK_INT(recv(pair[1], buf, 4, MSG_WAITALL), 4, "MSG_WAITALL waits for the rest");
	CHECK(!memcmp(buf, "abcd", 4), "of it");
	CHECK_INT(wait_status(pid), 0, "the writer ends");
	CHECK_ERR(recv(pair[1], buf, 1, MSG_DONTWAIT), EAGAIN, "MSG_DONTWAIT");
	check_big();
	check_room();
	check_ends();
	check_passcred();
	check_cycles();
}
