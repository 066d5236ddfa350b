/* SPDX-License-Identifier: MIT */
/* tgkill reaches one thread; kill reaches any that does not block; a fatal signal ends all. */
#include "lib/contract.h"

#include <pthread.h>

static volatile int handler_tid, tids[2], stop;

static void handler(int sig) { handler_tid = (int)syscall(SYS_gettid); }

static void *thread(void *arg)
{
	tids[(intptr_t)arg] = (int)syscall(SYS_gettid);
	while (!stop)
		sleep_ms(1);
	return NULL;
}

static int fatal(void *arg)
{
	pthread_t t;

	REQUIRE(pthread_create(&t, NULL, thread, NULL) == 0);
	REQUIRE(EVENTUALLY(tids[0], 5000));
	syscall(SYS_tgkill, getpid(), tids[0], SIGUSR2);
	sleep_ms(5000);
	return 1;
}

void contract_main(void)
{
	sigset_t set;
	pthread_t t[2];

	CHECK_SIGNALLED(fatal, NULL, SIGUSR2, "a fatal signal to one thread ends the process");
	on_signal(SIGUSR1, handler, 0);
	for (int i = 0; i < 2; i++)
		REQUIRE(pthread_create(&t[i], NULL, thread, (void *)(intptr_t)i) == 0);
	REQUIRE(EVENTUALLY(tids[0] && tids[1], 5000));
	for (int i = 0; i < 2; i++) {
		CHECK_INT(syscall(SYS_tgkill, getpid(), tids[i], SIGUSR1), 0, "tgkill to thread %d",
			  i);
		CHECK(EVENTUALLY(handler_tid == tids[i], 3000), "runs the handler there");
	}
	handler_tid = 0;
	kill(getpid(), SIGUSR1);
	CHECK_INT(handler_tid, getpid(), "kill prefers the first thread");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	handler_tid = 0;
	kill(getpid(), SIGUSR1);
	CHECK(EVENTUALLY(handler_tid == tids[0] || handler_tid == tids[1], 3000),
	      "when it blocks, a thread that does not gets it");
	CHECK_ERR(syscall(SYS_tgkill, getppid(), tids[0], SIGUSR1), ESRCH,
		  "a wrong group is ESRCH");
	stop = 1;
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	/* pthread_join returns a little before the thread is gone. */
	CHECK(EVENTUALLY(syscall(SYS_tgkill, getpid(), tids[0], SIGUSR1) == -1 && errno == ESRCH,
			 3000), "an ended thread is ESRCH");
}
