/* SPDX-License-Identifier: MIT */
/*
 * SA_RESETHAND: the action is the default from the handler's start on; without SA_NODEFER it
 * still defers.
 */
#include "lib/contract.h"

static volatile int got, was_default;

static void handler(int sig)
{
	struct sigaction sa;

	got++;
	sigaction(sig, NULL, &sa);
	was_default = sa.sa_handler == SIG_DFL;
}

static int twice(void *arg)
{
	on_signal(SIGUSR1, handler, (int)SA_RESETHAND);
	raise(SIGUSR1);
	raise(SIGUSR1);
	return 0;
}

static void raising(int sig)
{
	raise(sig);
	got = 10;
}

static int deferred(void *arg)
{
	on_signal(SIGUSR1, raising, (int)SA_RESETHAND);
	raise(SIGUSR1);
	return got;
}

static int not_deferred(void *arg)
{
	on_signal(SIGUSR1, raising, (int)(SA_RESETHAND | SA_NODEFER));
	raise(SIGUSR1);
	return got;
}

void contract_main(void)
{
	on_signal(SIGUSR1, handler, (int)SA_RESETHAND);
	raise(SIGUSR1);
	CHECK_INT(got, 1, "the handler runs once");
	CHECK_INT(was_default, 1, "inside it the action is the default already");
	CHECK_SIGNALLED(twice, NULL, SIGUSR1, "the second signal ends the process");
	CHECK_SIGNALLED(deferred, NULL, SIGUSR1, "one raised inside ends it after the handler");
	CHECK_SIGNALLED(not_deferred, NULL, SIGUSR1, "with SA_NODEFER inside it");
}
