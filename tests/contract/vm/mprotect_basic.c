/* SPDX-License-Identifier: MIT */
/*
 * mprotect: PROT_NONE faults on reading, PROT_READ brings the content back and faults on
 * writing.
 */
#include "lib/contract.h"

static int read_it(void *arg) { return *(volatile char *)arg; }
static int write_it(void *arg) { return *(volatile char *)arg = 9; }

void contract_main(void)
{
	char *p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED);
	memset(p, 5, 3 * PAGE);
	CHECK_INT(mprotect(p + PAGE, PAGE, PROT_NONE), 0, "PROT_NONE");
	CHECK_SIGNALLED(read_it, p + PAGE, SIGSEGV, "reading faults");
	CHECK_EXIT(read_it, p + 2 * PAGE, 5, "the next page reads");
	CHECK_ERR(write(1, p + PAGE, 1), EFAULT, "a system call gets EFAULT");
	CHECK_INT(mprotect(p + PAGE, PAGE, PROT_READ), 0, "PROT_READ");
	CHECK_EXIT(read_it, p + PAGE, 5, "the content is still there");
	CHECK_SIGNALLED(write_it, p + PAGE, SIGSEGV, "writing faults");
	CHECK_ERR(read(open("/dev/zero", O_RDONLY), p + PAGE, 1), EFAULT,
		  "a system call that writes gets EFAULT");
	CHECK_INT(mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE), 0, "over three areas at once");
	CHECK_EXIT(write_it, p + PAGE, 9, "writing works again");
	CHECK_INT(p[PAGE], 5, "in the child's copy");
	REQUIRE(munmap(p + PAGE, PAGE) == 0);
	CHECK_ERR(mprotect(p, 3 * PAGE, PROT_READ), ENOMEM, "a hole is ENOMEM");
	CHECK_SIGNALLED(write_it, p, SIGSEGV, "after the part before it was changed");
	CHECK_EXIT(write_it, p + 2 * PAGE, 9, "and not the part behind it");
}
