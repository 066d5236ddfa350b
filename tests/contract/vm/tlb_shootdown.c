/* SPDX-License-Identifier: MIT */
/*
 * Another CPU sees a mprotect and a munmap at once: a thread that reads all the time gets the
 * fault.
 */
#include "lib/contract.h"

#include <pthread.h>
#include <setjmp.h>

static __thread sigjmp_buf back;
static volatile char *area;
static volatile int stop, ready, faults;
static volatile unsigned long reads;

static void on_segv(int sig, siginfo_t *info, void *uc)
{
	__atomic_add_fetch(&faults, 1, __ATOMIC_SEQ_CST);
	siglongjmp(back, 1);
}

static void *reader(void *arg)
{
	while (!stop) {
		if (sigsetjmp(back, 0) == 0) {
			ready = 1;
			while (!stop) {
				if (*area != 'd')
					return (void *)1;
				reads++;
			}
		}
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIGSEGV);
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	}
	return NULL;
}

void contract_main(void)
{
	int missed = 0;
	pthread_t thread;
	void *result;

	need_cpus(2);
	area = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(area != MAP_FAILED);
	*area = 'd';
	on_siginfo(SIGSEGV, on_segv, 0);
	REQUIRE(pthread_create(&thread, NULL, reader, NULL) == 0);
	REQUIRE(EVENTUALLY(ready, 5000));
	for (int i = 0; i < 100; i++) {
		int before;
		unsigned long at;

		at = reads;
		REQUIRE(EVENTUALLY(reads != at, 5000));
		REQUIRE(mprotect((void *)area, PAGE, PROT_NONE) == 0);
		before = faults;
		/* From here on no read may succeed; the reader faults again and again. */
		at = reads;
		REQUIRE(EVENTUALLY(faults > before + 1, 5000));
		missed += reads > at + 1;
		REQUIRE(mprotect((void *)area, PAGE, PROT_READ | PROT_WRITE) == 0);
	}
	stop = 1;
	REQUIRE(pthread_join(thread, &result) == 0);
	CHECK_INT(missed, 0,
		  "after mprotect(PROT_NONE) returned, the other thread read nothing, 100 times");
	CHECK(result == NULL, "and never saw other data");
}
