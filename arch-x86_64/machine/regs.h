/* SPDX-License-Identifier: MIT */
/*
 * machine/regs.h: the register frame every kernel entry builds (trap/entry.inc draws it), and arch/regs.h's inlines.
 *
 * orig_ax: number of the system call, or -1 when entered by exception or interrupt, or once a signal has dealt with
 * the interrupted call. Only system-call entry leaves rcx = rip and r11 = rflags.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct arch_regs {
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax;
	unsigned long ip, cs, flags, sp, ss;	/* what the processor pushes and IRETQ takes */
};

#define X86_SYSCALL_INSN_SIZE	2UL
#define X86_NR_RESTART_SYSCALL	219UL		/* __NR_restart_syscall, asserted in proc/context.c */

static inline unsigned long arch_regs_sp(const struct arch_regs *regs)
{
	return regs->sp;
}

static inline unsigned long arch_regs_ip(const struct arch_regs *regs)
{
	return regs->ip;
}

static inline void arch_regs_set_sp(struct arch_regs *regs, unsigned long sp)
{
	regs->sp = sp;
}

static inline void arch_regs_set_ip(struct arch_regs *regs, unsigned long ip)
{
	regs->ip = ip;
}

static inline bool arch_regs_user(const struct arch_regs *regs)
{
	return regs->cs & 3;
}

static inline long arch_syscall_nr(const struct arch_regs *regs)
{
	return (int)regs->orig_ax;	/* as Linux: the upper half of rax does not count */
}

static inline unsigned long arch_syscall_arg(const struct arch_regs *regs, unsigned n)
{
	switch (n) {
	case 0: return regs->di;
	case 1: return regs->si;
	case 2: return regs->dx;
	case 3: return regs->r10;
	case 4: return regs->r8;
	default: return regs->r9;
	}
}

static inline void arch_syscall_set_result(struct arch_regs *regs, long result)
{
	regs->ax = (unsigned long)result;
}

static inline long arch_syscall_result(const struct arch_regs *regs)
{
	return (long)regs->ax;
}

static inline void arch_syscall_skip_restart(struct arch_regs *regs)
{
	regs->orig_ax = -1UL;
}

static inline void arch_syscall_restart(struct arch_regs *regs)
{
	regs->ax = regs->orig_ax;
	regs->ip -= X86_SYSCALL_INSN_SIZE;
}

static inline void arch_syscall_restart_block(struct arch_regs *regs)
{
	regs->ax = X86_NR_RESTART_SYSCALL;
	regs->ip -= X86_SYSCALL_INSN_SIZE;
}
