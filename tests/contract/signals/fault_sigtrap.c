/* SPDX-License-Identifier: MIT */
/*
 * int3 and single step: SIGTRAP; int3 SI_KERNEL with rip behind it, TF TRAP_TRACE for each
 * instruction.
 */
#include "lib/contract.h"

#include <ucontext.h>

static volatile int count, code;
static void *volatile address;
static volatile greg_t rip;
static volatile int steps;

static void on_trap(int sig, siginfo_t *info, void *ctx)
{
	ucontext_t *uc = ctx;

	count++;
	code = info->si_code;
	address = info->si_addr;
	rip = uc->uc_mcontext.gregs[REG_RIP];
}

static void on_step(int sig, siginfo_t *info, void *ctx)
{
	ucontext_t *uc = ctx;

	code = info->si_code;
	address = info->si_addr;
	rip = uc->uc_mcontext.gregs[REG_RIP];
	if (++steps >= 5)
		uc->uc_mcontext.gregs[REG_EFL] &= ~0x100L;
}

static int fatal(void *arg)
{
	__asm__ volatile("int3");
	return 0;
}

extern char behind_int3[];

void contract_main(void)
{
	CHECK_SIGNALLED(fatal, NULL, SIGTRAP, "SIGTRAP ends a process by default");
	on_siginfo(SIGTRAP, on_trap, 0);
	__asm__ volatile("int3\n.globl behind_int3\nbehind_int3: nop");
	CHECK_INT(count, 1, "int3 is SIGTRAP, and the program goes on");
	CHECK_INT(code, SI_KERNEL, "with code SI_KERNEL");
	CHECK_INT(rip, (greg_t)behind_int3, "and rip behind it");
	on_siginfo(SIGTRAP, on_step, 0);
	__asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; nop; nop; nop; nop; nop; nop; nop; nop"
			 ::: "memory", "cc");
	CHECK_INT(steps, 5,
		  "TF traps after each instruction until the handler clears it in the frame");
	CHECK_INT(code, TRAP_TRACE, "with code TRAP_TRACE");
	CHECK_INT((greg_t)address, rip, "and the next instruction as address");
}
