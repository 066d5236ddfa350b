/* SPDX-License-Identifier: MIT */
/*
 * membarrier: the commands exist, a private one needs its registration, wrong flags and commands are EINVAL,
 * and a barrier on one side does for two (store buffering never shows).
 */
#include "lib/contract.h"

#include <linux/membarrier.h>
#include <pthread.h>

#define ROUNDS 200

static long membarrier(int cmd, unsigned int flags)
{
	return syscall(SYS_membarrier, cmd, flags, 0);
}

static const struct {
	int command, registration;
	const char *name;
} private[] = {
	{ MEMBARRIER_CMD_PRIVATE_EXPEDITED, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, "PRIVATE_EXPEDITED" },
	{ MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
	  "SYNC_CORE" },
	{ MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, "RSEQ" },
};

static volatile int x, y, seen_x, seen_y, round_a, round_b;

/* The fast side: a store and a load with nothing but the compiler's order. */
static void *fast_side(void *arg)
{
	for (int i = 1; i <= ROUNDS; i++) {
		while (round_a != i)
			;
		x = 1;
		__asm__ volatile("" ::: "memory");
		seen_y = y;
		__atomic_store_n(&round_b, i, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static int both_missed(void)
{
	int missed = 0;
	pthread_t t;

	REQUIRE(pthread_create(&t, NULL, fast_side, NULL) == 0);
	for (int i = 1; i <= ROUNDS; i++) {
		x = y = 0;
		__atomic_store_n(&round_a, i, __ATOMIC_SEQ_CST);
		y = 1;
		if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0))
			return -1;
		seen_x = x;
		while (__atomic_load_n(&round_b, __ATOMIC_SEQ_CST) != i)
			;
		missed += !seen_x && !seen_y;
	}
	pthread_join(t, NULL);
	return missed;
}

void contract_main(void)
{
	long known = membarrier(MEMBARRIER_CMD_QUERY, 0);

	REQUIRE(known > 0);
	CHECK(known & MEMBARRIER_CMD_GLOBAL, "GLOBAL is known");
	CHECK(known & MEMBARRIER_CMD_GLOBAL_EXPEDITED, "GLOBAL_EXPEDITED is known");
	CHECK_INT(membarrier(MEMBARRIER_CMD_GLOBAL, 0), 0, "GLOBAL");
	CHECK_INT(membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0), 0, "REGISTER_GLOBAL_EXPEDITED");
	CHECK_INT(membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0), 0, "GLOBAL_EXPEDITED");
	for (size_t i = 0; i < ARRAY_SIZE(private); i++) {
		if (!(known & private[i].command)) {
			skip("%s is not known here", private[i].name);
			continue;
		}
		CHECK_ERR(membarrier(private[i].command, 0), EPERM, "%s unregistered is EPERM", private[i].name);
		CHECK_INT(membarrier(private[i].registration, 0), 0, "its registration");
		CHECK_INT(membarrier(private[i].command, 0), 0, "%s", private[i].name);
	}
	CHECK_ERR(membarrier(MEMBARRIER_CMD_GLOBAL, 1), EINVAL, "a flag is EINVAL");
	CHECK_ERR(membarrier(MEMBARRIER_CMD_QUERY, 1), EINVAL, "for QUERY too");
	CHECK_ERR(membarrier(1 << 20, 0), EINVAL, "an unknown command is EINVAL");
	CHECK_INT(both_missed(), 0, "with it on one side, two threads never both miss the other's store");
}
