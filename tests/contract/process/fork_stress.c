/* SPDX-License-Identifier: MIT */
/* Forks in bulk: 300 children at once from several processes, pids differ, all statuses arrive. */
#include "lib/contract.h"

#define EACH 100

static int parent(int seed)
{
	pid_t pid[EACH];
	int wrong = 0;

	for (int i = 0; i < EACH; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			_exit((seed + i) & 127);
		if (pid[i] < 0)
			return 1;
	}
	for (int i = 0; i < EACH; i++) {
		int status = 0;

		wrong += waitpid(pid[i], &status, 0) != pid[i] || status != ((seed + i) & 127) << 8;
		for (int j = 0; j < i; j++)
			wrong += pid[i] == pid[j];
	}
	return wrong ? 2 : 0;
}

void contract_main(void)
{
	pid_t pid[3];

	for (int i = 0; i < 3; i++) {
		pid[i] = fork_child();
		if (pid[i] == 0)
			_exit(parent(i * 31));
	}
	for (int i = 0; i < 3; i++)
		CHECK_INT(wait_status(pid[i]), 0, "parent %d got each status of %d children", i,
			  EACH);
}
