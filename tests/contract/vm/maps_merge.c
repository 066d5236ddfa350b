/* SPDX-License-Identifier: MIT */
/* Areas that continue each other are one: as /proc/self/maps shows after mmap, mprotect, madvise, munmap, mremap. */
#include "lib/contract.h"

#define RW	(PROT_READ | PROT_WRITE)

static char *base;
#define SPAN	(16 * PAGE)

/* Areas in [base, base + SPAN). */
static int areas(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[512];
	int n = 0;

	REQUIRE(f);
	while (fgets(line, sizeof(line), f)) {
		REQUIRE(sscanf(line, "%lx-%lx", &start, &end) == 2);
		n += start < (unsigned long)base + SPAN && end > (unsigned long)base;
	}
	fclose(f);
	return n;
}

static void map_at(int page, int pages, int prot, int flags, int fd, int offset)
{
	char *at = base + page * PAGE;

	REQUIRE(mmap(at, (size_t)pages * PAGE, prot, flags | MAP_FIXED, fd, offset * (long)PAGE) == at);
}

static void check_anonymous(void)
{
	map_at(1, 2, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	map_at(3, 2, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_INT(areas(), 1, "two neighbours are one");
	map_at(6, 2, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_INT(areas(), 2, "a gap keeps them apart");
	map_at(5, 1, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_INT(areas(), 1, "filled, all three are one");
	REQUIRE_OK(mprotect(base + 3 * PAGE, PAGE, PROT_READ));
	CHECK_INT(areas(), 3, "mprotect in the middle makes three");
	REQUIRE_OK(mprotect(base + 3 * PAGE, PAGE, RW));
	CHECK_INT(areas(), 1, "and back makes one");
	REQUIRE_OK(mprotect(base + PAGE, 2 * PAGE, PROT_READ));
	REQUIRE_OK(mprotect(base + 3 * PAGE, 5 * PAGE, PROT_READ));
	CHECK_INT(areas(), 1, "equal protection reached in two steps is one area");
	REQUIRE_OK(madvise(base + 2 * PAGE, PAGE, MADV_DONTFORK));
	CHECK_INT(areas(), 3, "MADV_DONTFORK in the middle makes three");
	REQUIRE_OK(madvise(base + 2 * PAGE, PAGE, MADV_DOFORK));
	CHECK_INT(areas(), 1, "MADV_DOFORK makes one");
	REQUIRE_OK(mlock(base + 4 * PAGE, PAGE));
	CHECK_INT(areas(), 3, "mlock in the middle makes three");
	REQUIRE_OK(munlock(base + 4 * PAGE, PAGE));
	CHECK_INT(areas(), 1, "munlock makes one");
	REQUIRE_OK(munmap(base + 4 * PAGE, PAGE));
	CHECK_INT(areas(), 2, "munmap in the middle leaves two");
	REQUIRE_OK(munmap(base, SPAN));
	CHECK_INT(areas(), 0, "and of all of it none");
}

static void check_file(void)
{
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("f", O_RDWR | O_CREAT, 0600));
	REQUIRE_OK(ftruncate(fd, SPAN));
	map_at(0, 2, PROT_READ, MAP_PRIVATE, fd, 0);
	map_at(2, 2, PROT_READ, MAP_PRIVATE, fd, 2);
	CHECK_INT(areas(), 1, "a file's neighbours at continuing offsets are one");
	map_at(4, 2, PROT_READ, MAP_PRIVATE, fd, 5);
	CHECK_INT(areas(), 2, "at another offset they are not");
	map_at(4, 2, PROT_READ, MAP_SHARED, fd, 4);
	CHECK_INT(areas(), 2, "shared and private are not");
	map_at(4, 2, PROT_READ, MAP_PRIVATE, fd, 4);
	CHECK_INT(areas(), 1, "equal in all they are");
	REQUIRE_OK(munmap(base, SPAN));
	close(fd);
}

static void check_growth(void)
{
	char *p;

	map_at(0, 2, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p = mremap(base, 2 * PAGE, 4 * PAGE, 0);
	CHECK(p == base, "mremap grows in place");
	CHECK_INT(areas(), 1, "one area");
	map_at(6, 2, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p = mremap(base, 4 * PAGE, 6 * PAGE, 0);
	CHECK(p == base, "up to the next area");
	CHECK_INT(areas(), 1, "which it joins");
	CHECK_ERR((long)mremap(base, 2 * PAGE, 3 * PAGE, 0), ENOMEM, "the middle of an area cannot grow in place");
	p = mremap(base + 2 * PAGE, 4 * PAGE, PAGE, 0);
	CHECK(p == base + 2 * PAGE, "shrinking in the middle");
	CHECK_INT(areas(), 2, "leaves a hole");
	REQUIRE_OK(munmap(base, SPAN));
}

void contract_main(void)
{
	/* Far from what the C library maps, which must not join. */
	base = mmap((void *)0x200000000000, SPAN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(base == (void *)0x200000000000);
	REQUIRE_OK(munmap(base, SPAN));
	check_anonymous();
	check_file();
	check_growth();
}
