/* SPDX-License-Identifier: MIT */
/*
 * Sets that watch sets: an event goes up the chain, loops and chains of more than five are ELOOP however they are
 * built. epoll_ctl(2).
 */
#include "lib/contract.h"

#include <sys/epoll.h>

#define DEPTH 5

static int watch(int ep, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

static void chain(int *sets, int count)
{
	for (int i = 0; i < count; i++) {
		sets[i] = REQUIRE_OK(epoll_create1(0));
		if (i)
			REQUIRE(watch(sets[i], sets[i - 1]) == 0);
	}
}

static void upwards(void)
{
	struct epoll_event got;
	int sets[DEPTH], fds[2], more = REQUIRE_OK(epoll_create1(0));

	chain(sets, DEPTH);
	REQUIRE(pipe(fds) == 0);
	CHECK_INT(watch(sets[0], fds[0]), 0, "the innermost of five watches a pipe");
	CHECK_INT(epoll_wait(sets[DEPTH - 1], &got, 1, 0), 0, "nothing yet");
	REQUIRE(write(fds[1], "x", 1) == 1);
	for (int i = DEPTH - 1; i > 0; i--) {
		CHECK_INT(epoll_wait(sets[i], &got, 1, 1000), 1, "set %d has an event", i);
		CHECK_INT(got.data.fd, sets[i - 1], "from the one inside it");
	}
	CHECK_ERR(watch(more, sets[DEPTH - 1]), ELOOP, "a sixth around them is ELOOP");
	CHECK_INT(epoll_ctl(sets[3], EPOLL_CTL_DEL, sets[2], NULL), 0, "cut in two");
	CHECK_INT(watch(more, sets[DEPTH - 1]), 0, "there is room for it");
	CHECK_ERR(watch(sets[3], sets[2]), ELOOP, "the halves do not fit together any more");
	for (int i = 0; i < DEPTH; i++)
		close(sets[i]);
	close(more);
}

static void inwards(void)
{
	int sets[DEPTH + 1];

	for (int i = 0; i <= DEPTH; i++)
		sets[i] = REQUIRE_OK(epoll_create1(0));
	for (int i = 1; i < DEPTH; i++)
		CHECK_INT(watch(sets[i - 1], sets[i]), 0, "set %d inside set %d", i, i - 1);
	CHECK_ERR(watch(sets[DEPTH - 1], sets[DEPTH]), ELOOP, "a sixth inside them is ELOOP");
	CHECK_ERR(watch(sets[DEPTH - 1], sets[0]), ELOOP, "the first inside the last is ELOOP");
	CHECK_ERR(watch(sets[1], sets[0]), ELOOP, "a loop of two is ELOOP");
	CHECK_INT(watch(sets[0], sets[DEPTH]), 0, "beside them there is room");
}

void contract_main(void)
{
	upwards();
	inwards();
}
