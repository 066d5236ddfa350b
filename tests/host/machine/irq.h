/* SPDX-License-Identifier: MIT */
/* machine/irq.h of the hosted build: a simulated interrupt flag. What is pending is delivered when it goes on. */
#pragma once

#include "machine/cpu.h"

void host_irq_enable(void);
/* A point where another simulated CPU may take over. */
void host_interleave(void);

static inline bool arch_irqs_enabled(void)
{
	return host_cpu->irqs_on;
}

static inline void arch_irq_disable(void)
{
	host_interleave();
	host_cpu->irqs_on = false;
}

static inline void arch_irq_enable(void)
{
	host_irq_enable();
	host_interleave();
}

static inline unsigned long arch_irq_save(void)
{
	unsigned long flags = host_cpu->irqs_on;

	host_interleave();
	host_cpu->irqs_on = false;
	return flags;
}

static inline void arch_irq_restore(unsigned long flags)
{
	if (flags)
		host_irq_enable();
	host_interleave();
}
