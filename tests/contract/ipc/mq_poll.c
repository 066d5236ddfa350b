/* SPDX-License-Identifier: MIT */
/* A message queue's descriptor is an open file: poll, select, epoll, dup, fork, fstat, /proc. */
#include "lib/contract.h"

#include <mqueue.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#define NAME "/contract_mq_poll"

static mqd_t q;
static char buf[16];

static short events(void)
{
	struct pollfd p = { .fd = q, .events = POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM };

	REQUIRE(poll(&p, 1, 0) >= 0);
	return p.revents;
}

static int wake_by(void (*what)(void), short wanted)
{
	struct pollfd p = { .fd = q, .events = wanted };
	pid_t pid = fork_child();

	if (!pid)
		_exit(poll(&p, 1, 10000 * contract_slow()) == 1 && p.revents == wanted ? 0 : 1);
	wait_asleep(pid);
	what();
	return wait_status(pid);
}

static void send_one(void)
{
	REQUIRE(mq_send(q, "m", 1, 0) == 0);
}

static void receive_one(void)
{
	REQUIRE(mq_receive(q, buf, 16, NULL) == 1);
}

static void with_epoll(void)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET, .data.u64 = 5 };
	int ep = REQUIRE_OK(epoll_create1(0));

	CHECK_INT(epoll_ctl(ep, EPOLL_CTL_ADD, q, &ev), 0, "epoll takes it");
	CHECK_INT(epoll_wait(ep, &ev, 1, 0), 0, "nothing yet");
	send_one();
	CHECK_INT(epoll_wait(ep, &ev, 1, 0), 1, "a message");
	CHECK_INT(epoll_wait(ep, &ev, 1, 0), 0, "told once: EPOLLET");
	send_one();
	CHECK_INT(epoll_wait(ep, &ev, 1, 0), 1, "another");
	receive_one();
	receive_one();
	close(ep);
}

void contract_main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = 16 };
	char path[64], target[64] = "";
	struct timeval none = { 0, 0 };
	fd_set in;
	int other;

	mq_unlink(NAME);
	q = REQUIRE_OK(mq_open(NAME, O_CREAT | O_RDWR, 0600, &attr));
	CHECK_INT(events(), POLLOUT | POLLWRNORM, "empty: room");
	send_one();
	CHECK_INT(events(), POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM, "one of two: both");
	send_one();
	CHECK_INT(events(), POLLIN | POLLRDNORM, "full: messages");
	CHECK_INT(wake_by(receive_one, POLLOUT), 0, "room wakes");
	receive_one();
	CHECK_INT(wake_by(send_one, POLLIN), 0, "a message wakes");
	FD_ZERO(&in);
	FD_SET(q, &in);
	CHECK_INT(select(q + 1, &in, NULL, NULL, &none), 1, "select");
	receive_one();
	with_epoll();

	other = REQUIRE_OK(dup(q));
	CHECK_INT(mq_send(other, "d", 1, 0), 0, "a copy of the descriptor");
	CHECK_INT(fcntl(other, F_GETFD), 0, "which exec keeps");
	receive_one();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", q);
	CHECK_INT(readlink(path, target, sizeof(target) - 1), (ssize_t)strlen(NAME), "its name in /proc");
	CHECK_STR(target, NAME, "is the queue's");
	CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, q, 0) == MAP_FAILED ? -1 : 0, ENODEV, "not to be mapped");
	mq_unlink(NAME);
}
