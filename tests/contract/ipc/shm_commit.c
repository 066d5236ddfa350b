/* SPDX-License-Identifier: MIT */
/* A System V segment counts in Committed_AS as long as it is there, but with SHM_NORESERVE; MAP_FIXED counts once. */
#include "lib/sysctl.h"

#include <sys/shm.h>

#ifndef SHM_NORESERVE
#define SHM_NORESERVE 010000
#endif

#define MIB	(1UL << 20)
#define MEMINFO	"/proc/meminfo"
#define NOISE	(8L << 10)		/* KiB that others may come to need or give back meanwhile */

static bool near(long want)
{
	long long now = read_field(MEMINFO, "Committed_AS:");

	return now > want - NOISE && now < want + NOISE;
}

/* With 16 MiB left, 32 can be mapped again in their own place, and not beside it. */
static void replaced(void)
{
	long long ratio = sysctl_get("vm/overcommit_ratio"), kbytes = sysctl_get("vm/overcommit_kbytes");
	char *p = mmap(NULL, 32 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;

	REQUIRE(p != MAP_FAILED);
	sysctl_set("vm/overcommit_kbytes", read_field(MEMINFO, "Committed_AS:") + (16 << 10));
	sysctl_set("vm/overcommit_memory", 2);
	q = mmap(NULL, 32 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(q == MAP_FAILED && errno == ENOMEM, "32 MiB more are too many");
	q = mmap(p, 32 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(q == p, "in the place of others they are not");
	CHECK_ERR(shmget(IPC_PRIVATE, 32 * MIB, IPC_CREAT | 0600), ENOMEM, "a segment is too much as well");
	CHECK_ERR(shmget(IPC_PRIVATE, 32 * MIB, IPC_CREAT | SHM_NORESERVE | 0600), ENOMEM, "with SHM_NORESERVE, too");
	sysctl_set("vm/overcommit_memory", 0);
	if (kbytes)
		sysctl_set("vm/overcommit_kbytes", kbytes);
	else
		sysctl_set("vm/overcommit_ratio", ratio);
	munmap(p, 32 * MIB);
}

void contract_main(void)
{
	long before;
	int id;

	need_own_machine();
	if (sysctl_get("vm/overcommit_memory"))
		skip_all("overcommit_memory is not 0");
	before = read_field(MEMINFO, "Committed_AS:");
	id = REQUIRE_OK(shmget(IPC_PRIVATE, 64 * MIB, IPC_CREAT | 0600));
	CHECK(EVENTUALLY(near(before + (64 << 10)), 2000), "a segment of 64 MiB counts");
	REQUIRE(shmctl(id, IPC_RMID, NULL) == 0);
	CHECK(EVENTUALLY(near(before), 2000), "until it is removed");
	id = REQUIRE_OK(shmget(IPC_PRIVATE, 64 * MIB, IPC_CREAT | SHM_NORESERVE | 0600));
	CHECK(near(before), "SHM_NORESERVE: it does not");
	REQUIRE(shmctl(id, IPC_RMID, NULL) == 0);
	replaced();
}
