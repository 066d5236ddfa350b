/* SPDX-License-Identifier: MIT */
/* machine/irq.h: arch/irq.h's inlines. */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define X86_FLAGS_IF	0x200UL

static __always_inline unsigned long arch_irq_flags(void)
{
	unsigned long flags;

	__asm__ __volatile__("pushfq; popq %0" : "=rm"(flags) : : "memory");
	return flags;
}

static __always_inline void arch_irq_disable(void)
{
	__asm__ __volatile__("cli" : : : "memory");
}

static __always_inline void arch_irq_enable(void)
{
	__asm__ __volatile__("sti" : : : "memory");
}

static __always_inline unsigned long arch_irq_save(void)
{
	unsigned long flags = arch_irq_flags();

	arch_irq_disable();
	return flags;
}

static __always_inline void arch_irq_restore(unsigned long flags)
{
	if (flags & X86_FLAGS_IF)
		arch_irq_enable();
}

static __always_inline bool arch_irqs_enabled(void)
{
	return arch_irq_flags() & X86_FLAGS_IF;
}
