/* SPDX-License-Identifier: MIT */
/*
 * A call that waits keeps its file when another thread closes the descriptor: what is written reaches it, and a poll
 * goes on (lesson 7).
 */
#include "lib/contract.h"

#include <poll.h>
#include <pthread.h>

static int ends[2];
static char text[8];
static volatile pid_t waiter;

static void *read_one(void *arg)
{
	waiter = (pid_t)syscall(SYS_gettid);
	return (void *)(intptr_t)read(ends[0], text, sizeof(text));
}

static void *poll_one(void *arg)
{
	struct pollfd p = { .fd = ends[0], .events = POLLIN };

	waiter = (pid_t)syscall(SYS_gettid);
	return (void *)(intptr_t)(poll(&p, 1, 2000 * contract_slow()) == 1 ? p.revents : -1);
}

static void start(pthread_t *thread, void *(*fn)(void *))
{
	waiter = 0;
	REQUIRE(pipe(ends) == 0);
	REQUIRE(pthread_create(thread, NULL, fn, NULL) == 0);
	REQUIRE(EVENTUALLY(waiter && thread_state(getpid(), waiter) == 'S', 5000));
}

void contract_main(void)
{
	pthread_t thread;
	void *result;

	signal(SIGPIPE, SIG_IGN);
	start(&thread, read_one);
	CHECK_INT(close(ends[0]), 0, "the read end is closed under a read");
	CHECK_INT(write(ends[1], "abc", 3), 3, "which still takes what is written");
	REQUIRE(pthread_join(thread, &result) == 0);
	CHECK_INT((intptr_t)result, 3, "and returns it");
	CHECK(memcmp(text, "abc", 3) == 0, "as it was");
	CHECK_ERR(write(ends[1], "abc", 3), EPIPE, "then the pipe has no reader");
	close(ends[1]);

	start(&thread, poll_one);
	CHECK_INT(close(ends[0]), 0, "the read end is closed under a poll");
	CHECK_INT(write(ends[1], "abc", 3), 3, "which keeps it open");
	REQUIRE(pthread_join(thread, &result) == 0);
	CHECK_ERR(write(ends[1], "abc", 3), EPIPE, "as long as it lasts");
}
