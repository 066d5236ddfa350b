/* SPDX-License-Identifier: MIT */
/* CPU-time clocks count work and not sleep: process, thread, another process's by clock id. */
#include "lib/contract.h"

static int64_t get(clockid_t id)
{
	struct timespec ts;

	REQUIRE(syscall(SYS_clock_gettime, id, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void contract_main(void)
{
	int64_t cpu = get(CLOCK_PROCESS_CPUTIME_ID), thread = get(CLOCK_THREAD_CPUTIME_ID), wall;
	clockid_t other;
	pid_t pid;

	sleep_ms(100);
	CHECK(get(CLOCK_PROCESS_CPUTIME_ID) - cpu < 50000000LL * contract_slow(),
	      "sleep is not counted");
	wall = now_ns();
	while (get(CLOCK_PROCESS_CPUTIME_ID) - cpu < 60000000)
		;
	CHECK(now_ns() - wall >= 10000000,
	      "work is counted, at no more than the wall clock's pace");
	CHECK(get(CLOCK_THREAD_CPUTIME_ID) - thread >= 50000000, "for the thread as well");
	pid = fork_child();
	if (pid == 0) {
		for (;;)
			;
	}
	other = (clockid_t)(~(unsigned int)pid << 3 | 2);
	CHECK(EVENTUALLY(get(other) > 20000000, 5000), "another process's clock advances");
	CHECK(get(CLOCK_PROCESS_CPUTIME_ID) - cpu < 5000000000LL, "its time is not this one's");
	kill(pid, SIGKILL);
	wait_status(pid);
	CHECK_ERR(syscall(SYS_clock_gettime, other, &(struct timespec){ 0 }), EINVAL,
		  "of nobody it is EINVAL");
}
