/* SPDX-License-Identifier: MIT */
/*
 * Signal frames of simulated user programs (arch/sigframe.h): the saved registers, mask and alternate stack,
 * pushed on the user stack as they are. Not Linux's layout: a simulated program does not look inside.
 */
#include "arch/sigframe.h"

#include "abi/errno.h"
#include "arch/mmu.h"
#include "arch/uaccess.h"

struct frame {
	struct arch_regs regs;
	uint64_t mask;
	stack_t altstack;
	siginfo_t info;
	uint64_t magic;
};

#define FRAME_MAGIC	0x5167466d48537464ULL

int arch_sigframe_push(struct arch_regs *regs, const struct sigframe_request *req)
{
	unsigned long top = req->stack_top ? req->stack_top : regs->sp - 128;
	unsigned long at = (top - sizeof(struct frame)) & ~15UL;
	struct frame f = {
		.regs = *regs,
		.mask = req->saved_mask,
		.altstack = {
			.ss_sp = (void *)req->altstack_sp,
			.ss_size = req->altstack_size,
			.ss_flags = req->altstack_flags,
		},
		.info = *req->info,
		.magic = FRAME_MAGIC,
	};

	if (at >= ARCH_USER_MAX || arch_copy_to_user((void __user *)at, &f, sizeof(f)))
		return -EFAULT;
	regs->sp = at;
	regs->ip = req->handler;
	regs->arg[0] = (unsigned long)req->signo;
	regs->arg[1] = at + offsetof(struct frame, info);
	regs->arg[2] = at;
	return 0;
}

int arch_sigframe_pop(struct arch_regs *regs, uint64_t *mask, stack_t *ss)
{
	struct frame f;

	if (arch_copy_from_user(&f, (const void __user *)regs->sp, sizeof(f)) || f.magic != FRAME_MAGIC)
		return -EFAULT;
	*regs = f.regs;
	regs->user = true;
	*mask = f.mask;
	*ss = f.altstack;
	return 0;
}
