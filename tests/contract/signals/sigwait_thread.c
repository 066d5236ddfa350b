/* SPDX-License-Identifier: MIT */
/* sigwait in one thread takes a signal that another sends to the process, which all threads block. */
#include "lib/contract.h"

#include <pthread.h>

static volatile int waiting;

static void *kills_later(void *arg)
{
	while (!waiting)
		sleep_ms(1);
	sleep_ms(50);
	kill(getpid(), SIGUSR1);
	return NULL;
}

void contract_main(void)
{
	pthread_t t;
	sigset_t set;
	int sig = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	REQUIRE(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	REQUIRE(pthread_create(&t, NULL, kills_later, NULL) == 0);
	waiting = 1;
	CHECK_INT(sigwait(&set, &sig), 0, "sigwait returns");
	CHECK_INT(sig, SIGUSR1, "the signal");
	CHECK_INT(pthread_join(t, NULL), 0, "the other thread ends");
}
