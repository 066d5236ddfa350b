/* SPDX-License-Identifier: MIT */
/* Affinity is each thread's own: set in one, unchanged in another, inherited by the next. */
#include "lib/contract.h"

#include <pthread.h>
#include <sched.h>

static cpu_set_t all, one;

static void *inherits(void *arg)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	return (void *)(intptr_t)CPU_EQUAL(&set, (cpu_set_t *)arg);
}

static void *narrows(void *arg)
{
	return (void *)(intptr_t)sched_setaffinity(0, sizeof(one), &one);
}

static void *run(void *(*fn)(void *), void *arg)
{
	pthread_t t;
	void *result;

	REQUIRE(pthread_create(&t, NULL, fn, arg) == 0);
	REQUIRE(pthread_join(t, &result) == 0);
	return result;
}

void contract_main(void)
{
	cpu_set_t set;
	int cpu = 0;

	CPU_ZERO(&all);
	CPU_ZERO(&one);
	REQUIRE(sched_getaffinity(0, sizeof(all), &all) == 0);
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_SET(cpu, &one);
	CHECK(run(narrows, NULL) == NULL, "a thread narrows its own mask");
	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	CHECK(CPU_EQUAL(&set, &all), "the first thread's is unchanged");
	CHECK(run(inherits, &all) != NULL, "a new thread inherits its creator's");
	REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
	CHECK(run(inherits, &one) != NULL, "also when it was narrowed");
	CHECK_INT(sched_getcpu(), cpu, "and the thread runs there");
}
