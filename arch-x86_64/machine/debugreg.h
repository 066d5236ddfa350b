/* SPDX-License-Identifier: MIT */
/*
 * machine/debugreg.h: the debug registers. A thread's own are loaded while it runs; the kernel uses none of them.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct arch_thread;

#define DR6_STEP	0x4000UL
#define DR6_BREAKPOINTS	0x000fUL
#define DR6_CLEAR	0xffff0ff0UL
#define DR7_FIXED	0x0400UL
#define DR7_ENABLE	0x00ffUL
#define DR7_KEPT	0xffff03ffUL	/* enables, exact, types and lengths; no general detect */

/* Switch from prev's to next's: called when either has some. Interrupts off. */
void debugreg_switch(const struct arch_thread *next);
/* Breakpoint `n` of dr7 stops before an instruction is executed, not after data was touched. */
static inline bool dr7_executes(unsigned long dr7, unsigned n)
{
	return !(dr7 >> (16 + 4 * n) & 3);
}
