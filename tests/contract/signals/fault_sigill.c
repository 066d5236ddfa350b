/* SPDX-License-Identifier: MIT */
/*
 * #UD: SIGILL with ILL_ILLOPN and the instruction's address; the default action ends the
 * process.
 */
#include "lib/contract.h"

#include <setjmp.h>

static sigjmp_buf back;
static volatile int code, number;
static void *volatile address;

static void on_fault(int sig, siginfo_t *info, void *uc)
{
	number = sig;
	code = info->si_code;
	address = info->si_addr;
	siglongjmp(back, 1);
}

static int fatal(void *arg)
{
	__asm__ volatile("ud2");
	return 0;
}

extern char the_ud2[];

void contract_main(void)
{
	CHECK_SIGNALLED(fatal, NULL, SIGILL, "SIGILL ends a process by default");
	on_siginfo(SIGILL, on_fault, 0);
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile(".globl the_ud2\nthe_ud2: ud2");
	CHECK_INT(number, SIGILL, "ud2 is SIGILL");
	CHECK_INT(code, ILL_ILLOPN, "with ILL_ILLOPN");
	CHECK(address == the_ud2, "and the instruction's address");
}
