/* SPDX-License-Identifier: MIT */
/*
 * 1,000 threads at once, each with its stack and thread-local storage; all meet at a barrier and
 * end.
 */
#include "lib/contract.h"

#include <pthread.h>

#define THREADS 1000

static pthread_barrier_t barrier;
static __thread int mine;
static int total, serial;

static void *thread(void *arg)
{
	volatile char stack[16384];
	int r;

	mine = (int)(intptr_t)arg;
	memset((void *)stack, mine, sizeof(stack));
	r = pthread_barrier_wait(&barrier);
	if (r == PTHREAD_BARRIER_SERIAL_THREAD)
		__atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
	if (mine == (int)(intptr_t)arg && stack[9999] == (char)mine)
		__atomic_add_fetch(&total, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

void contract_main(void)
{
	static pthread_t t[THREADS];
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 131072);
	REQUIRE(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
	for (int i = 0; i < THREADS; i++)
		REQUIRE(pthread_create(&t[i], &attr, thread, (void *)(intptr_t)i) == 0);
	for (int i = 0; i < THREADS; i++)
		REQUIRE(pthread_join(t[i], NULL) == 0);
	CHECK_INT(total, THREADS, "each thread kept its storage and stack");
	CHECK_INT(serial, 1, "one of them was the serial one");
}
