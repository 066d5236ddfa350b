/* SPDX-License-Identifier: MIT */
/*
 * A blocked standard signal sent many times is delivered once; lower numbers are delivered
 * first.
 */
#include "lib/contract.h"

static volatile int order[16], count;

static void record(int sig)
{
	if (count < 16)
		order[count] = sig;
	count++;
}

void contract_main(void)
{
	static const int sent[] = { SIGUSR2, SIGUSR1, SIGTERM, SIGHUP, SIGUSR1, SIGUSR1, SIGUSR2 };
	static const int want[] = { SIGTERM, SIGUSR2, SIGUSR1, SIGHUP };
	struct sigaction sa = { .sa_handler = record };
	sigset_t all, old, pending;

	sigfillset(&sa.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		sigaction(want[i], &sa, NULL);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	for (size_t i = 0; i < ARRAY_SIZE(sent); i++)
		REQUIRE(kill(getpid(), sent[i]) == 0);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGUSR1) && sigismember(&pending, SIGHUP), "they are pending");
	CHECK_INT(count, 0, "and none is delivered");
	sigprocmask(SIG_SETMASK, &old, NULL);
	CHECK_INT(count, 4, "each is delivered once");
	/* With full masks in the handlers, the lowest number is taken first and runs first. */
	CHECK(order[0] == SIGHUP && order[1] == SIGUSR1 && order[2] == SIGUSR2 && order[3] == SIGTERM,
	      "the lowest number first: %d %d %d %d", order[0], order[1], order[2], order[3]);
	sigpending(&pending);
	CHECK(!sigismember(&pending, SIGUSR1), "nothing is pending any more");
}
