/* SPDX-License-Identifier: MIT */
/*
 * fork while another thread writes all the time (lesson 24): the child's copy is frozen at one moment, and
 * the writer never loses a store.
 */
#include "lib/contract.h"

#include <pthread.h>

#define WORDS 64

static volatile unsigned long *words;
static volatile int stop;

/* Counts every word up in turn, each in its own page: word i is never behind word i + 1. */
static void *writer(void *arg)
{
	while (!stop) {
		for (int i = 0; i < WORDS; i++)
			words[i * 512]++;
	}
	return NULL;
}

static int look(void)
{
	unsigned long first[WORDS];

	for (int i = 0; i < WORDS; i++)
		first[i] = words[i * 512];
	for (int i = 1; i < WORDS; i++) {
		if (first[i] > first[i - 1] || first[0] - first[i] > 1)
			return 1;
	}
	for (int i = 0; i < WORDS; i++) {
		if (words[i * 512] != first[i])
			return 2;
	}
	return 0;
}

void contract_main(void)
{
	pthread_t t;
	int wrong = 0;

	words = mmap(NULL, WORDS * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(words != MAP_FAILED);
	REQUIRE(pthread_create(&t, NULL, writer, NULL) == 0);
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork_child();

		if (pid == 0)
			_exit(look());
		wrong += wait_status(pid) != 0;
	}
	stop = 1;
	REQUIRE(pthread_join(t, NULL) == 0);
	CHECK_INT(wrong, 0, "100 children each saw one consistent, unchanging moment");
	for (int i = 1; i < WORDS; i++)
		wrong += words[i * 512] != words[0];
	CHECK_INT(wrong, 0, "the writer lost no store");
}
