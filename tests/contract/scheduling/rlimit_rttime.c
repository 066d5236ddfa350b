/* SPDX-License-Identifier: MIT */
/*
 * RLIMIT_RTTIME: a real-time process that does not sleep gets SIGXCPU when it used the soft limit, SIGKILL at the hard
 * one. Sleeping starts the count again, sched_yield() does not; a fair process is not counted. Source: getrlimit(2).
 */
#include "lib/contract.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

static volatile sig_atomic_t warned;

static void on_xcpu(int signo)
{
	warned++;
}

static int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void limited(rlim_t soft_us, rlim_t hard_us, int policy)
{
	const struct sched_param prio = { .sched_priority = policy == SCHED_OTHER ? 0 : 5 };
	const struct rlimit limit = { soft_us, hard_us };

	REQUIRE(setrlimit(RLIMIT_RTTIME, &limit) == 0);
	REQUIRE(syscall(SYS_sched_setscheduler, 0, policy, &prio) == 0);
	REQUIRE(signal(SIGXCPU, on_xcpu) != SIG_ERR);
}

/* Uses CPU for ms, yielding or sleeping every 20 ms. The longest such stretch, in ns. */
static int64_t burn(int ms, bool sleeps)
{
	int64_t end = cpu_ns() + ms * 1000000LL, longest = 0, start;

	while (cpu_ns() < end && !warned) {
		for (start = cpu_ns(); cpu_ns() < start + 20000000 && !warned;)
			;
		if (cpu_ns() - start > longest)
			longest = cpu_ns() - start;
		if (sleeps)
			sleep_ms(2);
		else
			sched_yield();
	}
	return longest;
}

static void soft_limit(void)
{
	int64_t start;

	limited(200000, RLIM_INFINITY, SCHED_FIFO);
	start = cpu_ns();
	burn(5000, false);
	_exit(warned == 1 && cpu_ns() - start >= 150000000 ? 0 : 1);
}

/* A virtual machine whose host stops it for 200 ms has used the limit up in one stretch: that says nothing. */
static void sleeper(void)
{
	int64_t longest;

	do {
		warned = 0;
		limited(200000, RLIM_INFINITY, SCHED_FIFO);
		longest = burn(800, true);
	} while (warned && longest > 150000000);
	_exit(warned ? 1 : 0);
}

static void fair(void)
{
	limited(100000, RLIM_INFINITY, SCHED_OTHER);
	burn(500, false);
	_exit(warned ? 1 : 0);
}

static void hard_limit(void)
{
	limited(100000, 300000, SCHED_RR);
	for (;;)
		;
}

static int status_of(void (*body)(void))
{
	pid_t pid = fork_child();

	if (pid == 0)
		body();
	return wait_status(pid);
}

void contract_main(void)
{
	const struct sched_param prio = { .sched_priority = 1 };
	int status;

	if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &prio) != 0)
		skip_all("no permission for real-time policies");
	REQUIRE(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &(struct sched_param){ 0 }) == 0);
	CHECK(status_of(soft_limit) == 0, "SIGXCPU once the soft limit is used up; yielding does not help");
	CHECK(status_of(sleeper) == 0, "who sleeps in between is not warned");
	CHECK(status_of(fair) == 0, "a fair process is not limited");
	status = status_of(hard_limit);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "SIGKILL at the hard limit (status %x)", status);
}
