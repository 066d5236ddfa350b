/* SPDX-License-Identifier: MIT */
/*
 * arch/sigframe.h: signal frames on the user stack, byte for byte as Linux lays them out, FPU state included,
 * red zone skipped, aligned. Source: sigaction(2), sigreturn(2), <asm/sigcontext.h>, <asm/ucontext.h>.
 */
#pragma once

#include "abi/signal.h"
#include "arch/regs.h"
#include "lib/compiler.h"

struct sigframe_request {
	int signo;
	const siginfo_t *info;
	unsigned long handler;		/* user address */
	unsigned long restorer;		/* user address (SA_RESTORER) */
	unsigned long flags;		/* SA_* */
	uint64_t saved_mask;		/* restored by sigreturn */
	unsigned long altstack_sp;	/* in force now, for uc_stack */
	size_t altstack_size;
	int altstack_flags;
	unsigned long stack_top;	/* where to build: alternate stack's top, or 0: the interrupted stack */
};

/*
 * Build the frame and point *regs at the handler. Current thread. Returns 0, or -EFAULT when the stack
 * cannot take it (caller forces SIGSEGV). May sleep.
 */
int __must_check arch_sigframe_push(struct arch_regs *regs, const struct sigframe_request *req);

/*
 * rt_sigreturn: restore *regs and FPU from the frame at the user stack pointer. *mask and *ss get what the
 * frame says. Returns 0 or -EFAULT (caller forces SIGSEGV); sanitises flags, selectors and FPU image.
 */
int __must_check arch_sigframe_pop(struct arch_regs *regs, uint64_t *mask, stack_t *ss);
