/* SPDX-License-Identifier: MIT */
/* mlock(2), mlock2(2), mlockall(2), MAP_LOCKED: what counts, what is refused, what goes with the memory. */
#include "lib/contract.h"

#include <sys/resource.h>

#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif
#ifndef SYS_mlock2
#define SYS_mlock2 325
#endif

/* A KiB value of /proc/self/status. */
static long status_kib(const char *key)
{
	char text[8192], *at;

	REQUIRE(read_file("/proc/self/status", text, sizeof(text)) > 0);
	at = strstr(text, key);
	REQUIRE(at);
	return atol(at + strlen(key));
}

static char *map(size_t pages, int flags)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	REQUIRE(p != MAP_FAILED);
	REQUIRE_OK(madvise(p, pages * PAGE, MADV_NOHUGEPAGE));
	return p;
}

static int resident(char *p, size_t pages)
{
	unsigned char vec[64];
	int n = 0;

	REQUIRE_OK(mincore(p, pages * PAGE, vec));
	for (size_t i = 0; i < pages; i++)
		n += vec[i] & 1;
	return n;
}

static int child_lock(void *arg)
{
	return status_kib("VmLck:") == 0 ? 0 : 1;
}

static void check_counts(void)
{
	char *p = map(8, 0);

	CHECK_INT(status_kib("VmLck:"), 0, "nothing is locked");
	REQUIRE_OK(mlock(p, 4 * PAGE));
	CHECK_INT(status_kib("VmLck:"), 16, "four pages are");
	CHECK_INT(resident(p, 8), 4, "and present");
	REQUIRE_OK(mlock(p + 2 * PAGE, 4 * PAGE));
	CHECK_INT(status_kib("VmLck:"), 24, "an overlap counts once");
	CHECK_EXIT(child_lock, NULL, 0, "a child's memory is not locked");
	CHECK_ERR(madvise(p, PAGE, MADV_DONTNEED), EINVAL, "locked pages cannot be dropped");
	CHECK_ERR(msync(p, PAGE, MS_INVALIDATE), EBUSY, "nor invalidated");
	REQUIRE_OK(munlock(p + PAGE, PAGE));
	CHECK_INT(status_kib("VmLck:"), 20, "munlock of one");
	REQUIRE_OK(munmap(p, 8 * PAGE));
	CHECK_INT(status_kib("VmLck:"), 0, "munmap unlocks");
	p = map(8, 0);
	REQUIRE_OK(syscall(SYS_mlock2, p, 8 * PAGE, MLOCK_ONFAULT));
	CHECK_INT(status_kib("VmLck:"), 32, "MLOCK_ONFAULT counts");
	CHECK_INT(resident(p, 8), 0, "but reads nothing in");
	p[3 * PAGE] = 1;
	CHECK_INT(resident(p, 8), 1, "what is touched comes, alone");
	CHECK_ERR(syscall(SYS_mlock2, p, PAGE, 2), EINVAL, "unknown flags are EINVAL");
	REQUIRE_OK(munmap(p, 8 * PAGE));
	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK_INT(resident(p, 4), 4, "MAP_LOCKED memory is present");
	CHECK_INT(status_kib("VmLck:"), 16, "and counted");
	p = mremap(p, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
	REQUIRE(p != MAP_FAILED);
	CHECK_INT(status_kib("VmLck:"), 24, "mremap locks what it adds");
	CHECK_INT(resident(p, 6), 6, "and makes it present");
	REQUIRE_OK(munmap(p, 6 * PAGE));
}

static void check_errors(void)
{
	char *p = map(4, 0);

	REQUIRE_OK(munmap(p + 2 * PAGE, PAGE));
	CHECK_ERR(mlock(p, 4 * PAGE), ENOMEM, "a hole is ENOMEM");
	CHECK_ERR(munlock(p, 4 * PAGE), ENOMEM, "for munlock too");
	CHECK_ERR(mlockall(0), EINVAL, "mlockall without flags is EINVAL");
	CHECK_ERR(mlockall(MCL_ONFAULT), EINVAL, "MCL_ONFAULT alone is EINVAL");
	CHECK_ERR(mlockall(64), EINVAL, "unknown flags are EINVAL");
	CHECK_INT(mlock(p, 0), 0, "length 0 is fine");
	REQUIRE_OK(munmap(p, 4 * PAGE));
}

static int limited(void *arg)
{
	struct rlimit limit = { 4 * PAGE, 4 * PAGE }, none = { 0, 0 };
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED;
	char *p = map(8, 0);

	if (setrlimit(RLIMIT_MEMLOCK, &limit) || setgid(65534) || setuid(65534))
		return 1;
	if (mlock(p, 4 * PAGE) || mlock(p + PAGE, 3 * PAGE))	/* what is locked counts once */
		return 2;
	if (mlock(p + 4 * PAGE, PAGE) != -1 || errno != ENOMEM)
		return 3;
	if (mmap(NULL, PAGE, PROT_READ, flags, -1, 0) != MAP_FAILED || errno != EAGAIN)
		return 4;
	if (mlockall(MCL_CURRENT) != -1 || errno != ENOMEM)
		return 5;
	if (munlock(p, PAGE) || mlock(p + 4 * PAGE, PAGE))
		return 6;
	if (setrlimit(RLIMIT_MEMLOCK, &none))
		return 7;
	if (mlock(p + 5 * PAGE, PAGE) != -1 || errno != EPERM)
		return 8;
	return 0;
}

static int future(void *arg)
{
	char *p;

	if (mlockall(MCL_FUTURE))
		return 1;
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || resident(p, 2) != 2)
		return 2;
	if (munlockall())
		return 3;
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || resident(p, 2) != 0)
		return 4;
	return status_kib("VmLck:") == 0 ? 0 : 5;
}

void contract_main(void)
{
	need_root();
	check_counts();
	check_errors();
	CHECK_EXIT(limited, NULL, 0, "RLIMIT_MEMLOCK binds a user: ENOMEM, EAGAIN, and EPERM when it is 0");
	CHECK_EXIT(future, NULL, 0, "MCL_FUTURE locks what comes, munlockall ends that");
}
