/* SPDX-License-Identifier: MIT */
/*
 * ptrace: register sets, struct user, single steps and debug registers of a stopped thread.
 *
 * Steps. TF in the saved flags, and `stepping` says that the tracer put it there: the tracee's own view of its flags
 * (register sets, signal frames) does not show it.
 *
 * Debug registers. dr[] and dr7 are what the tracer wrote; dr6 is what the processor said last. Loaded at switch-in.
 * Source: Intel SDM volume 3, chapter 17.
 */
#include "arch/ptrace.h"

#include "abi/audit.h"
#include "abi/elf.h"
#include "abi/errno.h"
#include "abi/ptrace.h"
#include "arch/context.h"
#include "arch/mmu.h"
#include "arch/regs.h"
#include "lib/string.h"
#include "machine/debugreg.h"
#include "machine/features.h"
#include "machine/msr.h"
#include "mm/slab.h"
#include "sched/thread.h"

#define FXSAVE_SIZE	512
#define XCR0_OFFSET	464		/* where debuggers look for the components in use */

static struct arch_regs *regs_of(struct thread *t)
{
	return arch_user_regs(t->kstack_top);
}

/* --- Steps --- */

void arch_step_set(struct thread *t, bool on)
{
	struct arch_regs *regs = regs_of(t);

	if (on && !(regs->flags & FLAGS_TF)) {
		regs->flags |= FLAGS_TF;
		t->arch.step_forced = true;
	} else if (!on && t->arch.step_forced) {
		regs->flags &= ~FLAGS_TF;
		t->arch.step_forced = false;
	}
	t->arch.stepping = on;
}

bool arch_stepping(const struct thread *t)
{
	return t->arch.stepping;
}

/* --- General registers --- */

static void general_get(struct thread *t, struct user_regs_struct *out)
{
	arch_regs_get(regs_of(t), &t->arch, out);
	if (t->arch.step_forced)
		out->flags &= ~FLAGS_TF;
}

static int general_set(struct thread *t, const struct user_regs_struct *in)
{
	struct arch_regs *regs = regs_of(t);
	int err = arch_regs_put(regs, &t->arch, in);

	if (err)
		return err;
	if (in->flags & FLAGS_TF)
		t->arch.step_forced = false;	/* the tracer wants the program to see it */
	else if (t->arch.step_forced)
		regs->flags |= FLAGS_TF;
	return 0;
}

/* --- Register sets --- */

size_t arch_regset_size(unsigned type)
{
	switch (type) {
	case NT_PRSTATUS:
		return sizeof(struct user_regs_struct);
	case NT_PRFPREG:
		return FXSAVE_SIZE;
	case NT_X86_XSTATE:
		return x86.xsave ? x86.fpu_size : 0;
	default:
		return 0;
	}
}

int arch_regset_get(struct thread *t, unsigned type, void *buf, size_t size)
{
	struct user_regs_struct regs;
	int err;

	if (type == NT_PRSTATUS) {
		general_get(t, &regs);
		memcpy(buf, &regs, size);
		return 0;
	}
	err = arch_fpu_get(t, buf, size);
	if (!err && type == NT_X86_XSTATE && size >= XCR0_OFFSET + sizeof(x86.xcr0))
		memcpy((char *)buf + XCR0_OFFSET, &x86.xcr0, sizeof(x86.xcr0));
	return err;
}

/* A part of the FPU image: the rest as it is. */
static int fpu_set(struct thread *t, const void *buf, size_t size, size_t whole)
{
	void *image = kmalloc(whole, GFP_KERNEL);
	int err;

	if (!image)
		return -ENOMEM;
	err = arch_fpu_get(t, image, whole);
	if (!err) {
		memcpy(image, buf, size);
		err = arch_fpu_set(t, image, whole);
	}
	kfree(image);
	return err;
}

int arch_regset_set(struct thread *t, unsigned type, const void *buf, size_t size)
{
	struct user_regs_struct regs;

	if (type != NT_PRSTATUS)
		return fpu_set(t, buf, size, x86.fpu_size);
	general_get(t, &regs);
	memcpy(&regs, buf, size);
	return general_set(t, &regs);
}

/* --- Debug registers --- */

static void dr_load(unsigned n, unsigned long value)
{
	switch (n) {
	case 0: __asm__ __volatile__("mov %0, %%dr0" : : "r"(value)); break;
	case 1: __asm__ __volatile__("mov %0, %%dr1" : : "r"(value)); break;
	case 2: __asm__ __volatile__("mov %0, %%dr2" : : "r"(value)); break;
	default: __asm__ __volatile__("mov %0, %%dr3" : : "r"(value)); break;
	}
}

void debugreg_switch(const struct arch_thread *next)
{
	for (unsigned n = 0; next->dr7 && n < ARRAY_SIZE(next->dr); n++)
		dr_load(n, next->dr[n]);
	__asm__ __volatile__("mov %0, %%dr7" : : "r"(next->dr7 | DR7_FIXED));
}

/* Breakpoint n as dr7 describes it: an address of the program's, a type and length there are. */
static bool breakpoint_valid(const struct arch_thread *at, unsigned long dr7, unsigned n)
{
	unsigned type = dr7 >> (16 + 4 * n) & 3, len = dr7 >> (18 + 4 * n) & 3;
	static const uint8_t bytes[] = { 1, 2, 8, 4 };

	if (!(dr7 >> (2 * n) & 3))
		return true;
	if (type == 2 || (type == 0 && len))
		return false;
	return at->dr[n] < ARCH_USER_MAX && !(at->dr[n] & (unsigned long)(bytes[len] - 1));
}

static int dr7_set(struct thread *t, unsigned long value)
{
	value &= DR7_KEPT;
	for (unsigned n = 0; n < 4; n++) {
		if (!breakpoint_valid(&t->arch, value, n))
			return -EINVAL;
	}
	t->arch.dr7 = value & DR7_ENABLE ? value : 0;
	t->arch.dr7_shown = value;
	return 0;
}

static int debugreg_set(struct thread *t, unsigned n, unsigned long value)
{
	unsigned long old;

	if (n == 4 || n == 5)
		return -EIO;
	if (n == 6) {
		t->arch.dr6 = value;
		return 0;
	}
	if (n == 7)
		return dr7_set(t, value);
	old = t->arch.dr[n];
	t->arch.dr[n] = value;
	if (value < ARCH_USER_MAX && breakpoint_valid(&t->arch, t->arch.dr7, n))
		return 0;
	t->arch.dr[n] = old;
	return -EINVAL;
}

static unsigned long debugreg_get(const struct thread *t, unsigned n)
{
	if (n < 4)
		return t->arch.dr[n];
	return n == 6 ? t->arch.dr6 : n == 7 ? t->arch.dr7_shown : 0;
}

/* --- struct user --- */

int arch_user_area_get(struct thread *t, unsigned long offset, unsigned long *value)
{
	struct user_regs_struct regs;
	unsigned long at = offset - offsetof(struct user_area, u_debugreg);

	if (offset % sizeof(*value) || offset >= sizeof(struct user_area))
		return -EIO;
	*value = 0;
	if (offset < sizeof(regs)) {
		general_get(t, &regs);
		memcpy(value, (char *)&regs + offset, sizeof(*value));
	} else if (at < sizeof(((struct user_area *)0)->u_debugreg)) {
		*value = debugreg_get(t, (unsigned)(at / sizeof(*value)));
	}
	return 0;
}

int arch_user_area_set(struct thread *t, unsigned long offset, unsigned long value)
{
	struct user_regs_struct regs;
	unsigned long at = offset - offsetof(struct user_area, u_debugreg);

	if (offset % sizeof(value) || offset >= sizeof(struct user_area))
		return -EIO;
	if (offset < sizeof(regs)) {
		general_get(t, &regs);
		memcpy((char *)&regs + offset, &value, sizeof(value));
		return general_set(t, &regs);
	}
	if (at < sizeof(((struct user_area *)0)->u_debugreg))
		return debugreg_set(t, (unsigned)(at / sizeof(value)), value);
	return -EIO;
}

uint32_t arch_audit_arch(void)
{
	return AUDIT_ARCH_X86_64;
}
