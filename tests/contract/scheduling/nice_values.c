/* SPDX-License-Identifier: MIT */
/*
 * nice: 0, 5, 10, 19 stored, read, inherited by fork, seen in /proc; higher nice values get
 * less CPU.
 */
#include "lib/contract.h"

#include <sched.h>
#include <sys/resource.h>

static volatile unsigned long *counts;

static int value(void *arg) { return getpriority(PRIO_PROCESS, 0); }

void contract_main(void)
{
	static const int values[] = { 0, 5, 10, 19 };
	pid_t pid[2];
	cpu_set_t one;
	int cpu = 0;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		CHECK_INT(setpriority(PRIO_PROCESS, 0, values[i]), 0, "set %d", values[i]);
		CHECK_INT(getpriority(PRIO_PROCESS, 0), values[i], "read it");
		CHECK_EXIT(value, NULL, values[i], "a child inherits it");
	}
	counts = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(counts != MAP_FAILED && sched_getaffinity(0, sizeof(one), &one) == 0);
	while (!CPU_ISSET(cpu, &one))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	for (int i = 0; i < 2; i++) {
		pid[i] = fork_child();
		if (pid[i])
			continue;
		sched_setaffinity(0, sizeof(one), &one);
		setpriority(PRIO_PROCESS, 0, i ? 19 : 10);
		for (;;)
			counts[i * 64]++;
	}
	sleep_ms(600);
	kill(pid[0], SIGKILL);
	kill(pid[1], SIGKILL);
	wait_status(pid[0]);
	wait_status(pid[1]);
	CHECK(counts[0] > 2 * counts[64],
	      "on one CPU nice 10 runs more than twice as long as nice 19");
	CHECK(counts[64] > 0, "which does not starve");
}
