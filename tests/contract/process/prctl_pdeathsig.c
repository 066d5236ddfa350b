/* SPDX-License-Identifier: MIT */
/* prctl(PR_SET_PDEATHSIG): the signal comes when the parent ends; cleared in a fork's child. */
#include "lib/contract.h"

#include <sys/prctl.h>

static volatile sig_atomic_t got;

static void on_usr1(int sig) { (void)sig; got = 1; }

static int inherited(void *arg)
{
	int value = -1;

	prctl(PR_GET_PDEATHSIG, &value);
	return value;
}

static int plain_fork_value(void *arg)
{
	pid_t pid;

	REQUIRE(prctl(PR_SET_PDEATHSIG, SIGUSR2) == 0);
	pid = fork();
	if (pid == 0)
		_exit(inherited(NULL));
	return WEXITSTATUS(wait_status(pid));
}

void contract_main(void)
{
	int value = -1, report[2];
	char byte = 0;
	pid_t middle;

	CHECK_INT(prctl(PR_SET_PDEATHSIG, SIGUSR1), 0, "PR_SET_PDEATHSIG");
	CHECK_INT(prctl(PR_GET_PDEATHSIG, &value), 0, "PR_GET_PDEATHSIG");
	CHECK_INT(value, SIGUSR1, "reads back");
	CHECK_ERR(prctl(PR_SET_PDEATHSIG, 65), EINVAL, "signal 65 is EINVAL");
	prctl(PR_SET_PDEATHSIG, 0);
	CHECK_EXIT(plain_fork_value, NULL, 0, "a fork's child starts without one");

	REQUIRE(pipe(report) == 0);
	on_signal(SIGUSR1, on_usr1, 0);
	middle = fork_child();
	if (middle == 0) {
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		sigprocmask(SIG_BLOCK, &set, NULL);
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			REQUIRE(write(report[1], "r", 1) == 1);
			sigemptyset(&set);
			while (!got)
				sigsuspend(&set);
			REQUIRE(write(report[1], "d", 1) == 1);
			_exit(0);
		}
		REQUIRE(read(report[0], &byte, 1) == 1);
		_exit(byte == 'r' ? 0 : 1);
	}
	CHECK_INT(wait_status(middle), 0, "the parent ends when the child is ready");
	CHECK_INT(read(report[0], &byte, 1), 1, "the child got the signal");
	CHECK_INT(byte, 'd', "after the parent's death");
}
