/* SPDX-License-Identifier: MIT */
/* Resident memory is counted by kind, up and down: RssAnon, RssFile, RssShmem, VmHWM. */
#include "lib/contract.h"

#include <sys/resource.h>

#define PAGES	1024L
#define SIZE	(PAGES * PAGE)
#define KIB	(long)(SIZE / 1024)

static long status_kib(const char *key)
{
	char text[8192], *at;

	REQUIRE(read_file("/proc/self/status", text, sizeof(text)) > 0);
	at = strstr(text, key);
	REQUIRE(at);
	return atol(at + strlen(key));
}

/* Counters may lag behind by some pages on Linux. */
static bool near(long got, long want)
{
	return got >= want - 1024 && got <= want + 1024;
}

static char *touched(int flags, int fd)
{
	char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags, fd, 0);

	REQUIRE(p != MAP_FAILED);
	for (long i = 0; i < PAGES; i++)
		p[i * (long)PAGE] = 1;
	return p;
}

static long anon(void) { return status_kib("RssAnon:"); }
static long shmem(void) { return status_kib("RssShmem:"); }

static int child(void *arg)
{
	long before = anon(), *parent = arg;

	/* Shared copy-on-write pages count in each. */
	return near(before, *parent) ? 0 : 1;
}

void contract_main(void)
{
	long a0 = anon(), s0 = shmem(), now;
	struct rusage usage;
	char *p, *q;
	int fd;

	p = touched(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	CHECK(near(anon(), a0 + KIB), "touched private memory is RssAnon");
	now = anon();
	CHECK_EXIT(child, &now, 0, "a child has as much");
	REQUIRE_OK(madvise(p, SIZE / 2, MADV_DONTNEED));
	CHECK(near(anon(), a0 + KIB / 2), "half of it is given back by MADV_DONTNEED");
	REQUIRE_OK(munmap(p, SIZE));
	CHECK(near(anon(), a0), "all of it by munmap");
	q = touched(MAP_SHARED | MAP_ANONYMOUS, -1);
	CHECK(near(shmem(), s0 + KIB), "shared anonymous memory is RssShmem");
	CHECK(near(anon(), a0), "and not RssAnon");
	REQUIRE_OK(munmap(q, SIZE));
	CHECK(near(shmem(), s0), "given back");
	fd = REQUIRE_OK(memfd_create("x", 0));
	REQUIRE_OK(ftruncate(fd, SIZE));
	q = touched(MAP_PRIVATE, fd);
	CHECK(near(anon(), a0 + KIB), "copies of a file's pages are RssAnon");
	REQUIRE_OK(munmap(q, SIZE));
	p = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(p != MAP_FAILED);
	for (long i = 0; i < PAGES; i++)
		REQUIRE(p[i * (long)PAGE] == 0);
	CHECK(status_kib("VmHWM:") >= a0 + KIB - 1024, "VmHWM keeps the peak");
	REQUIRE_OK(getrusage(RUSAGE_SELF, &usage));
	CHECK(usage.ru_maxrss >= a0 + KIB - 1024, "as ru_maxrss does");
	REQUIRE_OK(munmap(p, SIZE));
}
