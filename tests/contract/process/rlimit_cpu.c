/* SPDX-License-Identifier: MIT */
/* RLIMIT_CPU: SIGXCPU at the soft limit, also set from outside; SIGKILL at the hard one. */
#include "lib/contract.h"

#include <sys/resource.h>

static volatile int got;

static void on_xcpu(int sig)
{
	got = 1;
}

static double cpu_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int burns(void *arg)
{
	struct rlimit limit = { 1, 2 };
	double used;

	on_signal(SIGXCPU, on_xcpu, 0);
	setrlimit(RLIMIT_CPU, &limit);
	while (!got)
		;
	used = cpu_time();
	/* Linux counts by ticks here: what a loaded machine makes of a second can be a good deal less, or more. */
	if (!CHECK(used >= 0.5, "SIGXCPU comes after a second of CPU time"))
		note("after %.3f s", used);
	while (got)
		;
	return 0;
}

static int dies(void *arg)
{
	while (!got)
		;
	return 0;
}

void contract_main(void)
{
	struct rlimit limit = { 1, RLIM_INFINITY }, old = { 0 };
	pid_t pid;

	CHECK_SIGNALLED(burns, NULL, SIGKILL, "the hard limit is SIGKILL");
	pid = fork_child();
	if (pid == 0)
		_exit(dies(NULL));
	CHECK_INT(prlimit(pid, RLIMIT_CPU, &limit, &old), 0, "prlimit of a running child");
	CHECK(old.rlim_cur == RLIM_INFINITY, "it had none");
	CHECK_INT(wait_status(pid) & 0x7f, SIGXCPU, "SIGXCPU ends who has no handler");
}
