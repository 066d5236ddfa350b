/* SPDX-License-Identifier: MIT */
/*
 * mprotect and copy-on-write (lesson 17): the right to write comes from the area, never from an old
 * page-table entry; pages shared by fork stay read-only through PROT_READ and back.
 */
#include "lib/contract.h"

#include <setjmp.h>

static sigjmp_buf back;
static volatile int faults;

static void on_segv(int sig, siginfo_t *info, void *uc)
{
	faults++;
	siglongjmp(back, info->si_code);
}

static int try_store(volatile char *p, char value)
{
	int code = sigsetjmp(back, 1);

	if (code == 0)
		*p = value;
	return code;
}

void contract_main(void)
{
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int hold[2];
	char byte;
	pid_t pid;

	REQUIRE(p != MAP_FAILED && pipe(hold) == 0);
	on_siginfo(SIGSEGV, on_segv, 0);
	*p = 1;
	REQUIRE(mprotect(p, PAGE, PROT_READ) == 0);
	CHECK_INT(try_store(p, 2), SEGV_ACCERR, "a store to a read-only page is SEGV_ACCERR");
	CHECK_INT(*p, 1, "and changes nothing");
	REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_WRITE) == 0);
	CHECK_INT(try_store(p, 3), 0, "after PROT_WRITE it works");
	CHECK_INT(*p, 3, "and changes the byte");
	pid = fork_child();
	if (pid == 0) {
		close(hold[1]);
		_exit(read(hold[0], &byte, 1) == 0 && *p == 3 ? 0 : 1);
	}
	REQUIRE(mprotect(p, PAGE, PROT_READ) == 0);
	CHECK_INT(try_store(p, 4), SEGV_ACCERR,
		  "a page shared by fork and made read-only refuses a store");
	REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_WRITE) == 0);
	CHECK_INT(try_store(p, 5), 0, "made writable again it takes it");
	close(hold[1]);
	CHECK_INT(wait_status(pid), 0, "into the parent's own copy");
	CHECK_INT(faults, 2, "two faults reached the handler");
}
