/* SPDX-License-Identifier: MIT */
/*
 * Priority inheritance: the owner runs at the priority of the highest waiter, so does the owner of what it waits for;
 * unlocking ends it; the highest waiter gets the lock first; sched_getparam shows the own priority.
 */
#include "lib/contract.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>

static volatile uint32_t lock_a, lock_b;
static volatile int release_b, order, low_place, high_place, tid_b;

static long op(volatile uint32_t *word, int cmd)
{
	return syscall(SYS_futex, word, cmd, 0, NULL, NULL, 0);
}

/* Field 18 of /proc/PID/task/TID/stat: -1 - priority for real-time threads, 20 + nice else. */
static int priority_of(int tid)
{
	char path[64], text[1024], *at;
	int value = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	if (read_file(path, text, sizeof(text)) <= 0)
		return 1000;
	at = strrchr(text, ')');
	for (int field = 2; at && field < 18; field++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, "%d", &value) == 1 ? value : 1000;
}

static void realtime(int prio)
{
	struct sched_param p = { .sched_priority = prio };

	REQUIRE(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p) == 0);
}

/* Owns b, and waits for a, which the main thread owns. */
static void *middle(void *arg)
{
	tid_b = (int)syscall(SYS_gettid);
	op(&lock_b, FUTEX_LOCK_PI);
	op(&lock_a, FUTEX_LOCK_PI);
	op(&lock_a, FUTEX_UNLOCK_PI);
	while (!release_b)
		sleep_ms(1);
	op(&lock_b, FUTEX_UNLOCK_PI);
	return NULL;
}

static void *waiter(void *arg)
{
	int prio = (int)(intptr_t)arg;

	realtime(prio);
	op(&lock_b, FUTEX_LOCK_PI);
	*(prio == 30 ? &high_place : &low_place) = ++order;
	op(&lock_b, FUTEX_UNLOCK_PI);
	return NULL;
}

void contract_main(void)
{
	int me = (int)syscall(SYS_gettid);
	struct sched_param p = { .sched_priority = 1 };
	pthread_t m, low, high;

	if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p))
		skip_all("real-time policies need privilege");
	p.sched_priority = 0;
	REQUIRE(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &p) == 0);
	REQUIRE(op(&lock_a, FUTEX_LOCK_PI) == 0);
	REQUIRE(pthread_create(&m, NULL, middle, NULL) == 0);
	REQUIRE(EVENTUALLY(lock_a & FUTEX_WAITERS, 2000));
	CHECK_INT(priority_of(me), 20, "a waiter that is not real-time does not boost");
	REQUIRE(pthread_create(&low, NULL, waiter, (void *)10) == 0);
	CHECK(EVENTUALLY(priority_of(tid_b) == -11, 2000), "the owner runs at the waiter's priority");
	CHECK(EVENTUALLY(priority_of(me) == -11, 2000), "so does the one it waits for itself");
	REQUIRE(pthread_create(&high, NULL, waiter, (void *)30) == 0);
	CHECK(EVENTUALLY(priority_of(me) == -31, 2000), "a higher waiter counts");
	CHECK_INT(priority_of(tid_b), -31, "along the chain");
	CHECK_INT(syscall(SYS_sched_getscheduler, 0), SCHED_OTHER, "the policy shown is its own");
	REQUIRE(op(&lock_a, FUTEX_UNLOCK_PI) == 0);
	CHECK_INT(priority_of(me), 20, "unlocking ends it");
	CHECK_INT(priority_of(tid_b), -31, "for the next owner it goes on");
	release_b = 1;
	pthread_join(m, NULL);
	pthread_join(low, NULL);
	pthread_join(high, NULL);
	CHECK_INT(high_place, 1, "the highest waiter came first");
	CHECK_INT(low_place, 2, "then the other");
}
