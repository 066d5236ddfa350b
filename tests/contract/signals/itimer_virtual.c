/* SPDX-License-Identifier: MIT */
/* ITIMER_VIRTUAL and ITIMER_PROF count only CPU time: SIGVTALRM and SIGPROF come to a spinner. */
#include "lib/contract.h"

#include <sys/resource.h>
#include <sys/time.h>

static volatile sig_atomic_t got;

static void handler(int sig) { got = sig; }

static int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void contract_main(void)
{
	struct itimerval t = { { 0, 0 }, { 0, 50000 } };
	int64_t start;

	on_signal(SIGVTALRM, handler, 0);
	on_signal(SIGPROF, handler, 0);
	start = cpu_ns();
	REQUIRE(setitimer(ITIMER_VIRTUAL, &t, NULL) == 0);
	sleep_ms(100);
	CHECK_INT(got, 0, "sleeping does not advance ITIMER_VIRTUAL");
	while (!got)
		;
	CHECK_INT(got, SIGVTALRM, "spinning does");
	CHECK(cpu_ns() - start >= 10000000, "for its CPU time");
	got = 0;
	start = cpu_ns();
	REQUIRE(setitimer(ITIMER_PROF, &t, NULL) == 0);
	while (!got)
		syscall(SYS_getppid);
	CHECK_INT(got, SIGPROF, "system calls advance ITIMER_PROF");
	CHECK(cpu_ns() - start >= 10000000, "for its CPU time");
}
