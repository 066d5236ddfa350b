/* SPDX-License-Identifier: MIT */
/* A segment removed while attached lives until the last detach, exec or exit; its key is free at once. */
#include "lib/contract.h"

#include <sys/ipc.h>
#include <sys/shm.h>

int contract_role(const char *role, int argc, char **argv)
{
	struct shmid_ds ds;

	(void)argc, (void)role;
	return shmctl(atoi(argv[2]), IPC_STAT, &ds) ? 99 : (int)ds.shm_nattch;
}

void contract_main(void)
{
	key_t key = 0x44000000 + getpid();
	int id = shmget(key, PAGE, IPC_CREAT | 0600), other, status;
	struct shmid_ds ds;
	char *p = shmat(id, NULL, 0), text[16];
	pid_t pid;

	REQUIRE(p != (void *)-1);
	snprintf(text, sizeof(text), "%d", id);
	status = run_role("count", text, NULL, NULL);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1, "exec detaches: only this process has it");
	CHECK_INT(shmctl(id, IPC_RMID, NULL), 0, "IPC_RMID while attached");
	CHECK_INT(shmctl(id, IPC_STAT, &ds), 0, "the identifier still works");
	CHECK(ds.shm_perm.mode & SHM_DEST, "SHM_DEST is shown");
	CHECK_INT(ds.shm_perm.__key, IPC_PRIVATE, "it has no key any more");
	CHECK_ERR(shmget(key, 0, 0), ENOENT, "nobody finds it");
	other = shmget(key, PAGE, IPC_CREAT | IPC_EXCL | 0600);
	CHECK(other >= 0 && other != id, "the key makes a new segment");
	shmctl(other, IPC_RMID, NULL);
	strcpy(p, "kept");
	pid = fork_child();
	if (pid == 0) {
		char *again = shmat(id, NULL, 0);

		_exit(again != (void *)-1 && !strcmp(again, "kept") ? 0 : 1);
	}
	CHECK_INT(wait_status(pid), 0, "attached once more by its identifier");
	CHECK_INT(shmctl(id, IPC_STAT, &ds), 0, "there while attached");
	CHECK_INT(shmdt(p), 0, "the last detach");
	CHECK_ERR(shmctl(id, IPC_STAT, &ds), EINVAL, "ends it");
	id = shmget(IPC_PRIVATE, PAGE, 0600);
	pid = fork_child();
	if (pid == 0) {
		shmat(id, NULL, 0);
		shmctl(id, IPC_RMID, NULL);
		_exit(shmctl(id, IPC_STAT, &ds) ? 1 : 0);
	}
	CHECK_INT(wait_status(pid), 0, "a child removes what it has attached");
	CHECK_ERR(shmctl(id, IPC_STAT, &ds), EINVAL, "and its exit ends it");
}
