/* SPDX-License-Identifier: MIT */
/* semop: all or nothing, waiting, IPC_NOWAIT, time-outs, ERANGE, E2BIG, EFBIG; semctl's questions. */
#include "lib/contract.h"

#include <sys/ipc.h>
#include <sys/sem.h>

union semun { int val; struct semid_ds *buf; unsigned short *array; };

static int value(int id, int n)
{
	return semctl(id, n, GETVAL);
}

static int take(int id, int n)
{
	struct sembuf op = { (unsigned short)n, -1, 0 };

	return semop(id, &op, 1);
}

void contract_main(void)
{
	int id = CHECK_OK(semget(IPC_PRIVATE, 3, 0600), "semget");
	struct sembuf both[] = { { 0, -1, IPC_NOWAIT }, { 1, -1, IPC_NOWAIT } };
	struct sembuf many[501] = { { 0, 0, 0 } }, far = { 3, 1, 0 }, zero = { 2, 0, 0 }, up = { 1, 1, 0 };
	unsigned short all[3] = { 9, 9, 9 };
	struct timespec soon = { 0, 30 * 1000 * 1000 }, bad = { 0, 1000000000 };
	struct semid_ds ds;
	int64_t start;
	pid_t pid;

	CHECK(value(id, 0) == 0 && value(id, 2) == 0, "new ones are 0");
	CHECK_INT(semctl(id, 0, SETVAL, (union semun){ .val = 2 }), 0, "SETVAL");
	CHECK_ERR(semop(id, both, 2), EAGAIN, "one of two cannot be taken");
	CHECK_INT(value(id, 0), 2, "and the other was not");
	all[1] = 1;
	CHECK_INT(semctl(id, 0, SETALL, (union semun){ .array = all }), 0, "SETALL");
	CHECK_INT(semop(id, both, 2), 0, "both can");
	memset(all, 0, sizeof(all));
	CHECK(semctl(id, 0, GETALL, (union semun){ .array = all }) == 0 && all[0] == 8 && all[1] == 0 && all[2] == 9,
	      "GETALL");
	CHECK_INT(semctl(id, 0, GETPID), getpid(), "GETPID");
	CHECK(semctl(id, 0, IPC_STAT, (union semun){ .buf = &ds }) == 0 && ds.sem_nsems == 3 && ds.sem_otime != 0,
	      "IPC_STAT");
	CHECK_ERR(semop(id, &far, 1), EFBIG, "a semaphore the set does not have");
	CHECK_ERR(semop(id, many, 501), E2BIG, "501 operations");
	CHECK_ERR(semop(id, many, 0), EINVAL, "none");
	CHECK_ERR(semop(-1, many, 1), EINVAL, "identifier -1");
	CHECK_ERR(semop(id, bad_pointer(), 1), EFAULT, "operations from nowhere");
	CHECK_ERR(semctl(id, 3, GETVAL), EINVAL, "GETVAL of one too many");
	CHECK_ERR(semctl(id, 0, SETVAL, (union semun){ .val = 32768 }), ERANGE, "SETVAL above SEMVMX");
	CHECK_ERR(semctl(id, 0, SETVAL, (union semun){ .val = -1 }), ERANGE, "below 0");
	semctl(id, 0, SETVAL, (union semun){ .val = 32767 });
	both[0].sem_op = 1;
	CHECK_ERR(semop(id, both, 1), ERANGE, "past SEMVMX by semop");

	start = now_ns();
	both[1].sem_flg = 0;
	CHECK_ERR(semtimedop(id, both + 1, 1, &soon), EAGAIN, "time-out");
	CHECK(now_ns() - start >= 30000000, "not early");
	CHECK_ERR(semtimedop(id, both + 1, 1, &bad), EINVAL, "a bad time-out");

	pid = fork_child();
	if (pid == 0)
		_exit(take(id, 1) ? 1 : 0);
	wait_asleep(pid);
	CHECK_INT(semctl(id, 1, GETNCNT), 1, "GETNCNT: one waits for it to rise");
	CHECK_INT(semctl(id, 1, GETZCNT), 0, "none for zero");
	CHECK_INT(semop(id, &up, 1), 0, "raise it");
	CHECK_INT(wait_status(pid), 0, "the waiter has it");
	CHECK_INT(value(id, 1), 0, "and took it");
	pid = fork_child();
	if (pid == 0)
		_exit(semop(id, &zero, 1) ? 1 : 0);
	wait_asleep(pid);
	CHECK_INT(semctl(id, 2, GETZCNT), 1, "GETZCNT: one waits for zero");
	CHECK_INT(semctl(id, 2, SETVAL, (union semun){ .val = 0 }), 0, "make it zero");
	CHECK_INT(wait_status(pid), 0, "the waiter goes on");
	pid = fork_child();
	if (pid == 0)
		_exit(take(id, 1) == -1 && errno == EIDRM ? 0 : 1);
	wait_asleep(pid);
	CHECK_INT(semctl(id, 0, IPC_RMID), 0, "IPC_RMID");
	CHECK_INT(wait_status(pid), 0, "gives a sleeper EIDRM");
	CHECK_ERR(take(id, 0), EINVAL, "the set is gone");
}
