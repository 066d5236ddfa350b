/* SPDX-License-Identifier: MIT */
/*
 * fork copies on write: parent and child change data, heap, stack, and mappings without seeing
 * each other.
 */
#include "lib/contract.h"

static int global = 1;

static int change(void *arg)
{
	int **pointers = arg;

	for (int i = 0; i < 4; i++) {
		if (*pointers[i] != 1)
			return 1;
		*pointers[i] = 2;
	}
	for (int i = 0; i < 4; i++) {
		if (*pointers[i] != 2)
			return 2;
	}
	return 0;
}

void contract_main(void)
{
	int local = 1, *heap = malloc(sizeof(int)), *map, status, go[2];
	int *pointers[4];
	char byte;
	pid_t pid;

	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(heap && map != MAP_FAILED && pipe(go) == 0);
	*heap = *map = 1;
	pointers[0] = &global, pointers[1] = &local, pointers[2] = heap, pointers[3] = map;
	CHECK_EXIT(change, pointers, 0, "a child changes its copies");
	CHECK(global == 1 && local == 1 && *heap == 1 && *map == 1, "the parent's stay");
	pid = fork_child();
	if (pid == 0) {
		REQUIRE(read(go[0], &byte, 1) == 1);
		_exit(change(pointers));
	}
	global = local = *heap = *map = 3;
	REQUIRE(write(go[1], "x", 1) == 1);
	status = wait_status(pid);
	CHECK_INT(status, 0, "a child does not see what the parent changed after fork");
	CHECK(global == 3 && local == 3 && *heap == 3 && *map == 3, "and the other way round");
}
