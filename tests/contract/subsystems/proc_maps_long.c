/* SPDX-License-Identifier: MIT */
/*
 * maps and smaps of a process with 30,000 areas: each is listed once and in order, smaps is longer than 16 MiB, a piece
 * read again is the same, and who goes back to the beginning sees what changed. Source: proc(5).
 */
#include "lib/contract.h"

#include <sys/mman.h>

#define AREAS	30000
#define SPAN	((size_t)AREAS * 2 * PAGE)

static char *area;

/* Lines that begin an area of ours: how many, or -1 when they are out of order. *bytes: all that was read. */
static int count_areas(const char *name, size_t *bytes)
{
	FILE *file = fopen(name, "r");
	uintptr_t last = 0, start, end;
	char line[512];
	int n = 0;

	REQUIRE(file);
	for (*bytes = 0; fgets(line, sizeof(line), file); *bytes += strlen(line)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) != 2)
			continue;
		if (start < last)
			n = -AREAS * 4;
		last = end;
		if (start >= (uintptr_t)area && end <= (uintptr_t)area + SPAN)
			n++;
	}
	fclose(file);
	return n < 0 ? -1 : n;
}

static void pieces(void)
{
	char first[1000], again[1000];
	int fd = REQUIRE_OK(open("/proc/self/maps", O_RDONLY));

	CHECK_INT(pread(fd, first, sizeof(first), 100001), 1000, "a piece from the middle");
	CHECK(pread(fd, again, sizeof(again), 300000) == 1000 && memcmp(first, again, 1000), "one further on differs");
	CHECK_INT(pread(fd, again, sizeof(again), 100001), 1000, "back again");
	CHECK(!memcmp(first, again, sizeof(first)), "what was read there before");
	CHECK_INT(pread(fd, again, sizeof(again), 1 << 30), 0, "nothing far behind the end");
	close(fd);
}

static void changes(void)
{
	char first[4096], again[4096];
	int fd = REQUIRE_OK(open("/proc/self/maps", O_RDONLY));
	void *low = (void *)0x10000;

	REQUIRE(read(fd, first, 1000) == 1000);
	REQUIRE(mmap(low, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == low);
	REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	REQUIRE(read(fd, again, 1000) == 1000);
	CHECK(!strncmp(again, "00010000-00011000 r--p 00000000 00:00 0 \n", 41), "a new area, from the beginning");
	close(fd);
}

void contract_main(void)
{
	size_t bytes;

	area = mmap(NULL, SPAN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	REQUIRE(area != MAP_FAILED);
	for (size_t i = 0; i < AREAS; i++)
		REQUIRE_OK(mprotect(area + i * 2 * PAGE, PAGE, PROT_READ));
	CHECK_INT(count_areas("/proc/self/maps", &bytes), AREAS * 2, "maps lists each area once");
	CHECK_INT(count_areas("/proc/self/smaps", &bytes), AREAS * 2, "smaps, too");
	CHECK(bytes > 16 << 20, "which is long (%zu bytes)", bytes);
	pieces();
	changes();
}
