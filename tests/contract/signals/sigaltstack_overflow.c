/* SPDX-License-Identifier: MIT */
/* A stack overflow is caught on the alternate stack, with SEGV_MAPERR or ACCERR and the address. */
#include "lib/contract.h"

#include <setjmp.h>
#include <sys/resource.h>

static sigjmp_buf back;
static volatile char *fault_address;
static volatile int fault_code;

static void on_segv(int sig, siginfo_t *info, void *uc)
{
	fault_address = info->si_addr;
	fault_code = info->si_code;
	siglongjmp(back, 1);
}

static __attribute__((noinline)) int recurse(int depth)
{
	volatile char frame[4096];

	frame[0] = (char)depth;
	return depth > 10000000 ? 0 : recurse(depth + 1) + frame[0];
}

static int overflow(void *arg)
{
	static char stack[65536];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct rlimit r = { 1 << 20, 1 << 20 };
	char local;

	REQUIRE(setrlimit(RLIMIT_STACK, &r) == 0);
	REQUIRE(sigaltstack(&ss, NULL) == 0);
	on_siginfo(SIGSEGV, on_segv, SA_ONSTACK);
	for (int i = 0; i < 3; i++) {
		if (sigsetjmp(back, 1) == 0)
			recurse(0);
		CHECK_INT(fault_code, SEGV_MAPERR, "overflow %d has code SEGV_MAPERR", i);
		CHECK((uintptr_t)&local - (uintptr_t)fault_address < 2 << 20,
		      "and an address below the stack's limit");
	}
	return 0;
}

static int without_stack(void *arg)
{
	struct rlimit r = { 1 << 20, 1 << 20 };

	REQUIRE(setrlimit(RLIMIT_STACK, &r) == 0);
	on_siginfo(SIGSEGV, on_segv, 0);
	return recurse(0);
}

void contract_main(void)
{
	CHECK_EXIT(overflow, NULL, 0, "the overflowing child ends well");
	CHECK_SIGNALLED(without_stack, NULL, SIGSEGV,
			"without an alternate stack the handler cannot run and SIGSEGV ends it");
}
