/* SPDX-License-Identifier: MIT */
/* /proc/sys/vm: max_map_count and overcommit_* are obeyed, drop_caches is taken. */
#include "lib/sysctl.h"

#define GIB	(1UL << 30)
#define MEMINFO	"/proc/meminfo"

static int many_areas(void *arg)
{
	char *base = mmap(NULL, 4000 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int i;

	(void)arg;
	REQUIRE(base != MAP_FAILED);
	for (i = 1; i < 4000; i += 2) {
		if (mprotect(base + i * PAGE, PAGE, PROT_NONE))
			break;
	}
	CHECK(i > 400 && i < 600 && errno == ENOMEM, "about 500 areas, then ENOMEM (%d)", i);
	CHECK_ERR(munmap(base + 3000 * PAGE, PAGE), ENOMEM, "a hole would make one more");
	CHECK_INT(munmap(base + 3999 * PAGE, PAGE), 0, "an end does not");
	CHECK_INT(munmap(base, 100 * PAGE), 0, "fewer areas");
	CHECK_INT(mprotect(base + 3000 * PAGE, PAGE, PROT_NONE), 0, "make room");
	return 0;
}

static void *map(size_t size, int flags)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (p != MAP_FAILED)
		REQUIRE(munmap(p, size) == 0);
	return p;
}

static int always(void *arg)
{
	(void)arg;
	CHECK(map(1UL << 44, 0) != MAP_FAILED, "mode 1: 16 TiB");
	return 0;
}

/* The machine's other programs have room in all of this. */
static void never(void)
{
	long long ratio = sysctl_get("vm/overcommit_ratio"), kbytes = sysctl_get("vm/overcommit_kbytes");
	char *p;

	sysctl_set("vm/overcommit_kbytes", read_field(MEMINFO, "Committed_AS:") + (8 << 20));
	CHECK_INT(sysctl_get("vm/overcommit_ratio"), 0, "kbytes or ratio, not both");
	CHECK_INT(read_field(MEMINFO, "CommitLimit:"), sysctl_get("vm/overcommit_kbytes"), "CommitLimit");
	sysctl_set("vm/overcommit_memory", 2);
	CHECK(map(GIB, 0) != MAP_FAILED, "mode 2: one GiB of eight");
	CHECK(map(16 * GIB, 0) == MAP_FAILED && errno == ENOMEM, "not sixteen");
	CHECK(map(16 * GIB, MAP_NORESERVE) == MAP_FAILED && errno == ENOMEM, "nor with MAP_NORESERVE");
	p = mmap(NULL, 16 * GIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED, "what is only read is not counted");
	CHECK_ERR(mprotect(p, 16 * GIB, PROT_READ | PROT_WRITE), ENOMEM, "until it is to be written");
	CHECK(mmap(NULL, 16 * GIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED,
	      "nor is that much shared memory");
	CHECK(mmap(NULL, 16 * GIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) ==
	      MAP_FAILED, "nor with MAP_NORESERVE");
	sysctl_set("vm/overcommit_memory", 0);
	if (kbytes)
		sysctl_set("vm/overcommit_kbytes", kbytes);
	else
		sysctl_set("vm/overcommit_ratio", ratio);
	munmap(p, 16 * GIB);
}

void contract_main(void)
{
	long long before;
	char *p;

	need_own_machine();
	if (sysctl_get("vm/overcommit_memory"))
		skip_all("overcommit_memory is not 0");
	CHECK_INT(with_sysctl("vm/max_map_count", 500, many_areas, NULL), 0, "max_map_count");
	CHECK(map(1UL << 44, 0) == MAP_FAILED && errno == ENOMEM, "mode 0 refuses 16 TiB");
	CHECK(map(1UL << 44, MAP_NORESERVE) != MAP_FAILED, "but with MAP_NORESERVE");
	CHECK_INT(with_sysctl("vm/overcommit_memory", 1, always, NULL), 0, "overcommit_memory 1");
	CHECK_ERR(sysctl_try("vm/overcommit_memory", "3"), EINVAL, "there is no mode 3");
	before = read_field(MEMINFO, "Committed_AS:");
	p = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK(EVENTUALLY(read_field(MEMINFO, "Committed_AS:") >= before + (48 << 10), 2000),
	      "Committed_AS: what is not touched");
	never();
	CHECK_ERR(sysctl_try("vm/drop_caches", "0"), EINVAL, "drop_caches 0");
	CHECK_ERR(sysctl_try("vm/drop_caches", "5"), EINVAL, "drop_caches 5");
	CHECK_INT(sysctl_try("vm/drop_caches", "4"), 0, "drop_caches 4 (1 and 2 would hurt others)");
}
