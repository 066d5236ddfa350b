/* SPDX-License-Identifier: MIT */
/*
 * What the CPU offers (CPUID), the control registers that follow from it, and what programs are told about it
 * (auxiliary vector, /proc/cpuinfo). Leaf numbers and bits: Intel SDM volume 2 "CPUID", AMD APM volume 3 appendix E.
 */
#include "machine/features.h"

#include "arch/cpu.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "machine/desc.h"
#include "machine/fpu.h"
#include "machine/msr.h"
#include "machine/trap.h"

#define HV_LEAF		0x40000000u

struct x86_features x86;

static void copy_regs(char *to, const uint32_t *regs, unsigned n)
{
	memcpy(to, regs, n * sizeof(*regs));
}

static void read_names(void)
{
	struct cpuid_regs r = cpuid(0, 0);
	uint32_t vendor[3] = { r.b, r.d, r.c };

	copy_regs(x86.vendor, vendor, 3);
	if (x86.max_ext_leaf < 0x80000004)
		return;
	for (uint32_t i = 0; i < 3; i++) {
		struct cpuid_regs m = cpuid(0x80000002 + i, 0);
		uint32_t text[4] = { m.a, m.b, m.c, m.d };

		copy_regs(x86.model + 16 * i, text, 4);
	}
}

static void read_hypervisor(void)
{
	struct cpuid_regs r;
	char name[13] = "";

	if (!(x86.leaf1_c & 1u << 31))
		return;
	r = cpuid(HV_LEAF, 0);
	x86.max_hv_leaf = r.a ? r.a : HV_LEAF + 1;
	copy_regs(name, &r.b, 3);
	x86.hypervisor = HV_OTHER;
	if (!strcmp(name, "TCGTCGTCGTCG"))
		x86.hypervisor = HV_TCG;
	if (!strcmp(name, "KVMKVMKVM")) {
		x86.hypervisor = HV_KVM;
		x86.kvm_features = cpuid(HV_LEAF + 1, 0).a;
	}
}

static void read_leaves(void)
{
	struct cpuid_regs r = cpuid(1, 0);

	x86.leaf1_a = r.a;
	x86.leaf1_b = r.b;
	x86.leaf1_c = r.c;
	x86.leaf1_d = r.d;
	if (x86.max_leaf >= 7) {
		r = cpuid(7, 0);
		x86.leaf7_b = r.b;
		x86.leaf7_c = r.c;
		x86.leaf7_d = r.d;
	}
	if (x86.max_ext_leaf >= 0x80000001) {
		r = cpuid(0x80000001, 0);
		x86.ext1_c = r.c;
		x86.ext1_d = r.d;
	}
	if (x86.max_ext_leaf >= 0x80000007)
		x86.invtsc = cpuid(0x80000007, 0).d & 1u << 8;
}

void features_init(void)
{
	x86.max_leaf = cpuid(0, 0).a;
	x86.max_ext_leaf = cpuid(0x80000000, 0).a;
	read_leaves();
	read_names();
	read_hypervisor();
	x86.nx = x86.ext1_d & 1u << 20;
	x86.syscall = x86.ext1_d & 1u << 11;
	x86.gbpages = x86.ext1_d & 1u << 26;
	x86.rdtscp = x86.ext1_d & 1u << 27;
	x86.pcid = x86.leaf1_c & 1u << 17;
	x86.x2apic = x86.leaf1_c & 1u << 21;
	x86.tsc_deadline = x86.leaf1_c & 1u << 24;
	x86.xsave = x86.leaf1_c & 1u << 26;
	x86.rdrand = x86.leaf1_c & 1u << 30;
	x86.fsgsbase = x86.leaf7_b & 1u << 0;
	x86.smep = x86.leaf7_b & 1u << 7;
	x86.erms = x86.leaf7_b & 1u << 9;
	x86.smap = x86.leaf7_b & 1u << 20;
	x86.umip = x86.leaf7_c & 1u << 2;
	x86.rdpid = x86.leaf7_c & 1u << 22;
	x86.fsrm = x86.leaf7_d & 1u << 4;
	fpu_init();
}

static void init_syscall_msrs(void)
{
	/* SYSRET: CS = base + 16, SS = base + 8, both RPL 3; SYSCALL: CS, and SS = CS + 8. */
	wrmsr(MSR_STAR, (uint64_t)X86_USER32_CS << 48 | (uint64_t)X86_KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
	wrmsr(MSR_FMASK, FLAGS_IF | FLAGS_DF | FLAGS_TF | FLAGS_AC | FLAGS_NT | FLAGS_RF);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | (x86.nx ? EFER_NXE : 0));
}

void cpu_init_registers(void)
{
	unsigned long cr4 = read_cr4() | CR4_PGE;

	init_syscall_msrs();
	cr4 |= x86.smep ? CR4_SMEP : 0;
	cr4 |= x86.smap ? CR4_SMAP : 0;
	cr4 |= x86.umip ? CR4_UMIP : 0;
	cr4 |= x86.fsgsbase ? CR4_FSGSBASE : 0;
	cr4 |= x86.pcid ? CR4_PCIDE : 0;	/* CR3's low bits are 0 here, as setting it requires */
	write_cr4(cr4);
	write_cr0((read_cr0() | CR0_MP | CR0_NE | CR0_WP | CR0_AM) & ~(CR0_EM | CR0_TS | CR0_CD | CR0_NW));
	fpu_init_cpu();
	if (x86.rdtscp || x86.rdpid)
		wrmsr(MSR_TSC_AUX, arch_cpu_id());
}

bool arch_random64(uint64_t *out)
{
	uint8_t ok = 0;

	if (!x86.rdrand)
		return false;
	for (unsigned tries = 0; tries < 10 && !ok; tries++)
		__asm__ __volatile__("rdrand %0; setc %1" : "=r"(*out), "=qm"(ok) : : "cc");
	return ok;
}

unsigned long arch_hwcap(void)
{
	return x86.leaf1_d;
}

unsigned long arch_hwcap2(void)
{
	return x86.fsgsbase ? 1UL << 1 : 0;	/* HWCAP2_FSGSBASE */
}

const char *arch_platform(void)
{
	return "x86_64";
}
