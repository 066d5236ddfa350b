/* SPDX-License-Identifier: MIT */
/* Calls that do next to nothing: the way in and out, and the look-up of the process's own state. */
#include "../lib/bench.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

BENCH(getpid, 1000000, 10000)
{
	BENCH_LOOP(b, syscall(SYS_getpid));
}

/* A call that looks at nothing but its number: -ENOSYS. */
BENCH(null_call, 1000000, 10000)
{
	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		if (syscall(1000) != -1 || errno != ENOSYS)
			bench_failed("null_call", __FILE__, __LINE__);
	}
	bench_stop(b);
}

BENCH(gettid, 1000000, 10000)
{
	BENCH_LOOP(b, syscall(SYS_gettid));
}

BENCH(getuid, 1000000, 10000)
{
	BENCH_LOOP(b, syscall(SYS_getuid));
}

BENCH(getsid, 1000000, 10000)
{
	BENCH_LOOP(b, syscall(SYS_getsid, 0));
}

/* Through libc, so through the vDSO where there is one. */
BENCH(clock_gettime, 1000000, 10000)
{
	struct timespec now;

	BENCH_LOOP(b, clock_gettime(CLOCK_MONOTONIC, &now));
}

BENCH(uname, 500000, 5000)
{
	struct utsname name;

	BENCH_LOOP(b, uname(&name));
}

BENCH(getpriority, 500000, 5000)
{
	BENCH_LOOP(b, syscall(SYS_getpriority, PRIO_PROCESS, 0));
}

BENCH(sched_yield, 500000, 5000)
{
	BENCH_LOOP(b, sched_yield());
}

BENCH(getrlimit, 1000000, 10000)
{
	struct rlimit limit;

	BENCH_LOOP(b, getrlimit(RLIMIT_NOFILE, &limit));
}

BENCH(prlimit64, 500000, 5000)
{
	struct rlimit limit;

	BENCH_LOOP(b, syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit));
}

BENCH(setrlimit, 500000, 5000)
{
	struct rlimit limit;

	MUST(getrlimit(RLIMIT_NOFILE, &limit));
	BENCH_LOOP(b, setrlimit(RLIMIT_NOFILE, &limit));
}

/* No child: the call's own cost; ECHILD is its answer. */
BENCH(waitid, 500000, 5000)
{
	siginfo_t info;

	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		if (waitid(P_ALL, 0, &info, WNOHANG | WEXITED) != -1 || errno != ECHILD)
			bench_failed("waitid", __FILE__, __LINE__);
	}
	bench_stop(b);
}

BENCH(sigaction, 500000, 5000)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	BENCH_LOOP(b, sigaction(SIGUSR1, &ignore, NULL));
}

BENCH(sigprocmask, 500000, 5000)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		MUST(sigprocmask(SIG_BLOCK, &set, NULL));
		MUST(sigprocmask(SIG_UNBLOCK, &set, NULL));
	}
	bench_stop(b);
}

static volatile long delivered;

static void on_signal(int signal)
{
	(void)signal;
	delivered++;
}

/* A handler put in place, by turns with another. */
BENCH(signal_install, 500000, 5000)
{
	struct sigaction handler = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	bench_start(b);
	for (long i = 0; i < b->iterations; i++) {
		handler.sa_flags ^= SA_NODEFER;
		MUST(sigaction(SIGUSR1, &handler, NULL));
	}
	bench_stop(b);
	handler.sa_handler = SIG_DFL;
	MUST(sigaction(SIGUSR1, &handler, NULL));
}

BENCH(signal_delivery, 200000, 2000)
{
	struct sigaction handler = { .sa_handler = on_signal };

	MUST(sigaction(SIGUSR2, &handler, NULL));
	delivered = 0;
	BENCH_LOOP(b, raise(SIGUSR2));
	if (delivered != b->iterations)
		bench_failed("handler", __FILE__, __LINE__);
}
