/* SPDX-License-Identifier: MIT */
/*
 * #DE: SIGFPE with FPE_INTDIV and the address, for a zero divisor and for an overflowing
 * quotient.
 */
#include "lib/contract.h"

#include <setjmp.h>

static sigjmp_buf back;
static volatile int code;
static void *volatile address;

static void on_fault(int sig, siginfo_t *info, void *uc)
{
	code = sig == SIGFPE ? info->si_code : -1;
	address = info->si_addr;
	siglongjmp(back, 1);
}

static int by_zero(void *arg)
{
	__asm__ volatile("xor %%edx, %%edx; mov $5, %%eax; xor %%ecx, %%ecx; div %%ecx" ::: "eax", "ecx", "edx");
	return 0;
}

extern char the_div[], the_idiv[];

void contract_main(void)
{
	CHECK_SIGNALLED(by_zero, NULL, SIGFPE, "SIGFPE ends a process by default");
	on_siginfo(SIGFPE, on_fault, 0);
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("xor %%edx, %%edx; mov $5, %%eax; xor %%ecx, %%ecx\n"
				 ".globl the_div\nthe_div: div %%ecx" ::: "eax", "ecx", "edx");
	CHECK_INT(code, FPE_INTDIV, "a division by zero is FPE_INTDIV");
	CHECK(address == the_div, "at the instruction");
	code = 0;
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("mov $0x80000000, %%eax; cltd; mov $-1, %%ecx\n"
				 ".globl the_idiv\nthe_idiv: idiv %%ecx" ::: "eax", "ecx", "edx");
	CHECK_INT(code, FPE_INTDIV, "INT_MIN / -1 as well");
	CHECK(address == the_idiv, "at the instruction");
}
