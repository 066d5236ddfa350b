/* SPDX-License-Identifier: MIT */
/*
 * Writers, readers, owners that come and go, O_ASYNC switched, descriptors closed: nothing is told to who is gone, and
 * the last write before the end is told.
 */
#include "lib/contract.h"

#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>

static int s[2];
static sigset_t storm;
static volatile bool over;
static volatile sig_atomic_t got;

static void on_io(int sig)
{
	(void)sig;
	got++;
}

/* Only the threads take the signals: with handlers without end the one that ends them all would never come to it. */
static void take_signals(void)
{
	pthread_sigmask(SIG_UNBLOCK, &storm, NULL);
}

static void *switcher(void *arg)
{
	take_signals();
	for (unsigned i = 0; !over; i++) {
		fcntl(s[0], F_SETFL, O_NONBLOCK | (i % 2 ? O_ASYNC : 0));
		fcntl(s[0], F_SETOWN, i % 3 ? getpid() : 0);
		fcntl(s[0], F_SETSIG, i % 5 ? 0 : SIGRTMIN);
	}
	return arg;
}

static void *opener(void *arg)
{
	take_signals();
	while (!over) {
		int p[2];

		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, p))
			continue;
		fcntl(p[0], F_SETOWN, getpid());
		fcntl(p[0], F_SETFL, O_ASYNC);
		send(p[1], "x", 1, MSG_DONTWAIT);
		close(p[0]);
		close(p[1]);
	}
	return arg;
}

/* A child owns the socket while it ends. */
static void *forker(void *arg)
{
	take_signals();
	for (unsigned i = 0; i < 60 && !over; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		fcntl(s[1], F_SETOWN, pid);
		fcntl(s[1], F_SETFL, O_NONBLOCK | O_ASYNC);
		waitpid(pid, NULL, 0);
	}
	return arg;
}

static void *writer(void *arg)
{
	char c[64];

	take_signals();
	while (!over) {
		if (write(s[1], "x", 1) < 0)
			sched_yield();
		if (write(s[0], "y", 1) < 0)
			sched_yield();
		if (read(s[0], c, sizeof(c)) < 0 || read(s[1], c, sizeof(c)) < 0)
			sched_yield();
	}
	return arg;
}

void contract_main(void)
{
	void *(*const fn[])(void *) = { switcher, opener, forker, writer, writer };
	pthread_t t[ARRAY_SIZE(fn)];

	sigemptyset(&storm);
	sigaddset(&storm, SIGIO);
	sigaddset(&storm, SIGRTMIN);
	on_signal(SIGIO, on_io, SA_RESTART);
	on_signal(SIGRTMIN, on_io, SA_RESTART);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s) == 0);
	REQUIRE(pthread_sigmask(SIG_BLOCK, &storm, NULL) == 0);
	for (unsigned i = 0; i < ARRAY_SIZE(fn); i++)
		REQUIRE(pthread_create(&t[i], NULL, fn[i], NULL) == 0);
	sleep_ms(500);
	over = true;
	for (unsigned i = 0; i < ARRAY_SIZE(fn); i++)
		pthread_join(t[i], NULL);
	take_signals();
	CHECK(got > 0, "signals came");
	REQUIRE(fcntl(s[0], F_SETOWN, getpid()) == 0 && fcntl(s[0], F_SETSIG, 0) == 0 &&
		fcntl(s[0], F_SETFL, O_NONBLOCK | O_ASYNC) == 0);
	got = 0;
	REQUIRE(write(s[1], "z", 1) == 1);
	CHECK(EVENTUALLY(got > 0, 1000), "and the last one, too");
}
