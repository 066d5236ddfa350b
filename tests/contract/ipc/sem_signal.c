/* SPDX-License-Identifier: MIT */
/* A signal ends semop and semtimedop with EINTR even under SA_RESTART, and leaves no waiter behind. */
#include "lib/contract.h"

#include <sys/ipc.h>
#include <sys/sem.h>

static void handler(int sig)
{
	(void)sig;
}

static int interrupted(void *arg)
{
	struct sembuf op = { 0, -1, 0 };

	on_signal(SIGALRM, handler, SA_RESTART);
	alarm(1);
	return semop(*(int *)arg, &op, 1) == -1 && errno == EINTR ? 0 : 1;
}

static int interrupted_timed(void *arg)
{
	struct sembuf op = { 0, -1, 0 };
	struct timespec t = { 30, 0 };

	on_signal(SIGALRM, handler, SA_RESTART);
	alarm(1);
	return semtimedop(*(int *)arg, &op, 1, &t) == -1 && errno == EINTR ? 0 : 1;
}

void contract_main(void)
{
	int id = semget(IPC_PRIVATE, 1, 0600);
	struct sembuf up = { 0, 1, 0 };

	REQUIRE(id >= 0);
	CHECK_EXIT(interrupted, &id, 0, "semop: EINTR in spite of SA_RESTART");
	CHECK_EXIT(interrupted_timed, &id, 0, "semtimedop");
	CHECK_INT(semctl(id, 0, GETNCNT), 0, "nobody waits any more");
	CHECK_INT(semop(id, &up, 1), 0, "raise");
	CHECK_INT(semctl(id, 0, GETVAL), 1, "nobody took it");
	semctl(id, 0, IPC_RMID);
}
