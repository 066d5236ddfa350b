/* SPDX-License-Identifier: MIT */
/* Copy-on-write over a chain of forks and over many pages: each process sees its own history. */
#include "lib/contract.h"

#define PAGES 600

static unsigned char *area;

static int level(int depth)
{
	for (int i = 0; i < PAGES; i++) {
		if (area[i * PAGE] != (i % 7 < depth ? i % 7 + 1 : 0))
			return 100 + depth;
	}
	for (int i = 0; i < PAGES; i++) {
		if (i % 7 == depth)
			area[i * PAGE] = (unsigned char)(depth + 1);
	}
	if (depth == 6)
		return 0;
	for (int twin = 0; twin < 2; twin++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(level(depth + 1));
		status = wait_status(pid);
		if (status != 0)
			return WEXITSTATUS(status);
	}
	for (int i = 0; i < PAGES; i++) {
		if (area[i * PAGE] != (i % 7 <= depth ? i % 7 + 1 : 0))
			return 200 + depth;
	}
	return 0;
}

void contract_main(void)
{
	area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(area != MAP_FAILED);
	CHECK_INT(level(0), 0, "seven generations with two children each see their own pages");
}
