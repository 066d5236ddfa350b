/* SPDX-License-Identifier: MIT */
/*
 * Four threads add to a counter under a mutex: the sum is exact; a process-shared mutex between
 * processes too.
 */
#include "lib/contract.h"

#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static struct shared {
	pthread_mutex_t mutex;
	long counter;
} *shm;

static void *adder(void *arg)
{
	for (int i = 0; i < 20000; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

void contract_main(void)
{
	pthread_mutexattr_t attr;
	pthread_t t[4];
	pid_t pid[3];

	for (int i = 0; i < 4; i++)
		REQUIRE(pthread_create(&t[i], NULL, adder, NULL) == 0);
	for (int i = 0; i < 4; i++)
		REQUIRE(pthread_join(t[i], NULL) == 0);
	CHECK_INT(counter, 80000, "four threads add 20000 each");
	shm = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shm != MAP_FAILED);
	pthread_mutexattr_init(&attr);
	REQUIRE(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) == 0);
	REQUIRE(pthread_mutex_init(&shm->mutex, &attr) == 0);
	for (int i = 0; i < 3; i++) {
		pid[i] = fork_child();
		if (pid[i])
			continue;
		for (int j = 0; j < 5000; j++) {
			pthread_mutex_lock(&shm->mutex);
			shm->counter++;
			if (j % 100 == 0)
				sched_yield();
			pthread_mutex_unlock(&shm->mutex);
		}
		_exit(0);
	}
	for (int i = 0; i < 3; i++)
		REQUIRE(wait_status(pid[i]) == 0);
	CHECK_INT(shm->counter, 15000, "three processes add 5000 each");
}
