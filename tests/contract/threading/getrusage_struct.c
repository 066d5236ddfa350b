/* SPDX-License-Identifier: MIT */
/*
 * getrusage: own CPU time grows, children's after wait, maximum memory, faults, switches;
 * errors.
 */
#include "lib/contract.h"

#include <sys/resource.h>

static int burn(void *arg)
{
	struct timespec ts;
	volatile unsigned int n = 0;

	do {
		n++;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	} while (ts.tv_nsec < 100000000 && ts.tv_sec == 0);
	return 0;
}

static long us(const struct rusage *r)
{
	return (r->ru_utime.tv_sec + r->ru_stime.tv_sec) * 1000000L + r->ru_utime.tv_usec + r->ru_stime.tv_usec;
}

void contract_main(void)
{
	struct rusage a, b;
	char *p;

	CHECK_INT(getrusage(RUSAGE_SELF, &a), 0, "RUSAGE_SELF");
	burn(NULL);
	getrusage(RUSAGE_SELF, &b);
	CHECK(us(&b) - us(&a) >= 50000, "CPU time grows by work");
	p = mmap(NULL, 200 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(p != MAP_FAILED);
	REQUIRE(madvise(p, 200 * PAGE, MADV_NOHUGEPAGE) == 0 || errno == EINVAL);
	for (int i = 0; i < 200; i++)
		p[i * PAGE] = 1;
	getrusage(RUSAGE_SELF, &a);
	CHECK(a.ru_minflt > b.ru_minflt, "touching fresh pages counts as faults");
	CHECK(a.ru_maxrss >= 600, "the greatest memory is told in KiB");
	getrusage(RUSAGE_SELF, &b);
	sleep_ms(5);
	sleep_ms(5);
	getrusage(RUSAGE_SELF, &a);
	CHECK(a.ru_nvcsw - b.ru_nvcsw >= 2, "two sleeps are two voluntary switches");
	CHECK_INT(getrusage(RUSAGE_CHILDREN, &a), 0, "RUSAGE_CHILDREN");
	CHECK_EXIT(burn, NULL, 0, "a child works");
	getrusage(RUSAGE_CHILDREN, &b);
	CHECK(us(&b) - us(&a) >= 50000, "its time is added when it was waited for");
	CHECK_INT(getrusage(RUSAGE_THREAD, &a), 0, "RUSAGE_THREAD");
	CHECK_ERR(getrusage(99, &a), EINVAL, "an unknown one is EINVAL");
}
