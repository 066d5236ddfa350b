/* SPDX-License-Identifier: MIT */
/* RLIMIT_SIGPENDING: sigqueue gives EAGAIN when it is reached; kill does not fail; delivery makes room. */
#include "lib/contract.h"

#include <sys/resource.h>

#define LIMIT 8

static volatile int count;

static void counts(int sig)
{
	count++;
}

static int queues(void *arg)
{
	struct rlimit limit = { LIMIT, LIMIT };
	union sigval value = { .sival_int = 1 };
	sigset_t set;
	int queued = 0;

	if (geteuid() == 0 && setresuid(54321, 54321, 54321))	/* a user with nothing else pending */
		return 1;
	REQUIRE(setrlimit(RLIMIT_SIGPENDING, &limit) == 0);
	on_signal(SIGRTMIN, counts, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (queued < 2 * LIMIT && sigqueue(getpid(), SIGRTMIN, value) == 0)
		queued++;
	CHECK_INT(errno, EAGAIN, "the queue ends with EAGAIN");
	CHECK_INT(queued, LIMIT, "when the limit is reached");
	CHECK_INT(kill(getpid(), SIGUSR2), 0, "kill does not need the queue");
	return 0;
}

static int delivers(void *arg)
{
	sigset_t set;

	on_signal(SIGUSR2, SIG_IGN, 0);
	if (queues(NULL))
		return 1;
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	CHECK_INT(count, LIMIT, "each is delivered");
	CHECK_INT(sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }), 0, "then there is room");
	return 0;
}

void contract_main(void)
{
	CHECK_EXIT(delivers, NULL, 0, "the queueing child ends well");
}
