/* SPDX-License-Identifier: MIT */
/*
 * sched_yield returns 0 and lets others on the same CPU run: a handshake of two spinners makes
 * progress.
 */
#include "lib/contract.h"

#include <sched.h>

static volatile int *turn;

void contract_main(void)
{
	cpu_set_t one;
	int64_t start;
	int cpu = 0;
	pid_t pid;

	CHECK_INT(sched_yield(), 0, "sched_yield returns 0");
	turn = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(turn != MAP_FAILED && sched_getaffinity(0, sizeof(one), &one) == 0);
	while (!CPU_ISSET(cpu, &one))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
	start = now_ns();
	pid = fork_child();
	if (pid == 0) {
		for (int i = 0; i < 200; i++) {
			while (*turn != 1)
				sched_yield();
			*turn = 0;
		}
		_exit(0);
	}
	for (int i = 0; i < 200; i++) {
		while (*turn != 0)
			sched_yield();
		*turn = 1;
	}
	CHECK_INT(wait_status(pid), 0, "200 turns on one CPU");
	CHECK(now_ns() - start < 5000000000LL * contract_slow(), "in seconds");
}
