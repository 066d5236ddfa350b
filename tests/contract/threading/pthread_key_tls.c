/* SPDX-License-Identifier: MIT */
/* Thread-specific keys and __thread variables are each thread's own; destructors run at its end. */
#include "lib/contract.h"

#include <pthread.h>

static pthread_key_t key;
static __thread int tls = 7;
static __thread char tls_zero[64];
static int destroyed;

static void destructor(void *value)
{
	__atomic_add_fetch(&destroyed, (int)(intptr_t)value, __ATOMIC_SEQ_CST);
}

static void *thread(void *arg)
{
	if (tls != 7 || tls_zero[63] != 0 || pthread_getspecific(key) != NULL)
		return (void *)1;
	tls = (int)(intptr_t)arg;
	tls_zero[63] = 1;
	pthread_setspecific(key, arg);
	for (int i = 0; i < 20; i++) {
		sleep_ms(1);
		if (tls != (int)(intptr_t)arg || pthread_getspecific(key) != arg)
			return (void *)2;
	}
	return NULL;
}

static int child_sees(void *arg)
{
	return tls == 99 && pthread_getspecific(key) == (void *)1234 ? 0 : 1;
}

void contract_main(void)
{
	pthread_t t[4];
	void *result;

	REQUIRE(pthread_key_create(&key, destructor) == 0);
	for (int i = 0; i < 4; i++)
		REQUIRE(pthread_create(&t[i], NULL, thread, (void *)(intptr_t)(10 + i)) == 0);
	for (int i = 0; i < 4; i++) {
		REQUIRE(pthread_join(t[i], &result) == 0);
		CHECK(result == NULL, "thread %d kept its own values", i);
	}
	CHECK_INT(destroyed, 10 + 11 + 12 + 13, "each destructor ran with its value");
	CHECK_INT(tls, 7, "the first thread's variable is untouched");
	tls = 99;
	pthread_setspecific(key, (void *)1234);
	CHECK_EXIT(child_sees, NULL, 0,
		   "a forked child has the forking thread's storage (lesson 33)");
}
