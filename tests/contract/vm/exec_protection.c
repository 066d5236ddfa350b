/* SPDX-License-Identifier: MIT */
/*
 * NX: code in a page without PROT_EXEC does not run (SEGV_ACCERR at its own address); with it,
 * it does.
 */
#include "lib/contract.h"

#include <setjmp.h>

static const unsigned char return_42[] = { 0xb8, 42, 0, 0, 0, 0xc3 };
static sigjmp_buf back;
static void *volatile address;
static volatile int code;

static void on_segv(int sig, siginfo_t *info, void *uc)
{
	address = info->si_addr;
	code = info->si_code;
	siglongjmp(back, 1);
}

static int call(void *p)
{
	if (sigsetjmp(back, 1) == 0)
		return ((int (*)(void))p)();
	return -1;
}

void contract_main(void)
{
	unsigned char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char on_stack[16];

	REQUIRE(p != MAP_FAILED);
	memcpy(p, return_42, sizeof(return_42));
	memcpy(on_stack, return_42, sizeof(return_42));
	on_siginfo(SIGSEGV, on_segv, 0);
	CHECK_INT(call(p), -1, "a data page does not run");
	CHECK(address == p, "the address is the code's");
	CHECK_INT(code, SEGV_ACCERR, "the code SEGV_ACCERR");
	CHECK_INT(call(on_stack), -1, "the stack does not run");
	REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
	CHECK_INT(call(p), 42, "with PROT_EXEC it runs");
	REQUIRE(mprotect(p, PAGE, PROT_READ) == 0);
	CHECK_INT(call(p), -1, "without it again not");
}
