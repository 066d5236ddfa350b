/* SPDX-License-Identifier: MIT */
/*
 * Threads on every CPU take mappings away and change protections at the same time: each waits for the others' TLBs, and
 * answers them meanwhile (lessons 24 and 26).
 */
#include "lib/contract.h"

#include <pthread.h>

#define THREADS	4
#define ROUNDS	400

static void *churn(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		char *p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return "mmap";
		for (size_t at = 0; at < 3 * PAGE; at += PAGE) {
			if (p[at])
				return "a page of somebody else";
			p[at] = (char)(intptr_t)arg;
		}
		if (mprotect(p, PAGE, PROT_READ))
			return "mprotect";
		if (p[0] != (char)(intptr_t)arg || p[2 * PAGE] != (char)(intptr_t)arg)
			return "another thread's content";
		if (munmap(p, 3 * PAGE))
			return "munmap";
	}
	return NULL;
}

void contract_main(void)
{
	pthread_t thread[THREADS];
	void *result;

	need_cpus(2);
	for (intptr_t i = 0; i < THREADS; i++)
		REQUIRE(pthread_create(&thread[i], NULL, churn, (void *)(i + 1)) == 0);
	for (int i = 0; i < THREADS; i++) {
		REQUIRE(pthread_join(thread[i], &result) == 0);
		CHECK(!result, "thread %d went through: %s", i, result ? (const char *)result : "all rounds");
	}
}
