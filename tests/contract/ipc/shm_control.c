/* SPDX-License-Identifier: MIT */
/* shmctl: IPC_SET, IPC_INFO, SHM_INFO, SHM_STAT, SHM_LOCK; limits; permissions of another user; /proc/sysvipc/shm. */
#include "lib/contract.h"

#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/resource.h>

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif

static bool in_table(int id, unsigned mode, unsigned long size, unsigned long nattch)
{
	char line[512];
	FILE *f = fopen("/proc/sysvipc/shm", "r");
	unsigned long got_size, got_nattch;
	bool found = false;
	unsigned got_mode;
	int got_id;

	REQUIRE(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*d %d %o %lu %*u %*u %lu", &got_id, &got_mode, &got_size, &got_nattch) == 4 &&
		    got_id == id)
			found = got_mode == mode && got_size == size && got_nattch == nattch;
	}
	fclose(f);
	return found;
}

static int as_nobody(void *arg)
{
	int id = *(int *)arg;
	struct shmid_ds ds;

	if (setgid(65534) || setuid(65534))
		return 50;
	if (shmat(id, NULL, SHM_RDONLY) == (void *)-1)
		return 1;
	if (shmat(id, NULL, 0) != (void *)-1 || errno != EACCES)
		return 2;
	if (shmctl(id, IPC_STAT, &ds))
		return 3;
	if (shmctl(id, IPC_SET, &ds) != -1 || errno != EPERM)
		return 4;
	if (shmctl(id, IPC_RMID, NULL) != -1 || errno != EPERM)
		return 5;
	if (shmget(ds.shm_perm.__key, 0, 0600) != -1 || errno != EACCES)
		return 6;
	if (shmget(ds.shm_perm.__key, 0, 0400) != id)
		return 7;
	return shmctl(id, SHM_LOCK, NULL) == -1 && errno == EPERM ? 0 : 8;
}

static int closed_to_nobody(void *arg)
{
	int id = *(int *)arg, slot = id % 32768;
	struct shmid_ds ds;

	if (setgid(65534) || setuid(65534))
		return 50;
	if (shmctl(id, IPC_STAT, &ds) != -1 || errno != EACCES)
		return 1;
	if (shmctl(slot, SHM_STAT, &ds) != -1 || errno != EACCES)
		return 2;
	return shmctl(slot, SHM_STAT_ANY, &ds) == id ? 0 : 3;
}

void contract_main(void)
{
	int id, highest;
	struct shminfo limits;
	struct shm_info info;
	struct shmid_ds ds;
	char *p;

	need_root();
	id = shmget(0x45000000 + getpid(), 2 * PAGE, IPC_CREAT | 0644);
	REQUIRE(id >= 0);
	highest = CHECK_OK(shmctl(0, IPC_INFO, (void *)&limits), "IPC_INFO");
	CHECK(highest >= id % 32768, "tells the highest slot");
	CHECK(limits.shmmin == 1 && limits.shmmni >= 4096 && limits.shmmax > 1UL << 32, "limits");
	CHECK(shmctl(0, SHM_INFO, (void *)&info) == highest && info.used_ids >= 1 && info.shm_tot >= 2, "SHM_INFO");
	CHECK_INT(shmctl(id % 32768, SHM_STAT, &ds), id, "SHM_STAT by slot");
	CHECK_INT(shmctl(id % 32768, SHM_STAT_ANY, &ds), id, "SHM_STAT_ANY");
	p = shmat(id, NULL, 0);
	REQUIRE(p != (void *)-1);
	CHECK(in_table(id, 0644, 2 * PAGE, 1), "/proc/sysvipc/shm");
	p[0] = 1;
	CHECK_EXIT(as_nobody, &id, 0, "mode 0644 for another user");
	REQUIRE(shmctl(id, IPC_STAT, &ds) == 0);
	ds.shm_perm.mode = 0600;
	CHECK_INT(shmctl(id, IPC_SET, &ds), 0, "IPC_SET");
	CHECK(shmctl(id, IPC_STAT, &ds) == 0 && (ds.shm_perm.mode & 0777) == 0600, "changes the mode");
	CHECK_EXIT(closed_to_nobody, &id, 0, "mode 0600 for another user");
	CHECK_INT(shmctl(id, SHM_LOCK, NULL), 0, "SHM_LOCK");
	CHECK(shmctl(id, IPC_STAT, &ds) == 0 && (ds.shm_perm.mode & SHM_LOCKED), "is shown");
	CHECK_INT(shmctl(id, SHM_UNLOCK, NULL), 0, "SHM_UNLOCK");
	CHECK(shmctl(id, IPC_STAT, &ds) == 0 && !(ds.shm_perm.mode & SHM_LOCKED), "too");
	CHECK_ERR(shmctl(id, 12345, NULL), EINVAL, "an unknown command");
	CHECK_ERR(shmctl(id, IPC_SET, bad_pointer()), EFAULT, "IPC_SET from nowhere");
	CHECK_ERR(shmctl(id, IPC_STAT, bad_pointer()), EFAULT, "IPC_STAT to nowhere");
	CHECK_ERR(shmget(IPC_PRIVATE, ~0UL, 0600), EINVAL, "more than shmmax");
	shmctl(id, IPC_RMID, NULL);
}
