/* SPDX-License-Identifier: MIT */
/*
 * A file that shrinks takes from private mappings what they had changed behind its new end: SIGBUS there, zeroes when
 * it grows again. A hole that is punched leaves them their copies.
 */
#include "lib/contract.h"

#include <setjmp.h>
#include <sys/mman.h>

static sigjmp_buf caught;
static int page;

static void on_bus(int sig)
{
	siglongjmp(caught, 1);
}

static bool faults(volatile char *p)
{
	if (sigsetjmp(caught, 1))
		return true;
	(void)*p;
	return false;
}

static char *changed(int fd, int pages)
{
	char *map;

	REQUIRE(ftruncate(fd, (off_t)pages * page) == 0);
	map = mmap(NULL, (size_t)pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(map != MAP_FAILED);
	memset(map, 'x', (size_t)pages * page);
	return map;
}

static void shrinks(int fd)
{
	char *map = changed(fd, 4);
	pid_t pid;

	CHECK_INT(ftruncate(fd, page), 0, "shrink");
	CHECK(map[0] == 'x' && map[page - 1] == 'x', "the first page is as it was");
	CHECK(faults(map + page), "the second is behind the end");
	CHECK(faults(map + 3 * page), "so is the last");
	CHECK_INT(ftruncate(fd, 4L * page), 0, "grow");
	CHECK(map[page] == 0 && map[4 * page - 1] == 0, "zeroes, not the copies");
	memset(map + page, 'y', page);
	pid = fork_child();
	if (pid == 0) {
		CHECK_INT(ftruncate(fd, page), 0, "shrink in a child");
		_exit(faults(map + page) ? 0 : 1);
	}
	CHECK_INT(wait_status(pid), 0, "the child's copy is gone");
	CHECK(faults(map + page), "the parent's as well");
	munmap(map, 4L * page);
}

static void punched(int fd)
{
	char *map = changed(fd, 3);

	CHECK_INT(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, page, page), 0, "punch");
	CHECK(map[page] == 'x', "the copy stays");
	munmap(map, 3L * page);
}

void contract_main(void)
{
	int fd = memfd_create("m", 0), file;

	page = getpagesize();
	on_signal(SIGBUS, on_bus, SA_NODEFER);
	REQUIRE(fd >= 0);
	shrinks(fd);
	punched(fd);
	close(fd);
	tmp_dir();
	file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	REQUIRE(file >= 0);
	shrinks(file);
	close(file);
}
