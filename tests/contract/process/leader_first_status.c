/* SPDX-License-Identifier: MIT */
/* A process whose first thread ended by exit(2) before the others has the status of the thread that ended last. */
#include "lib/contract.h"

#include <pthread.h>

static void *ends_last(void *arg)
{
	sleep_ms(30);
	syscall(SYS_exit, 9);
	return NULL;
}

static int leader_first(void *arg)
{
	pthread_t thread;

	REQUIRE(pthread_create(&thread, NULL, ends_last, NULL) == 0);
	syscall(SYS_exit, 4);
	return 1;
}

void contract_main(void)
{
	CHECK_EXIT(leader_first, NULL, 9, "the last thread's status counts");
}
