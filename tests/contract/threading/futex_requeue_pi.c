/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAIT_REQUEUE_PI and CMP_REQUEUE_PI: a waiter on a condition wakes as owner of the lock, or waits for it;
 * timeouts before it was moved; refusals.
 */
#include "lib/contract.h"

#include <linux/futex.h>
#include <pthread.h>

static volatile uint32_t cond = 1, lock;
static volatile int owners;

static long requeue(int wake, long moved, uint32_t value)
{
	return syscall(SYS_futex, &cond, FUTEX_CMP_REQUEUE_PI, wake, moved, &lock, value);
}

static long wait_requeue(struct timespec *t)
{
	return syscall(SYS_futex, &cond, FUTEX_WAIT_REQUEUE_PI, cond, t, &lock, 0);
}

static long op(int cmd)
{
	return syscall(SYS_futex, &lock, cmd, 0, NULL, NULL, 0);
}

static volatile int tids[3];

static void *waits(void *arg)
{
	int i = (int)(intptr_t)arg;

	tids[i] = (int)syscall(SYS_gettid);
	if (wait_requeue(NULL) == 0) {
		CHECK_INT(lock & FUTEX_TID_MASK, syscall(SYS_gettid), "it wakes as the owner");
		__atomic_fetch_add(&owners, 1, __ATOMIC_SEQ_CST);
		op(FUTEX_UNLOCK_PI);
	}
	return NULL;
}

static void start(pthread_t *t, int n)
{
	for (int i = 0; i < n; i++) {
		tids[i] = 0;
		REQUIRE(pthread_create(&t[i], NULL, waits, (void *)(intptr_t)i) == 0);
		REQUIRE(EVENTUALLY(tids[i] && thread_state(getpid(), tids[i]) == 'S', 2000));
	}
}

static struct timespec soon(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += 20000000;
	t.tv_sec += t.tv_nsec / 1000000000, t.tv_nsec %= 1000000000;
	return t;
}

void contract_main(void)
{
	struct timespec t = soon();
	pthread_t threads[3];

	if (op(FUTEX_UNLOCK_PI) == -1 && errno == ENOSYS)
		skip_all("a Linux built without PI futexes");
	CHECK_ERR(wait_requeue(&t), ETIMEDOUT, "a deadline before it was moved");
	cond = 2;
	CHECK_ERR(syscall(SYS_futex, &cond, FUTEX_WAIT_REQUEUE_PI, 1, NULL, &lock, 0), EAGAIN,
		  "another value is EAGAIN");
	CHECK_ERR(syscall(SYS_futex, &cond, FUTEX_WAIT_REQUEUE_PI, 2, NULL, &cond, 0), EINVAL,
		  "one word for both is EINVAL");
	CHECK_ERR(requeue(1, 1, 1), EAGAIN, "CMP_REQUEUE_PI with another value is EAGAIN");
	CHECK_ERR(requeue(2, 1, 2), EINVAL, "waking more than one is EINVAL");
	CHECK_INT(requeue(1, 1, 2), 0, "of nobody is 0");
	start(threads, 1);
	CHECK_ERR(syscall(SYS_futex, &cond, FUTEX_WAKE, 1, NULL, NULL, 0), EINVAL,
		  "FUTEX_WAKE of such a waiter is EINVAL");
	CHECK_INT(requeue(1, 0, 2), 1, "the lock is free: one is woken");
	pthread_join(threads[0], NULL);
	CHECK_INT(owners, 1, "and owned it");
	start(threads, 3);
	REQUIRE(op(FUTEX_LOCK_PI) == 0);
	CHECK_INT(requeue(1, 10, 2), 3, "the lock is owned: all three are moved");
	CHECK_INT(owners, 1, "and wait");
	CHECK(lock & FUTEX_WAITERS, "the word says so");
	REQUIRE(op(FUTEX_UNLOCK_PI) == 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(owners, 4, "each owned it in turn");
}
