/* SPDX-License-Identifier: MIT */
/* kill and rt_sigqueueinfo by the number of a thread that leads no process: the signal is its process's. */
#include "lib/contract.h"

#include <pthread.h>

static volatile pid_t other;
static volatile sig_atomic_t hits, value;

static void count(int sig, siginfo_t *info, void *context)
{
	hits++;
	value = info->si_value.sival_int;
}

static void *worker(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	other = (pid_t)syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

void contract_main(void)
{
	siginfo_t info = { .si_code = SI_QUEUE, .si_value.sival_int = 31 };
	pthread_t thread;

	on_siginfo(SIGUSR1, count, 0);
	REQUIRE(pthread_create(&thread, NULL, worker, NULL) == 0);
	REQUIRE(EVENTUALLY(other, 5000));
	CHECK_INT(kill(other, 0), 0, "kill(tid, 0)");
	CHECK_INT(kill(other, SIGUSR1), 0, "kill(tid)");
	CHECK_INT(hits, 1, "another thread takes it, as the one named blocks it");
	CHECK_INT(syscall(SYS_rt_sigqueueinfo, other, SIGUSR1, &info), 0, "rt_sigqueueinfo(tid)");
	CHECK_INT(hits, 2, "too");
	CHECK_INT(value, 31, "with its value");
	CHECK_ERR(kill(-other, 0), ESRCH, "it leads no group");
}
