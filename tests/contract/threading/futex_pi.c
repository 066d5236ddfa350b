/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_LOCK_PI, TRYLOCK_PI, UNLOCK_PI: the word's content, hand-over to a waiter, timeouts on both clocks, errors;
 * an owner that ends hands over with FUTEX_OWNER_DIED.
 */
#include "lib/contract.h"

#include <linux/futex.h>
#include <pthread.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

static volatile uint32_t *word;
static volatile int got;

static long op(int cmd, struct timespec *t)
{
	return syscall(SYS_futex, word, cmd, 0, t, NULL, 0);
}

static uint32_t tid(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

static struct timespec in_ms(int clock, int ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ms * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000, t.tv_nsec %= 1000000000;
	return t;
}

static void *locks(void *arg)
{
	long result = op(FUTEX_LOCK_PI, NULL);

	got = result ? -errno : 1;
	CHECK_INT(*word & FUTEX_TID_MASK, tid(), "the word names the one who got it");
	CHECK_INT(op(FUTEX_UNLOCK_PI, NULL), 0, "which unlocks it");
	return NULL;
}

static void *ends_as_owner(void *arg)
{
	*word = tid();
	while (!(*word & FUTEX_WAITERS))
		sleep_ms(1);
	sleep_ms(20);
	return NULL;
}

static void errors(void)
{
	struct timespec t = in_ms(CLOCK_REALTIME, 20), bad = { 0, 1000000000 };

	*word = 0;
	CHECK_ERR(op(FUTEX_UNLOCK_PI, NULL), EPERM, "unlocking a free lock is EPERM");
	CHECK_INT(op(FUTEX_LOCK_PI, NULL), 0, "LOCK_PI");
	CHECK_INT(*word, tid(), "puts the thread's number in");
	CHECK_ERR(op(FUTEX_LOCK_PI, NULL), EDEADLK, "locking twice is EDEADLK");
	CHECK_ERR(op(FUTEX_TRYLOCK_PI, NULL), EDEADLK, "trying too");
	CHECK_INT(op(FUTEX_UNLOCK_PI, NULL), 0, "UNLOCK_PI");
	CHECK_INT(*word, 0, "clears the word");
	CHECK_INT(op(FUTEX_TRYLOCK_PI, NULL), 0, "TRYLOCK_PI of a free lock");
	CHECK_INT(op(FUTEX_UNLOCK_PI, NULL), 0, "and unlocked");
	*word = 0x3ffffffe;
	CHECK_ERR(op(FUTEX_LOCK_PI, NULL), ESRCH, "an owner that is nobody is ESRCH");
	*word = (uint32_t)getppid();
	CHECK_ERR(op(FUTEX_TRYLOCK_PI, NULL), EAGAIN, "trying a lock that is owned is EAGAIN");
	*word = (uint32_t)getppid();
	CHECK_ERR(op(FUTEX_LOCK_PI, &t), ETIMEDOUT, "a deadline on CLOCK_REALTIME");
	CHECK(*word & FUTEX_WAITERS, "FUTEX_WAITERS stays");
	*word = (uint32_t)getppid();
	t = in_ms(CLOCK_MONOTONIC, 20);
	if (op(FUTEX_LOCK_PI2, &t) == -1 && errno == ENOSYS)
		skip("FUTEX_LOCK_PI2 is not known here");
	else
		CHECK_INT(errno, ETIMEDOUT, "LOCK_PI2: a deadline on CLOCK_MONOTONIC");
	CHECK_ERR(op(FUTEX_LOCK_PI, &bad), EINVAL, "a bad time is EINVAL");
	CHECK_ERR(op(FUTEX_UNLOCK_PI, NULL), EPERM, "unlocking another's lock is EPERM");
}

void contract_main(void)
{
	pthread_t t;

	word = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(word != MAP_FAILED);
	if (op(FUTEX_UNLOCK_PI, NULL) == -1 && errno == ENOSYS)
		skip_all("a Linux built without PI futexes");
	errors();
	*word = 0;
	REQUIRE(op(FUTEX_LOCK_PI, NULL) == 0);
	REQUIRE(pthread_create(&t, NULL, locks, NULL) == 0);
	CHECK(EVENTUALLY(*word & FUTEX_WAITERS, 2000), "a waiter sets FUTEX_WAITERS");
	CHECK_INT(*word & FUTEX_TID_MASK, tid(), "the owner stays");
	CHECK_INT(got, 0, "it waits");
	CHECK_INT(op(FUTEX_UNLOCK_PI, NULL), 0, "UNLOCK_PI hands over");
	pthread_join(t, NULL);
	CHECK_INT(got, 1, "the waiter got it");
	CHECK_INT(*word & FUTEX_TID_MASK, 0, "it is free at the end");
	*word = 0;
	REQUIRE(pthread_create(&t, NULL, ends_as_owner, NULL) == 0);
	REQUIRE(EVENTUALLY(*word, 2000));
	CHECK_INT(op(FUTEX_LOCK_PI, NULL), 0, "the owner ends: the waiter gets it");
	CHECK_INT(*word & (FUTEX_TID_MASK | FUTEX_OWNER_DIED), tid() | FUTEX_OWNER_DIED, "with FUTEX_OWNER_DIED");
	CHECK_INT(op(FUTEX_UNLOCK_PI, NULL), 0, "and unlocks it");
	pthread_join(t, NULL);
}
