/* SPDX-License-Identifier: MIT */
/*
 * pthread_create and join: own ids, the process's pid, shared memory and descriptors, results;
 * 200 in a row.
 */
#include "lib/contract.h"

#include <pthread.h>

static int shared;
static int opened = -1;

static void *thread(void *arg)
{
	pid_t *ids = arg;

	ids[0] = getpid();
	ids[1] = (pid_t)syscall(SYS_gettid);
	ids[2] = getppid();
	__atomic_add_fetch(&shared, 1, __ATOMIC_SEQ_CST);
	opened = dup(1);
	return (void *)(intptr_t)(ids[1] * 3);
}

static void *quick(void *arg)
{
	__atomic_add_fetch(&shared, 1, __ATOMIC_SEQ_CST);
	return arg;
}

void contract_main(void)
{
	pid_t ids[2][3];
	pthread_t t[2];
	void *result;
	int wrong = 0;

	for (int i = 0; i < 2; i++)
		REQUIRE(pthread_create(&t[i], NULL, thread, ids[i]) == 0);
	for (int i = 0; i < 2; i++) {
		REQUIRE(pthread_join(t[i], &result) == 0);
		CHECK_INT((intptr_t)result, ids[i][1] * 3, "the result arrives");
		CHECK_INT(ids[i][0], getpid(), "the pid is the process's");
		CHECK_INT(ids[i][2], getppid(), "the ppid too");
		CHECK(ids[i][1] != getpid(), "the tid is its own");
	}
	CHECK(ids[0][1] != ids[1][1], "two threads have two tids");
	CHECK_INT(shared, 2, "memory is shared");
	CHECK_INT(fcntl(opened, F_GETFD), 0, "descriptors are shared");
	for (int i = 0; i < 200; i++) {
		REQUIRE(pthread_create(&t[0], NULL, quick, (void *)(intptr_t)i) == 0);
		REQUIRE(pthread_join(t[0], &result) == 0);
		wrong += (intptr_t)result != i;
	}
	CHECK(wrong == 0 && shared == 202, "200 threads one after another");
}
