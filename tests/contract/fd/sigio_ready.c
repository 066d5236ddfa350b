/* SPDX-License-Identifier: MIT */
/* O_ASYNC: pipes and sockets that become ready send SIGIO, or the signal of F_SETSIG with descriptor and reason. */
#include "lib/pending.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/inotify.h>

static void async(int fd, int sig)
{
	REQUIRE(fcntl(fd, F_SETOWN, getpid()) == 0);
	REQUIRE(fcntl(fd, F_SETSIG, sig) == 0);
	REQUIRE(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC | O_NONBLOCK) == 0);
}

static bool told(int fd, int code, long band)
{
	if (next() == SIGRTMIN && info.si_fd == fd && info.si_code == code && info.si_band == band)
		return true;
	note("signal %d, descriptor %d, code %d, band %#lx", info.si_signo, info.si_fd, info.si_code,
	     (unsigned long)info.si_band);
	return false;
}

#define IN_BAND		(POLLIN | POLLRDNORM)
#define OUT_BAND	(POLLOUT | POLLWRNORM | POLLWRBAND)

static void pipes(void)
{
	char buf[4096] = "";
	int p[2], copy;

	REQUIRE(pipe(p) == 0);
	async(p[0], 0);
	REQUIRE(write(p[1], "a", 1) == 1);
	CHECK_INT(next(), SIGIO, "plain SIGIO");
	CHECK_INT(info.si_code, SI_KERNEL, "from the kernel");
	CHECK_INT(next(), 0, "once");
	async(p[0], SIGRTMIN);
	REQUIRE(write(p[1], "b", 1) == 1);
	CHECK(told(p[0], POLL_IN, IN_BAND), "a real-time signal tells more");
	REQUIRE(write(p[1], "b", 1) == 1 && write(p[1], "c", 1) == 1);
	CHECK(told(p[0], POLL_IN, IN_BAND) && told(p[0], POLL_IN, IN_BAND), "for every write");
	CHECK_INT(next(), 0, "and no more");
	async(p[0], SIGUSR1);
	REQUIRE(write(p[1], "b", 1) == 1);
	CHECK(next() == SIGUSR1 && info.si_code == POLL_IN, "any signal");
	async(p[0], SIGCHLD);
	REQUIRE(write(p[1], "b", 1) == 1);
	CHECK(next() == SIGCHLD && info.si_code == SI_SIGIO, "one with codes of its own says SI_SIGIO");
	copy = REQUIRE_OK(dup(p[0]));
	REQUIRE(fcntl(copy, F_SETSIG, SIGRTMIN) == 0);
	REQUIRE(write(p[1], "b", 1) == 1);
	CHECK(told(p[0], POLL_IN, IN_BAND), "the descriptor by which O_ASYNC was set");
	close(p[0]);
	REQUIRE(write(p[1], "b", 1) == 1);
	CHECK(told(p[0], POLL_IN, IN_BAND), "even when it is closed and a copy is not");
	REQUIRE(fcntl(copy, F_SETFL, O_NONBLOCK) == 0);
	REQUIRE(write(p[1], "b", 1) == 1);
	CHECK_INT(next(), 0, "no O_ASYNC, no signal");
	async(copy, SIGRTMIN);
	close(p[1]);
	CHECK(told(copy, POLL_IN, IN_BAND), "the last writer went");
	close(copy);

	REQUIRE(pipe2(p, O_NONBLOCK) == 0);
	async(p[1], SIGRTMIN);
	while (write(p[1], buf, sizeof(buf)) > 0)
		;
	CHECK_INT(next(), 0, "a writer hears nothing of its writing");
	REQUIRE(read(p[0], buf, sizeof(buf)) == sizeof(buf));
	CHECK(told(p[1], POLL_OUT, OUT_BAND), "but of room");
	close(p[0]);
	CHECK(told(p[1], POLL_OUT, OUT_BAND), "and of the last reader's end");
	close(p[1]);
	CHECK_INT(next(), 0, "nothing else");
}

static void stream(void)
{
	static char big[65536];
	int s[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	async(s[0], SIGRTMIN);
	REQUIRE(write(s[1], "x", 1) == 1);
	CHECK(told(s[0], POLL_IN, IN_BAND), "data");
	REQUIRE(write(s[0], "x", 1) == 1 && read(s[1], big, 1) == 1);
	CHECK_INT(next(), 0, "room that was there is not told");
	while (write(s[0], big, sizeof(big)) > 0)
		;
	while (recv(s[1], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	CHECK(told(s[0], POLL_OUT, OUT_BAND), "room that was waited for is");
	CHECK_INT(next(), 0, "once");
	REQUIRE(shutdown(s[1], SHUT_WR) == 0);
	CHECK(told(s[0], POLL_IN, IN_BAND), "the other end writes no more");
	REQUIRE(shutdown(s[1], SHUT_RDWR) == 0);
	CHECK(told(s[0], POLL_HUP, POLLHUP | POLLERR), "nor reads");
	close(s[1]);
	CHECK(told(s[0], POLL_HUP, POLLHUP | POLLERR), "and is gone");
	close(s[0]);
}

static void datagrams_and_listeners(void)
{
	struct sockaddr addr;
	socklen_t len = sizeof(addr);
	int s[2], server, client;

	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
	async(s[0], SIGRTMIN);
	REQUIRE(send(s[1], "x", 1, 0) == 1);
	CHECK(told(s[0], POLL_IN, IN_BAND), "a datagram");
	close(s[0]);
	close(s[1]);
	server = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	memset(&addr, 0, sizeof(addr));
	addr.sa_family = AF_UNIX;
	REQUIRE(bind(server, &addr, sizeof(sa_family_t)) == 0 && listen(server, 1) == 0);
	REQUIRE(getsockname(server, &addr, &len) == 0);
	async(server, SIGRTMIN);
	client = REQUIRE_OK(socket(AF_UNIX, SOCK_STREAM, 0));
	REQUIRE(connect(client, &addr, len) == 0);
	CHECK(told(server, POLL_IN, IN_BAND), "a connection to accept");
	close(client);
	close(server);
	CHECK_INT(next(), 0, "nothing else");
}

static int exit_now(void *arg)
{
	(void)arg;
	return 0;
}

static void overflow(void)
{
	struct rlimit old, few = { 2, 2 };
	int p[2], rt = 0, plain = 0, sig;

	REQUIRE(pipe(p) == 0 && getrlimit(RLIMIT_SIGPENDING, &old) == 0);
	few.rlim_max = old.rlim_max;
	async(p[0], SIGRTMIN);
	few.rlim_cur = 0;
	REQUIRE(setrlimit(RLIMIT_SIGPENDING, &few) == 0);
	for (int i = 0; i < 3; i++)
		REQUIRE(write(p[1], "x", 1) == 1);
	REQUIRE(setrlimit(RLIMIT_SIGPENDING, &old) == 0);
	while ((sig = next()) != 0) {
		rt += sig == SIGRTMIN;
		plain += sig == SIGIO;
	}
	CHECK_INT(rt, 0, "no real-time signal when none can be queued");
	CHECK_INT(plain, 1, "SIGIO says so");
	close(p[0]);
	close(p[1]);
}

static void others(void)
{
	int p[2], in, fd;
	char dir[PATH_MAX];

	REQUIRE(pipe(p) == 0);
	async(p[0], SIGRTMIN);
	REQUIRE(fcntl(p[0], F_SETOWN, 0) == 0);
	REQUIRE(write(p[1], "x", 1) == 1);
	CHECK_INT(next(), 0, "nobody is the owner");
	REQUIRE(fcntl(p[0], F_SETOWN, -getpgrp()) == 0);
	REQUIRE(write(p[1], "x", 1) == 1);
	CHECK(told(p[0], POLL_IN, IN_BAND), "the group");
	strcpy(dir, tmp_dir());
	in = REQUIRE_OK(inotify_init1(IN_NONBLOCK));
	REQUIRE_OK(inotify_add_watch(in, dir, IN_CREATE));
	async(in, SIGRTMIN);
	fd = REQUIRE_OK(open("made", O_CREAT | O_RDWR, 0600));
	CHECK(told(in, POLL_IN, IN_BAND), "inotify");
	close(fd);
	close(in);
	/* The group's other members and the supervisor are not to be disturbed. */
	REQUIRE(fcntl(p[0], F_SETFL, 0) == 0);
	close(p[0]);
	close(p[1]);
}

void contract_main(void)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pipes();
	stream();
	datagrams_and_listeners();
	overflow();
	others();
	run_child(exit_now, NULL);
}
