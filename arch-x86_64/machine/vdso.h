/* SPDX-License-Identifier: MIT */
/*
 * machine/vdso.h: what the vDSO's code needs of the machine, in user mode.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define VDSO_CPU_SELECTOR	0x7b	/* machine/desc.h: its limit is the CPU's number */

/* Not before what precedes it: a time read after another is not smaller. */
static __always_inline uint64_t vdso_cycles(void)
{
	uint32_t lo, hi;

	__asm__ __volatile__("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

static __always_inline long vdso_syscall2(long nr, long a, long b)
{
	__asm__ __volatile__("syscall" : "+a"(nr) : "D"(a), "S"(b) : "rcx", "r11", "memory");
	return nr;
}

static __always_inline unsigned vdso_cpu(void)
{
	unsigned limit;

	__asm__ __volatile__("lsl %1, %0" : "=r"(limit) : "r"(VDSO_CPU_SELECTOR));
	return limit & 0xfff;
}
