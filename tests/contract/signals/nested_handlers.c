/* SPDX-License-Identifier: MIT */
/*
 * Handlers nest: another signal interrupts a handler, its own does not (without SA_NODEFER);
 * all return right.
 */
#include "lib/contract.h"

static volatile int depth, max_depth, runs_usr1, runs_usr2, during_usr1;

static void on_usr2(int sig)
{
	runs_usr2++;
	if (++depth > max_depth)
		max_depth = depth;
	depth--;
}

static void on_usr1(int sig)
{
	volatile int local = runs_usr1 * 10 + 1;

	if (++depth > max_depth)
		max_depth = depth;
	runs_usr1++;
	if (runs_usr1 == 1)
		raise(SIGUSR1);		/* deferred until this handler returns */
	during_usr1 = runs_usr1;
	raise(SIGUSR2);
	REQUIRE(local == (during_usr1 - 1) * 10 + 1);
	depth--;
}

static volatile int nodefer_depth, nodefer_max;

static void on_nodefer(int sig)
{
	volatile int mine = ++nodefer_depth;

	if (mine > nodefer_max)
		nodefer_max = mine;
	if (mine < 20)
		raise(SIGUSR1);
	REQUIRE(mine == nodefer_depth);
	nodefer_depth--;
}

void contract_main(void)
{
	struct sigaction sa = { .sa_handler = on_usr1 };

	on_signal(SIGUSR1, on_usr1, 0);
	on_signal(SIGUSR2, on_usr2, 0);
	raise(SIGUSR1);
	CHECK_INT(runs_usr1, 2, "the handler runs again after it returned");
	CHECK_INT(runs_usr2, 2, "the other signal's ran inside each");
	CHECK_INT(max_depth, 2, "two handlers deep");
	CHECK_INT(depth, 0, "all returned");
	on_signal(SIGUSR1, on_nodefer, SA_NODEFER);
	raise(SIGUSR1);
	CHECK_INT(nodefer_max, 20, "SA_NODEFER: 20 deep in itself");
	CHECK_INT(nodefer_depth, 0, "all returned");
	sigaddset(&sa.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &sa, NULL);
	runs_usr1 = 1, runs_usr2 = max_depth = 0;
	raise(SIGUSR1);
	CHECK_INT(runs_usr2, 1, "a signal in sa_mask comes when the handler has returned");
	CHECK_INT(max_depth, 1, "not inside it");
}
