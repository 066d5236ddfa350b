/* SPDX-License-Identifier: MIT */
/* Sleepers get their turn first come first served; those that need more than there is let others pass. */
#include "lib/contract.h"

#include <sys/ipc.h>
#include <sys/sem.h>

static int set;
static volatile int *order;

static pid_t taker(int number, int amount)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		struct sembuf ops[2] = { { 0, (short)-amount, 0 }, { 1, 1, 0 } };

		if (semop(set, ops, 2))
			_exit(1);
		order[number] = semctl(set, 1, GETVAL);
		_exit(0);
	}
	wait_asleep(pid);
	return pid;
}

static void give(int amount)
{
	struct sembuf op = { 0, (short)amount, 0 };

	REQUIRE(semop(set, &op, 1) == 0);
}

void contract_main(void)
{
	pid_t pids[3];

	order = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	set = semget(IPC_PRIVATE, 2, 0600);
	REQUIRE(set >= 0 && order != MAP_FAILED);
	for (int i = 0; i < 3; i++)
		pids[i] = taker(i, 1);
	CHECK_INT(semctl(set, 0, GETNCNT), 3, "three wait");
	for (int i = 0; i < 3; i++) {
		give(1);
		CHECK_INT(wait_status(pids[i]), 0, "number %d is served", i);
		CHECK_INT(order[i], i + 1, "in its turn");
	}
	pids[0] = taker(0, 3);
	pids[1] = taker(1, 1);
	give(1);
	CHECK_INT(wait_status(pids[1]), 0, "one is enough for the second");
	CHECK_INT(semctl(set, 0, GETNCNT), 1, "the first still waits");
	give(3);
	CHECK_INT(wait_status(pids[0]), 0, "and gets its three");
	CHECK_INT(semctl(set, 0, GETVAL), 0, "all is taken");
	pids[0] = taker(0, 1);
	pids[1] = taker(1, 1);
	give(2);
	CHECK(wait_status(pids[0]) == 0 && wait_status(pids[1]) == 0, "one raise serves two");
	semctl(set, 0, IPC_RMID);
}
