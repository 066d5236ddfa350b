/* SPDX-License-Identifier: MIT */
/*
 * A handler edits the saved context: rip skips a faulting instruction, registers take new
 * values.
 */
#include "lib/contract.h"

#include <ucontext.h>

static volatile greg_t seen_rax;

static void fix(int sig, siginfo_t *info, void *ctx)
{
	ucontext_t *uc = ctx;

	seen_rax = uc->uc_mcontext.gregs[REG_RAX];
	uc->uc_mcontext.gregs[REG_RIP] += 2;	/* ud2 */
	uc->uc_mcontext.gregs[REG_RAX] = 0x1111;
	uc->uc_mcontext.gregs[REG_R15] = 0x2222;
	uc->uc_mcontext.gregs[REG_EFL] |= 1;	/* carry */
	uc->uc_mcontext.fpregs->_xmm[3].element[0] = 0x3333;
	sigaddset(&uc->uc_sigmask, SIGHUP);
}

void contract_main(void)
{
	long rax = 0x77, r15 = 0;
	unsigned int xmm = 0;
	unsigned char carry = 0;
	sigset_t mask;

	on_siginfo(SIGILL, fix, 0);
	__asm__ volatile("pxor %%xmm3, %%xmm3; xor %%r15, %%r15; clc; ud2; setc %2; movd %%xmm3, %3; mov %%r15, %1"
			 : "+a"(rax), "=r"(r15), "=r"(carry), "=r"(xmm) :: "r15", "xmm3", "cc");
	CHECK_INT(seen_rax, 0x77, "the handler sees rax");
	CHECK_INT(rax, 0x1111, "its rax is taken");
	CHECK_INT(r15, 0x2222, "its r15");
	CHECK_INT(carry, 1, "its carry flag");
	CHECK_INT(xmm, 0x3333, "its xmm3");
	sigprocmask(SIG_SETMASK, NULL, &mask);
	CHECK(sigismember(&mask, SIGHUP), "and its signal mask");
}
