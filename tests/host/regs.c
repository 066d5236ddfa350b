/* SPDX-License-Identifier: MIT */
/* Registers as ptrace and core files see them (arch/regs.h). */
#include "arch/regs.h"

#include "abi/errno.h"
#include "abi/ptrace.h"
#include "arch/context.h"
#include "arch/mmu.h"

#include <string.h>

void arch_regs_get(const struct arch_regs *regs, const struct arch_thread *at, struct user_regs_struct *out)
{
	memset(out, 0, sizeof(*out));
	out->ip = regs->ip;
	out->sp = regs->sp;
	out->ax = (unsigned long)regs->result;
	out->orig_ax = (unsigned long)regs->nr;
	out->di = regs->arg[0];
	out->si = regs->arg[1];
	out->dx = regs->arg[2];
	out->r10 = regs->arg[3];
	out->r8 = regs->arg[4];
	out->r9 = regs->arg[5];
	out->fs_base = at->fs_base;
}

int arch_regs_put(struct arch_regs *regs, struct arch_thread *at, const struct user_regs_struct *in)
{
	if (in->fs_base >= ARCH_USER_MAX)
		return -EIO;
	regs->ip = in->ip;
	regs->sp = in->sp;
	regs->result = (long)in->ax;
	regs->nr = (long)in->orig_ax;
	regs->arg[0] = in->di;
	regs->arg[1] = in->si;
	regs->arg[2] = in->dx;
	regs->arg[3] = in->r10;
	regs->arg[4] = in->r8;
	regs->arg[5] = in->r9;
	at->fs_base = in->fs_base;
	return 0;
}
