/* SPDX-License-Identifier: MIT */
/*
 * KVM's paravirtual clock: asked once, for the TSC's frequency and whether TSCs agree between CPUs.
 * Source: Linux Documentation/virt/kvm/x86/msr.rst (MSR_KVM_SYSTEM_TIME_NEW).
 */
#include "machine/time.h"

#include "lib/compiler.h"
#include "machine/boot.h"
#include "machine/features.h"
#include "machine/msr.h"

#define KVM_FEATURE_CLOCKSOURCE2	(1u << 3)
#define PVCLOCK_TSC_STABLE		1

struct pvclock_page {
	uint32_t version, pad0;
	uint64_t tsc_timestamp, system_time;
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	uint8_t flags, pad[2];
};

static struct pvclock_page pvclock __aligned(64);

/* ns = (tsc << shift) * mul >> 32, so kHz = 10^6 * 2^32 / mul >> shift. */
uint64_t pvclock_tsc_khz(bool *stable)
{
	volatile struct pvclock_page *p = &pvclock;
	uint64_t khz;

	if (!(x86.kvm_features & KVM_FEATURE_CLOCKSOURCE2))
		return 0;
	wrmsr(MSR_KVM_SYSTEM_TIME, boot_image_phys(&pvclock) | 1);
	if (!p->tsc_to_system_mul)
		return 0;
	khz = (1000000ULL << 32) / p->tsc_to_system_mul;
	khz = p->tsc_shift < 0 ? khz << -p->tsc_shift : khz >> p->tsc_shift;
	*stable = p->flags & PVCLOCK_TSC_STABLE;
	wrmsr(MSR_KVM_SYSTEM_TIME, 0);
	return khz;
}
