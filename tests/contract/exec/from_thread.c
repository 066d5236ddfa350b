/* SPDX-License-Identifier: MIT */
/*
 * execve in a thread: the other threads end, the new program has the process's pid and one
 * thread.
 */
#include "lib/contract.h"

#include <dirent.h>
#include <pthread.h>

int contract_role(const char *role, int argc, char **argv)
{
	int threads = 0;
	struct dirent *de;
	DIR *dir;

	if (getpid() != atoi(argv[2]) || syscall(SYS_gettid) != getpid())
		return 1;
	dir = opendir("/proc/self/task");
	while (dir && (de = readdir(dir)) != NULL)
		threads += de->d_name[0] != '.';
	return threads == 1 ? 60 : 2;
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *spinner(void *arg)
{
	for (;;)
		*(volatile int *)arg += 1;
	return arg;
}

static void *execs(void *arg)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	execl(contract_self(), contract_self(), "@look", pid, (char *)NULL);
	_exit(3);
}

static int many_threads(void *arg)
{
	static int counter;
	pthread_t t;

	for (int i = 0; i < 4; i++)
		REQUIRE(pthread_create(&t, NULL, i % 2 ? sleeper : spinner, &counter) == 0);
	REQUIRE(pthread_create(&t, NULL, execs, NULL) == 0);
	sleeper(NULL);
	return 99;
}

void contract_main(void)
{
	for (int i = 0; i < 10; i++)
		CHECK_EXIT(many_threads, NULL, 60, "exec in one of six threads");
}
