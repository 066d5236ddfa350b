/* SPDX-License-Identifier: MIT */
/*
 * A simulated program's state for its tracer (arch/ptrace.h): the general registers. It has no instructions to step
 * over and no debug registers.
 */
#include "arch/ptrace.h"

#include "abi/audit.h"
#include "abi/elf.h"
#include "abi/errno.h"
#include "abi/ptrace.h"
#include "arch/context.h"
#include "arch/regs.h"
#include "sched/thread.h"

#include <string.h>

size_t arch_regset_size(unsigned type)
{
	return type == NT_PRSTATUS ? sizeof(struct user_regs_struct) : 0;
}

int arch_regset_get(struct thread *t, unsigned type, void *buf, size_t size)
{
	struct user_regs_struct regs;

	if (type != NT_PRSTATUS || size > sizeof(regs))
		return -EINVAL;
	arch_regs_get(arch_user_regs(t->kstack_top), &t->arch, &regs);
	memcpy(buf, &regs, size);
	return 0;
}

int arch_regset_set(struct thread *t, unsigned type, const void *buf, size_t size)
{
	struct user_regs_struct regs;

	if (type != NT_PRSTATUS || size > sizeof(regs))
		return -EINVAL;
	arch_regs_get(arch_user_regs(t->kstack_top), &t->arch, &regs);
	memcpy(&regs, buf, size);
	return arch_regs_put(arch_user_regs(t->kstack_top), &t->arch, &regs);
}

int arch_user_area_get(struct thread *t, unsigned long offset, unsigned long *value)
{
	struct user_regs_struct regs;

	if (offset % sizeof(long) || offset >= sizeof(regs))
		return -EIO;
	arch_regs_get(arch_user_regs(t->kstack_top), &t->arch, &regs);
	memcpy(value, (char *)&regs + offset, sizeof(*value));
	return 0;
}

int arch_user_area_set(struct thread *t, unsigned long offset, unsigned long value)
{
	struct user_regs_struct regs;

	if (offset % sizeof(long) || offset >= sizeof(regs))
		return -EIO;
	arch_regs_get(arch_user_regs(t->kstack_top), &t->arch, &regs);
	memcpy((char *)&regs + offset, &value, sizeof(value));
	return arch_regs_put(arch_user_regs(t->kstack_top), &t->arch, &regs);
}

void arch_step_set(struct thread *t, bool on)
{
	(void)t;
	(void)on;
}

bool arch_stepping(const struct thread *t)
{
	(void)t;
	return false;
}

uint32_t arch_audit_arch(void)
{
	return AUDIT_ARCH_X86_64;
}
