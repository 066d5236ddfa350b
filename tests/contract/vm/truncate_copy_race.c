/* SPDX-License-Identifier: MIT */
/*
 * One thread writes to a page of a private mapping while another one shrinks the file: whichever was first, behind the
 * file's end there is SIGBUS when both are done, and no copy that came too late.
 */
#include "lib/contract.h"

#include <pthread.h>
#include <setjmp.h>
#include <sys/mman.h>

static __thread sigjmp_buf caught;
static volatile char *map;
static long page;
static int turn, done;		/* rounds the writer may begin, and has done */
static bool over;

static void on_bus(int sig)
{
	siglongjmp(caught, 1);
}

static bool faults(bool write)
{
	if (sigsetjmp(caught, 1))
		return true;
	if (write)
		*map = 'x';
	else
		(void)*map;
	return false;
}

static void wait_for(const int *what, int value)
{
	while (__atomic_load_n(what, __ATOMIC_ACQUIRE) < value)
		sched_yield();
}

static void *writer(void *arg)
{
	for (int round = 1;; round++) {
		wait_for(&turn, round);
		if (over)
			return NULL;
		faults(true);
		__atomic_store_n(&done, round, __ATOMIC_RELEASE);
	}
}

/* How many copies were left of how many rounds. read: the page is there when it is written to. */
static int rounds(int fd, int first, int count, bool read)
{
	int left = 0;

	for (int round = first; round < first + count; round++) {
		REQUIRE(ftruncate(fd, page) == 0);
		if (read)
			REQUIRE(!faults(false));
		__atomic_store_n(&turn, round, __ATOMIC_RELEASE);
		for (volatile int i = 0; i < round % 64 * 32; i++)
			;
		REQUIRE(ftruncate(fd, 0) == 0);
		wait_for(&done, round);
		left += !faults(false);
	}
	return left;
}

void contract_main(void)
{
	int fd = REQUIRE_OK(memfd_create("m", 0));
	pthread_t thread;

	page = getpagesize();
	on_signal(SIGBUS, on_bus, SA_NODEFER);
	map = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(map != MAP_FAILED);
	REQUIRE(pthread_create(&thread, NULL, writer, NULL) == 0);
	CHECK_INT(rounds(fd, 1, 150, false), 0, "a page that was not there");
	CHECK_INT(rounds(fd, 151, 150, true), 0, "a page that was to be read only");
	over = true;
	__atomic_store_n(&turn, 301, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
}
