/* SPDX-License-Identifier: MIT */
/* MADV_DONTFORK, MADV_DOFORK, MADV_WIPEONFORK, MADV_KEEPONFORK: what a child gets of an area. */
#include "lib/contract.h"

static char *area;

static int is_mapped(void *arg)
{
	return msync(arg, PAGE, MS_ASYNC) == 0 ? 0 : 1;
}

static int first_byte(void *arg)
{
	return *(unsigned char *)arg;
}

static int grandchild(void *arg)
{
	memset(arg, 9, PAGE);
	return WEXITSTATUS(run_child(first_byte, arg));
}

void contract_main(void)
{
	int fd;
	char *file;

	area = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(area != MAP_FAILED);
	memset(area, 5, 8 * PAGE);
	REQUIRE_OK(madvise(area + PAGE, PAGE, MADV_DONTFORK));
	REQUIRE_OK(madvise(area + 3 * PAGE, PAGE, MADV_WIPEONFORK));
	CHECK_EXIT(is_mapped, area, 0, "the first page is in the child");
	CHECK_EXIT(is_mapped, area + PAGE, 1, "what is not to be forked is not");
	CHECK_EXIT(is_mapped, area + 2 * PAGE, 0, "its neighbour is");
	CHECK_EXIT(first_byte, area + 2 * PAGE, 5, "with its content");
	CHECK_EXIT(first_byte, area + 3 * PAGE, 0, "what is to be wiped is zero");
	CHECK_EXIT(first_byte, area + 4 * PAGE, 5, "its neighbour is not");
	CHECK_EXIT(grandchild, area + 3 * PAGE, 0, "a grandchild's is wiped again");
	CHECK(area[PAGE] == 5 && area[3 * PAGE] == 5, "the parent keeps all");
	REQUIRE_OK(madvise(area + PAGE, PAGE, MADV_DOFORK));
	REQUIRE_OK(madvise(area + 3 * PAGE, PAGE, MADV_KEEPONFORK));
	CHECK_EXIT(first_byte, area + PAGE, 5, "MADV_DOFORK takes it back");
	CHECK_EXIT(first_byte, area + 3 * PAGE, 5, "MADV_KEEPONFORK too");
	fd = REQUIRE_OK(memfd_create("x", 0));
	REQUIRE_OK(ftruncate(fd, PAGE));
	file = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(file != MAP_FAILED);
	CHECK_ERR(madvise(file, PAGE, MADV_WIPEONFORK), EINVAL, "a file's mapping cannot be wiped");
	CHECK_INT(madvise(file, PAGE, MADV_DONTFORK), 0, "but left out");
	CHECK_EXIT(is_mapped, file, 1, "it is");
}
