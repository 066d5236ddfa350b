/* SPDX-License-Identifier: MIT */
/*
 * waitpid by pid, group, any; a child found by whichever thread; WNOHANG over several; order of
 * zombies.
 */
#include "lib/contract.h"

#include <pthread.h>

static pid_t child(pid_t group, int code)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		if (group >= 0)
			setpgid(0, group);
		_exit(code);
	}
	if (group >= 0)
		setpgid(pid, group);
	return pid;
}

static void *waiter(void *arg)
{
	int status;

	return (void *)(intptr_t)(waitpid(*(pid_t *)arg, &status, 0) == *(pid_t *)arg ? WEXITSTATUS(status) : -1);
}

void contract_main(void)
{
	pid_t a = child(0, 1), b, plain = child(-1, 3), leader = fork_child(), hold;
	int status, found = 0;
	pthread_t t;
	void *result;

	if (leader == 0) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	setpgid(leader, leader);
	b = child(leader, 2);
	CHECK_INT(waitpid(-leader, &status, 0), b, "a negative pid waits for the group");
	CHECK_INT(status, 2 << 8, "its member's status");
	CHECK_INT(waitpid(-leader, &status, WNOHANG), 0, "its leader still runs");
	CHECK_INT(waitpid(0, &status, 0), plain, "0 waits for the own group");
	CHECK_INT(status, 3 << 8, "its status");
	CHECK_INT(waitpid(-1, &status, 0), a, "-1 for any");
	kill(leader, SIGKILL);
	CHECK_INT(wait_status(leader), SIGKILL, "by pid");
	hold = fork_child();
	if (hold == 0) {
		sleep_ms(30);
		_exit(44);
	}
	REQUIRE(pthread_create(&t, NULL, waiter, &hold) == 0);
	REQUIRE(pthread_join(t, &result) == 0);
	CHECK_INT((intptr_t)result, 44, "another thread waits for the process's child");
	for (int i = 0; i < 20; i++)
		child(-1, i);
	for (int i = 0; i < 20; i++) {
		REQUIRE(wait(&status) > 0 && WIFEXITED(status));
		found |= 1 << WEXITSTATUS(status);
	}
	CHECK_INT(found, (1 << 20) - 1, "of twenty children each is found once");
	CHECK_ERR(wait(&status), ECHILD, "then ECHILD");
}
