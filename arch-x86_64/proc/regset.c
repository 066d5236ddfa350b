/* SPDX-License-Identifier: MIT */
/* General registers as programs and debuggers see them: the first frame of a program, user_regs_struct. */
#include "arch/regs.h"

#include "abi/errno.h"
#include "abi/ptrace.h"
#include "arch/context.h"
#include "arch/mmu.h"
#include "machine/desc.h"
#include "machine/msr.h"

void arch_regs_start(struct arch_regs *regs, unsigned long ip, unsigned long sp)
{
	*regs = (struct arch_regs){
		.ip = ip, .sp = sp, .cs = X86_USER_CS, .ss = X86_USER_DS, .flags = FLAGS_IF | FLAGS_FIXED,
		.orig_ax = -1UL,
	};
}

void arch_regs_get(const struct arch_regs *regs, const struct arch_thread *at, struct user_regs_struct *out)
{
	*out = (struct user_regs_struct){
		.r15 = regs->r15, .r14 = regs->r14, .r13 = regs->r13, .r12 = regs->r12,
		.bp = regs->bp, .bx = regs->bx, .r11 = regs->r11, .r10 = regs->r10,
		.r9 = regs->r9, .r8 = regs->r8, .ax = regs->ax, .cx = regs->cx, .dx = regs->dx,
		.si = regs->si, .di = regs->di, .orig_ax = regs->orig_ax,
		.ip = regs->ip, .cs = regs->cs, .flags = regs->flags, .sp = regs->sp, .ss = regs->ss,
		.fs_base = at->fs_base, .gs_base = at->gs_base,
	};
}

int arch_regs_put(struct arch_regs *regs, struct arch_thread *at, const struct user_regs_struct *in)
{
	if (in->fs_base >= ARCH_USER_MAX || in->gs_base >= ARCH_USER_MAX)
		return -EIO;
	if (in->cs != X86_USER_CS || in->ss != X86_USER_DS)	/* 64-bit programs only */
		return -EIO;
	*regs = (struct arch_regs){
		.r15 = in->r15, .r14 = in->r14, .r13 = in->r13, .r12 = in->r12,
		.bp = in->bp, .bx = in->bx, .r11 = in->r11, .r10 = in->r10,
		.r9 = in->r9, .r8 = in->r8, .ax = in->ax, .cx = in->cx, .dx = in->dx,
		.si = in->si, .di = in->di, .orig_ax = in->orig_ax,
		.ip = in->ip, .cs = X86_USER_CS, .sp = in->sp, .ss = X86_USER_DS,
		.flags = (in->flags & FLAGS_USER) | (regs->flags & ~FLAGS_USER),
	};
	at->fs_base = in->fs_base;
	at->gs_base = in->gs_base;
	return 0;
}
