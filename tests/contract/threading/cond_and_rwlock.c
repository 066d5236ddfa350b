/* SPDX-License-Identifier: MIT */
/* pthread condition variables with timeouts, broadcast; read-write locks; all between threads. */
#include "lib/contract.h"

#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER, back = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static int stage, waiting, woken, turn, readers, max_readers;

static void *waiter(void *arg)
{
	pthread_mutex_lock(&mutex);
	waiting++;
	while (stage == 0)
		pthread_cond_wait(&cond, &mutex);
	woken++;
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void *pong(void *arg)
{
	for (int i = 0; i < 500; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != 1)
			pthread_cond_wait(&cond, &mutex);
		turn = 0;
		pthread_cond_signal(&back);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *reader(void *arg)
{
	pthread_rwlock_rdlock(&rwlock);
	int now = __atomic_add_fetch(&readers, 1, __ATOMIC_SEQ_CST);

	if (now > max_readers)
		max_readers = now;
	for (int i = 0; i < 1000 && max_readers < 3; i++)
		sleep_ms(1);
	__atomic_sub_fetch(&readers, 1, __ATOMIC_SEQ_CST);
	pthread_rwlock_unlock(&rwlock);
	return NULL;
}

void contract_main(void)
{
	struct timespec ts;
	pthread_t t[4];
	int r;

	pthread_mutex_lock(&mutex);
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += 30000000;
	if (ts.tv_nsec >= 1000000000)
		ts.tv_sec++, ts.tv_nsec -= 1000000000;
	do {
		r = pthread_cond_timedwait(&cond, &mutex, &ts);
	} while (r == 0);
	CHECK_INT(r, ETIMEDOUT, "pthread_cond_timedwait times out");
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 4; i++)
		REQUIRE(pthread_create(&t[i], NULL, waiter, NULL) == 0);
	REQUIRE(EVENTUALLY(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) == 4, 5000));
	pthread_mutex_lock(&mutex);
	CHECK_INT(woken, 0, "four wait");
	stage = 1;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 4; i++)
		REQUIRE(pthread_join(t[i], NULL) == 0);
	CHECK_INT(woken, 4, "a broadcast wakes all");
	REQUIRE(pthread_create(&t[0], NULL, pong, NULL) == 0);
	for (int i = 0; i < 500; i++) {
		pthread_mutex_lock(&mutex);
		turn = 1;
		pthread_cond_signal(&cond);
		while (turn != 0)
			pthread_cond_wait(&back, &mutex);
		pthread_mutex_unlock(&mutex);
	}
	REQUIRE(pthread_join(t[0], NULL) == 0);
	CHECK(true, "500 turns between two threads");
	for (int i = 0; i < 3; i++)
		REQUIRE(pthread_create(&t[i], NULL, reader, NULL) == 0);
	for (int i = 0; i < 3; i++)
		REQUIRE(pthread_join(t[i], NULL) == 0);
	CHECK_INT(max_readers, 3, "three readers hold a read-write lock at once");
	CHECK_INT(pthread_rwlock_trywrlock(&rwlock), 0, "then a writer gets it");
	CHECK_INT(pthread_rwlock_tryrdlock(&rwlock), EBUSY, "alone");
}
