/* SPDX-License-Identifier: MIT */
/*
 * The HPET's main counter: the time source where the TSC cannot be trusted (its rate changes with power states, or
 * nobody vouches that CPUs agree). Slow to read, the same for all CPUs. Source: IA-PC HPET specification 1.0a.
 */
#include "machine/time.h"

#include "arch/io.h"
#include "machine/fixmap.h"

#define HPET_CAP	0x000
#define HPET_CONFIG	0x010
#define HPET_COUNTER	0x0f0
#define CAP_64BIT	(1ULL << 13)
#define CONFIG_ENABLE	1ULL
#define PERIOD_MAX	100000000u	/* femtoseconds: the specification's bound */

static struct {
	volatile char __iomem *regs;	/* [I] */
} hpet;

uint64_t hpet_start(paddr_t base)
{
	uint64_t cap;

	hpet.regs = (volatile char __iomem *)fixmap_io(FIX_HPET, base);
	cap = arch_read64(hpet.regs + HPET_CAP);
	if (!(cap & CAP_64BIT) || cap >> 32 == 0 || cap >> 32 > PERIOD_MAX)
		return 0;
	arch_write64(hpet.regs + HPET_CONFIG, arch_read64(hpet.regs + HPET_CONFIG) | CONFIG_ENABLE);
	return cap >> 32;
}

uint64_t hpet_counter(void)
{
	return arch_read64(hpet.regs + HPET_COUNTER);
}
