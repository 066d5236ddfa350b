/* SPDX-License-Identifier: MIT */
/*
 * Six spinning processes on one CPU all make progress, in comparable parts; a sleeper is woken
 * in between.
 */
#include "lib/contract.h"

#include <sched.h>

#define SPINNERS 6

static volatile unsigned long *counts;

void contract_main(void)
{
	unsigned long least = ~0UL, most = 0;
	pid_t pid[SPINNERS];
	int64_t start, late = 0;
	cpu_set_t one;
	int cpu = 0;

	counts = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(counts != MAP_FAILED && sched_getaffinity(0, sizeof(one), &one) == 0);
	while (!CPU_ISSET(cpu, &one))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
	for (int i = 0; i < SPINNERS; i++) {
		pid[i] = fork_child();
		if (pid[i] == 0) {
			for (;;)
				counts[i * 8]++;
		}
	}
	for (int i = 0; i < 50; i++) {
		start = now_ns();
		sleep_ms(20);
		if (now_ns() - start > late)
			late = now_ns() - start;
	}
	for (int i = 0; i < SPINNERS; i++) {
		kill(pid[i], SIGKILL);
		wait_status(pid[i]);
		least = counts[i * 8] < least ? counts[i * 8] : least;
		most = counts[i * 8] > most ? counts[i * 8] : most;
	}
	CHECK(least > 0, "each spinner ran");
	CHECK(most < 3 * least, "none got three times another's share");
	CHECK(late < 500000000LL * contract_slow(), "a sleeper of 20 ms is never 500 ms late");
}
