/* SPDX-License-Identifier: MIT */
/*
 * tgkill to the calling thread runs the handler before it returns, also in another thread than
 * the first.
 */
#include "lib/contract.h"

#include <pthread.h>

static volatile int handler_tid;

static void handler(int sig) { handler_tid = (int)syscall(SYS_gettid); }

static void *thread(void *arg)
{
	int tid = (int)syscall(SYS_gettid);

	CHECK_INT(syscall(SYS_tgkill, getpid(), tid, SIGUSR1), 0, "tgkill");
	CHECK_INT(handler_tid, tid, "the handler ran in the thread itself");
	CHECK_ERR(syscall(SYS_tgkill, tid, tid, SIGUSR1), ESRCH, "the tid as group is ESRCH");
	return NULL;
}

void contract_main(void)
{
	pthread_t t;

	on_signal(SIGUSR1, handler, 0);
	CHECK_INT(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1), 0,
		  "tgkill in the first thread");
	CHECK_INT(handler_tid, getpid(), "the handler ran in it");
	REQUIRE(pthread_create(&t, NULL, thread, NULL) == 0);
	REQUIRE(pthread_join(t, NULL) == 0);
}
