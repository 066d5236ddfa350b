/* SPDX-License-Identifier: MIT */
/*
 * Calls that SA_RESTART does not restart: poll, select, epoll_wait, nanosleep, sigsuspend,
 * msgrcv-like.
 */
#include "lib/contract.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

static volatile sig_atomic_t got;

static void handler(int sig) { (void)sig; got++; }

static pid_t disturb(void)
{
	pid_t parent = getpid(), pid = fork_child();

	if (pid == 0) {
		wait_asleep(parent);
		_exit(kill(parent, SIGUSR1));
	}
	return pid;
}

#define CHECK_EINTR(expr, name) do {							\
		pid_t pid_ = disturb();							\
		CHECK_ERR(expr, EINTR, "%s is EINTR even with SA_RESTART", name);	\
		wait_status(pid_);							\
	} while (0)

void contract_main(void)
{
	struct timespec ts = { 10, 0 };
	struct timeval tv = { 10, 0 };
	struct epoll_event ev;
	struct pollfd pfd;
	int fds[2], ep;
	fd_set set;
	sigset_t none;

	REQUIRE(pipe(fds) == 0);
	ep = REQUIRE_OK(epoll_create1(0));
	on_signal(SIGUSR1, handler, SA_RESTART);
	sigemptyset(&none);
	pfd = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	CHECK_EINTR(poll(&pfd, 1, 10000), "poll with a time");
	CHECK_EINTR(poll(&pfd, 1, -1), "poll without a time");
	CHECK_EINTR(ppoll(&pfd, 1, &ts, &none), "ppoll");
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	CHECK_EINTR(select(fds[0] + 1, &set, NULL, NULL, &tv), "select");
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	CHECK_EINTR(pselect(fds[0] + 1, &set, NULL, NULL, &ts, &none), "pselect");
	CHECK_EINTR(epoll_wait(ep, &ev, 1, 10000), "epoll_wait");
	CHECK_EINTR(nanosleep(&ts, NULL), "nanosleep");
	CHECK_EINTR(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &ts, NULL), "clock_nanosleep");
	CHECK_EINTR(pause(), "pause");
	CHECK_EINTR(sigsuspend(&none), "sigsuspend");
	CHECK_INT(got, 10, "the handler ran each time");
}
