/* SPDX-License-Identifier: MIT */
/*
 * machine/features.h: what the boot CPU offers, read once (cpu/features.c), before the image becomes read-only.
 * All CPUs are taken to be alike.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

enum x86_hypervisor { HV_NONE, HV_KVM, HV_TCG, HV_OTHER };

/* Field legend: all [I] after features_init() and fpu_init() */
struct x86_features {
	uint32_t max_leaf, max_ext_leaf, max_hv_leaf;
	uint32_t leaf1_a, leaf1_b, leaf1_c, leaf1_d, leaf7_b, leaf7_c, leaf7_d, ext1_c, ext1_d;
	uint32_t kvm_features;
	enum x86_hypervisor hypervisor;
	bool nx, gbpages, pcid, smep, smap, umip, fsgsbase, xsave, xsaveopt, x2apic, tsc_deadline, invtsc;
	bool rdtscp, rdpid, erms, fsrm, rdrand, syscall;
	uint64_t xcr0;			/* state components in use */
	uint32_t fpu_size;		/* bytes of an FPU image */
	char vendor[13];
	char model[49];
};
extern struct x86_features x86;

void features_init(void);
/* Set the control registers and MSRs that every CPU needs: protection bits, system-call entry, FPU. */
void cpu_init_registers(void);
