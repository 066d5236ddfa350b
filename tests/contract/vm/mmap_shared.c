/* SPDX-License-Identifier: MIT */
/* MAP_SHARED | MAP_ANONYMOUS: stores pass between parent and child in both directions. */
#include "lib/contract.h"

void contract_main(void)
{
	volatile int *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	REQUIRE(p != MAP_FAILED);
	p[0] = 1;
	pid = fork_child();
	if (pid == 0) {
		if (p[0] != 1)
			_exit(1);
		p[1024] = 2;
		_exit(EVENTUALLY(p[1] == 3, 5000) ? 0 : 2);
	}
	CHECK(EVENTUALLY(p[1024] == 2, 5000),
	      "the parent sees the child's store, in a page it never touched");
	p[1] = 3;
	CHECK_INT(wait_status(pid), 0, "the child sees the parent's");
	CHECK_INT(p[1024], 2, "the child's store outlives it");
	CHECK_INT(madvise((void *)p, 2 * PAGE, MADV_DONTNEED), 0, "MADV_DONTNEED");
	CHECK(p[0] == 1 && p[1] == 3, "does not lose shared content");
}
