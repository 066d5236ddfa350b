/* SPDX-License-Identifier: MIT */
/*
 * Two threads hand a word to and fro by FUTEX_WAIT and FUTEX_WAKE without a time limit: one wake-up that is lost ends
 * it (lesson 30).
 */
#include "lib/contract.h"

#include <linux/futex.h>
#include <pthread.h>

#define ROUNDS	3000

static uint32_t turn;

static void play(uint32_t me)
{
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t seen;

		while ((seen = __atomic_load_n(&turn, __ATOMIC_ACQUIRE)) != me)
			syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, seen, NULL);
		__atomic_store_n(&turn, !me, __ATOMIC_RELEASE);
		syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1);
	}
}

static void *other(void *arg)
{
	play(1);
	return NULL;
}

void contract_main(void)
{
	pthread_t thread;

	REQUIRE(pthread_create(&thread, NULL, other, NULL) == 0);
	play(0);
	REQUIRE(pthread_join(thread, NULL) == 0);
	CHECK_INT(turn, 0, "each has had its %d turns", ROUNDS);
}
