/* SPDX-License-Identifier: MIT */
/* shmat's addresses and flags: SHM_RND, SHM_REMAP, SHM_RDONLY, SHM_EXEC; pieces of an attachment; /proc/PID/maps. */
#include "lib/contract.h"

#include <sys/ipc.h>
#include <sys/shm.h>

static int write_to(void *p)
{
	*(volatile char *)p = 1;
	return 0;
}

static bool in_maps(void *addr, const char *perms, const char *name, int id)
{
	char line[512], start[32], got[8], path[256];
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long ino, offset;
	bool found = false;

	REQUIRE(f);
	snprintf(start, sizeof(start), "%lx-", (unsigned long)addr);
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, start, strlen(start)))
			continue;
		if (sscanf(line, "%*s %7s %lx %*s %lu %255[^\n]", got, &offset, &ino, path) == 4)
			found = !strcmp(got, perms) && !strcmp(path, name) && ino == (unsigned long)id && !offset;
		if (!found)
			note("%s", line);
	}
	fclose(f);
	return found;
}

static unsigned long attached(int id)
{
	struct shmid_ds ds;

	return shmctl(id, IPC_STAT, &ds) ? 999 : ds.shm_nattch;
}

void contract_main(void)
{
	int id = shmget(IPC_PRIVATE, 4 * PAGE, 0700);
	char *area = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *p;

	REQUIRE(id >= 0 && area != MAP_FAILED);
	area[0] = 1;
	CHECK(shmat(id, area, 0) == (void *)-1 && errno == EINVAL, "an address in use");
	CHECK(shmat(id, area, SHM_REMAP) == area && area[0] == 0, "SHM_REMAP takes it over");
	CHECK(in_maps(area, "rw-s", "/SYSV00000000 (deleted)", id), "maps: name, inode, offset");
	CHECK_INT(shmdt(area), 0, "detach");
	CHECK(shmat(id, area, 0) == area, "at a free address");
	CHECK_INT(shmdt(area), 0, "detach");
	CHECK(shmat(id, area + 100, 0) == (void *)-1 && errno == EINVAL, "not at a page");
	CHECK(shmat(id, area + 100, SHM_RND) == area, "SHM_RND rounds it down");
	CHECK_INT(shmdt(area), 0, "detach");
	CHECK(shmat(id, NULL, SHM_REMAP) == (void *)-1 && errno == EINVAL, "SHM_REMAP without an address");
	CHECK(shmat(-1, NULL, 0) == (void *)-1 && errno == EINVAL, "identifier -1");

	p = shmat(id, NULL, SHM_RDONLY);
	REQUIRE(p != (void *)-1);
	CHECK(in_maps(p, "r--s", "/SYSV00000000 (deleted)", id), "read-only in maps");
	CHECK_SIGNALLED(write_to, p, SIGSEGV, "a store through SHM_RDONLY");
	CHECK_ERR(mprotect(p, PAGE, PROT_READ | PROT_WRITE), EACCES, "which mprotect does not lift");
	CHECK_INT(shmdt(p), 0, "detach");
	p = shmat(id, NULL, SHM_EXEC);
	CHECK(p != (void *)-1 && in_maps(p, "rwxs", "/SYSV00000000 (deleted)", id), "SHM_EXEC");
	CHECK_INT(shmdt(p), 0, "detach");

	p = shmat(id, NULL, 0);
	REQUIRE(p != (void *)-1);
	CHECK_INT(munmap(p + PAGE, PAGE), 0, "a hole in it");
	CHECK_INT(attached(id), 2, "two pieces count twice");
	CHECK_INT(shmdt(p), 0, "shmdt takes both pieces");
	CHECK_INT(attached(id), 0, "none left");
	CHECK_SIGNALLED(write_to, p + 2 * PAGE, SIGSEGV, "the second piece is gone");
	shmctl(id, IPC_RMID, NULL);
}
