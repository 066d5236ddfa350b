/* SPDX-License-Identifier: MIT */
/* fork in a thread: the child has one thread, the forking one; waitpid works from any thread. */
#include "lib/contract.h"

#include <dirent.h>
#include <pthread.h>

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *forker(void *arg)
{
	pid_t pid = fork();

	if (pid == 0) {
		int threads = 0;
		struct dirent *de;
		DIR *dir = opendir("/proc/self/task");

		while (dir && (de = readdir(dir)) != NULL)
			threads += de->d_name[0] != '.';
		_exit(threads == 1 && syscall(SYS_gettid) == getpid() ? 17 : 1);
	}
	return (void *)(intptr_t)pid;
}

void contract_main(void)
{
	pthread_t s, f;
	void *pid;

	REQUIRE(pthread_create(&s, NULL, sleeper, NULL) == 0);
	for (int i = 0; i < 10; i++) {
		REQUIRE(pthread_create(&f, NULL, forker, NULL) == 0);
		REQUIRE(pthread_join(f, &pid) == 0);
		CHECK_INT(wait_status((pid_t)(intptr_t)pid), 17 << 8,
			  "another thread waits for the child");
	}
}
