/* SPDX-License-Identifier: MIT */
/* exit_group: the low 8 bits of the status reach waitpid, and every thread ends. */
#include "lib/contract.h"

#include <pthread.h>

static int exit_with(void *arg)
{
	syscall(SYS_exit_group, *(int *)arg);
	return 99;
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static int with_threads(void *arg)
{
	pthread_t t[3];

	for (int i = 0; i < 3; i++)
		REQUIRE(pthread_create(&t[i], NULL, sleeper, NULL) == 0);
	syscall(SYS_exit_group, 12);
	return 99;
}

static void *group_exiter(void *arg)
{
	syscall(SYS_exit_group, 13);
	return arg;
}

static int from_thread(void *arg)
{
	pthread_t t;

	REQUIRE(pthread_create(&t, NULL, group_exiter, NULL) == 0);
	sleeper(NULL);
	return 99;
}

static int last_thread_status(void *arg)
{
	pthread_t t;

	REQUIRE(pthread_create(&t, NULL, sleeper, NULL) == 0);
	syscall(SYS_exit, 5);
	return 99;
}

void contract_main(void)
{
	int codes[] = { 0, 1, 42, 255, 256, 0x1234, -1 };
	pid_t pid;

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		CHECK_EXIT(exit_with, &codes[i], codes[i] & 255, "exit_group(%d)", codes[i]);
	CHECK_EXIT(with_threads, NULL, 12, "exit_group ends sleeping threads");
	CHECK_EXIT(from_thread, NULL, 13, "exit_group in another thread ends the process");
	pid = fork_child();
	if (pid == 0)
		_exit(last_thread_status(NULL));
	CHECK(EVENTUALLY(process_state(pid) == 'Z', 3000),
	      "the leader that called exit is a zombie while a thread lives");
	CHECK_INT(waitpid(pid, NULL, WNOHANG), 0, "and cannot be waited for yet");
	REQUIRE(kill(pid, SIGKILL) == 0);
	CHECK_INT(wait_status(pid), SIGKILL, "until the last thread ends");
}
