/* SPDX-License-Identifier: MIT */
/*
 * Real-time signals queue: each one arrives, in order, lowest number first, with its value;
 * EAGAIN at the limit.
 */
#include "lib/contract.h"

#include <sys/resource.h>

static volatile int values[64], numbers[64], count;

static void handler(int sig, siginfo_t *info, void *uc)
{
	if (count < 64) {
		values[count] = info->si_value.sival_int;
		numbers[count] = sig;
	}
	count++;
}

static int at_limit(void *arg)
{
	struct rlimit r = { 3, 3 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	REQUIRE(setrlimit(RLIMIT_SIGPENDING, &r) == 0 && setresuid(43210, 43210, 43210) == 0);
	for (int i = 0; i < 3; i++)
		CHECK_INT(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i }), 0,
			  "queued %d", i);
	CHECK_ERR(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 9 }), EAGAIN,
		  "the fourth is EAGAIN");
	CHECK_INT(kill(getpid(), SIGUSR1), 0, "kill of a standard signal works at the limit");
	return 0;
}

void contract_main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	sigset_t set, old;

	sigfillset(&sa.sa_mask);
	sigemptyset(&set);
	for (int i = 0; i < 3; i++) {
		sigaction(SIGRTMIN + i, &sa, NULL);
		sigaddset(&set, SIGRTMIN + i);
	}
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int i = 0; i < 10; i++) {
		REQUIRE(sigqueue(getpid(), SIGRTMIN + 2, (union sigval){ .sival_int = i }) == 0);
		REQUIRE(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 100 + i }) == 0);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	CHECK_INT(count, 20, "all twenty are delivered");
	for (int i = 0; i < 20; i++)
		REQUIRE(numbers[i] == (i < 10 ? SIGRTMIN : SIGRTMIN + 2) && values[i] == (i < 10 ? 100 + i : i - 10));
	CHECK(true, "the lower number first, each number in the order sent, with its value");
	need_root();
	CHECK_EXIT(at_limit, NULL, 0, "the limited child ends well");
}
