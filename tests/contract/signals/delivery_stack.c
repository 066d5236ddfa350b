/* SPDX-License-Identifier: MIT */
/*
 * Several deliverable signals at once without masks: frames stack up, the highest number runs
 * first.
 */
#include "lib/contract.h"

static volatile int order[8], count;

static void record(int sig)
{
	if (count < 8)
		order[count] = sig;
	count++;
}

void contract_main(void)
{
	sigset_t set, old;

	on_signal(SIGUSR1, record, 0);
	on_signal(SIGUSR2, record, 0);
	on_signal(SIGTERM, record, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR2);
	kill(getpid(), SIGTERM);
	sigprocmask(SIG_SETMASK, &old, NULL);
	CHECK_INT(count, 3, "all three are delivered by one return to user mode");
	CHECK(order[0] == SIGTERM && order[1] == SIGUSR2 && order[2] == SIGUSR1,
	      "the last frame pushed runs first: %d %d %d", order[0], order[1], order[2]);
}
