/* SPDX-License-Identifier: MIT */
/*
 * Four threads touch the same fresh pages at the same time, anonymous and file: no store is
 * lost (lesson 28).
 */
#include "lib/contract.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define THREADS 4
#define PAGES 512
#define STEP 32

static unsigned char *area;
static atomic_long arrived;

/* They begin every few pages together, so that they do meet. */
static void *toucher(void *arg)
{
	long me = (long)(intptr_t)arg;

	for (long i = 0; i < PAGES; i++) {
		arrived += i % STEP == 0;
		while (arrived < (i / STEP + 1) * THREADS)
			sched_yield();
		area[i * PAGE + me * 100] = (unsigned char)(me + 1);
	}
	return NULL;
}

static int round_of(unsigned char *at, const char *text)
{
	pthread_t t[THREADS];
	int lost = 0;

	area = at;
	arrived = 0;
	for (long i = 0; i < THREADS; i++)
		REQUIRE(pthread_create(&t[i], NULL, toucher, (void *)(intptr_t)i) == 0);
	for (int i = 0; i < THREADS; i++)
		REQUIRE(pthread_join(t[i], NULL) == 0);
	for (long i = 0; i < PAGES; i++) {
		for (long me = 0; me < THREADS; me++)
			lost += area[i * PAGE + me * 100] != me + 1;
	}
	CHECK_INT(lost, 0, "%s: no store is lost", text);
	return lost;
}

void contract_main(void)
{
	unsigned char *p;
	int fd;

	tmp_dir();
	for (int i = 0; i < 5; i++) {
		p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		REQUIRE(p != MAP_FAILED);
		round_of(p, "anonymous");
		REQUIRE(munmap(p, PAGES * PAGE) == 0);
	}
	fd = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	REQUIRE(ftruncate(fd, PAGES * PAGE) == 0);
	p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	round_of(p, "shared file");
	p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(p != MAP_FAILED);
	round_of(p, "private file");
}
