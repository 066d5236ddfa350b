/* SPDX-License-Identifier: MIT */
/* machine/msr.h: model-specific and control registers, CPUID. Numbers: Intel SDM volumes 3 and 4, AMD APM volume 2. */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define MSR_APIC_BASE		0x1b
#define MSR_TSC_DEADLINE	0x6e0
#define MSR_X2APIC		0x800
#define MSR_PAT			0x277
#define MSR_EFER		0xc0000080
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_FMASK		0xc0000084
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102
#define MSR_TSC_AUX		0xc0000103
#define MSR_KVM_SYSTEM_TIME	0x4b564d01

#define EFER_SCE	0x001UL
#define EFER_LME	0x100UL
#define EFER_NXE	0x800UL

#define CR0_MP		0x00000002UL
#define CR0_EM		0x00000004UL
#define CR0_TS		0x00000008UL
#define CR0_NE		0x00000020UL
#define CR0_WP		0x00010000UL
#define CR0_AM		0x00040000UL
#define CR0_NW		0x20000000UL
#define CR0_CD		0x40000000UL

#define CR3_NOFLUSH	(1UL << 63)

#define CR4_PGE		0x000080UL
#define CR4_OSFXSR	0x000200UL
#define CR4_OSXMMEXCPT	0x000400UL
#define CR4_UMIP	0x000800UL
#define CR4_FSGSBASE	0x010000UL
#define CR4_PCIDE	0x020000UL
#define CR4_OSXSAVE	0x040000UL
#define CR4_SMEP	0x100000UL
#define CR4_SMAP	0x200000UL

#define FLAGS_CF	0x000001UL
#define FLAGS_FIXED	0x000002UL
#define FLAGS_TF	0x000100UL
#define FLAGS_IF	0x000200UL
#define FLAGS_DF	0x000400UL
#define FLAGS_NT	0x004000UL
#define FLAGS_RF	0x010000UL
#define FLAGS_AC	0x040000UL
/* What a user program may set in its own flags: CF PF AF ZF SF TF DF OF RF AC. */
#define FLAGS_USER	0x050dd5UL

static __always_inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ __volatile__("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return (uint64_t)hi << 32 | lo;
}

static __always_inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ __volatile__("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

struct cpuid_regs {
	uint32_t a, b, c, d;
};

static __always_inline struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_regs r;

	__asm__ __volatile__("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(subleaf));
	return r;
}

static __always_inline unsigned long read_cr0(void)
{
	unsigned long v;

	__asm__ __volatile__("mov %%cr0, %0" : "=r"(v) : : "memory");
	return v;
}

static __always_inline void write_cr0(unsigned long v)
{
	__asm__ __volatile__("mov %0, %%cr0" : : "r"(v) : "memory");
}

static __always_inline unsigned long read_cr2(void)
{
	unsigned long v;

	__asm__ __volatile__("mov %%cr2, %0" : "=r"(v) : : "memory");
	return v;
}

static __always_inline unsigned long read_cr3(void)
{
	unsigned long v;

	__asm__ __volatile__("mov %%cr3, %0" : "=r"(v) : : "memory");
	return v;
}

static __always_inline void write_cr3(unsigned long v)
{
	__asm__ __volatile__("mov %0, %%cr3" : : "r"(v) : "memory");
}

static __always_inline unsigned long read_cr4(void)
{
	unsigned long v;

	__asm__ __volatile__("mov %%cr4, %0" : "=r"(v) : : "memory");
	return v;
}

static __always_inline void write_cr4(unsigned long v)
{
	__asm__ __volatile__("mov %0, %%cr4" : : "r"(v) : "memory");
}

static __always_inline unsigned long rdfsbase(void)
{
	unsigned long v;

	__asm__ __volatile__("rdfsbase %0" : "=r"(v) : : "memory");
	return v;
}

static __always_inline void wrfsbase(unsigned long v)
{
	__asm__ __volatile__("wrfsbase %0" : : "r"(v) : "memory");
}

static __always_inline void invlpg(unsigned long va)
{
	__asm__ __volatile__("invlpg (%0)" : : "r"(va) : "memory");
}
