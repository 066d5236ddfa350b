/* SPDX-License-Identifier: MIT */
/* machine/cpu.h: arch/cpu.h's inlines. */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "machine/percpu.h"

static __always_inline unsigned arch_cpu_id(void)
{
	return arch_cpu_read(id);
}

/* Not volatile: for any one thread the answer never changes, wherever it runs. */
static __always_inline struct thread *arch_current(void)
{
	struct thread *t;

	__asm__("mov %%gs:%P1, %0" : "=r"(t) : "i"(&arch_cpu.current));
	return t;
}

static __always_inline void arch_cpu_relax(void)
{
	__asm__ __volatile__("pause" : : : "memory");
}

/* STI takes effect after the next instruction: an interrupt cannot slip in before HLT. */
static __always_inline void arch_cpu_halt(void)
{
	__asm__ __volatile__("sti; hlt" : : : "memory");
}

static __always_inline uint64_t arch_cycles(void)
{
	uint32_t lo, hi;

	__asm__ __volatile__("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

/* For the boot thread and each CPU's idle thread, which already run on a stack of theirs. Interrupts off. */
static __always_inline void arch_set_current(struct thread *t)
{
	arch_cpu_write(current, t);
}
