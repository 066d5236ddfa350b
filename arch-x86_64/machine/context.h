/* SPDX-License-Identifier: MIT */
/*
 * machine/context.h: struct arch_thread, embedded in struct thread as `arch`.
 *
 * FPU. `fpu` is the memory image (FXSAVE or XSAVE standard form). The registers hold this thread's state exactly when
 * it is the CPU's fpu_owner and fpu_cpu names that CPU; then the registers are at least as new as the image.
 * See proc/fpu.c for when each moves.
 *
 * Field legend: [t] the thread itself, or the scheduler on its behalf while it does not run; [I] immutable
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define ARCH_FPU_NOWHERE	(-1)

struct arch_thread {
	uintptr_t ksp;			/* [t] saved kernel stack pointer while switched out */
	void *fpu;			/* [I] NULL: a kernel thread */
	int32_t fpu_cpu;		/* [t] */
	uint32_t segments;		/* [t] user fs (low half) and gs selectors, when not 0 */
	unsigned long fs_base;		/* [t] user's; current while switched out or without FSGSBASE */
	unsigned long gs_base;		/* [t] likewise */
	unsigned long trap_nr;		/* [t] last exception in user mode, for ucontext */
	unsigned long trap_error;	/* [t] */
	unsigned long trap_addr;	/* [t] CR2 of the last page fault */
	bool stepping;			/* [t] a tracer steps it */
	bool step_forced;		/* [t] TF is the tracer's, not the program's */
	unsigned long dr[4], dr6;	/* [t] debug registers: addresses, last status */
	unsigned long dr7;		/* [t] to be loaded; 0: no breakpoint is enabled */
	unsigned long dr7_shown;	/* [t] as the tracer wrote it */
};
