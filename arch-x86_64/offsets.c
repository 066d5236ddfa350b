/* SPDX-License-Identifier: MIT */
/* Offsets and constants for assembly: compiled, never linked; the makefile turns each line into a NASM %define. */
#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/regs.h"
#include "machine/desc.h"
#include "machine/msr.h"
#include "sched/thread.h"

#define DEFINE(name, value)	__asm__ __volatile__("\n->" #name " %0" : : "i"(value))
#define REG(name, field)	DEFINE(REGS_##name, offsetof(struct arch_regs, field))

void offsets(void);
void offsets(void)
{
	DEFINE(CPU_CURRENT, offsetof(struct arch_cpu, current));
	DEFINE(CPU_KSTACK_TOP, offsetof(struct arch_cpu, kstack_top));
	DEFINE(CPU_SCRATCH, offsetof(struct arch_cpu, scratch));

	DEFINE(THREAD_WORK, offsetof(struct thread, blocker.work));
	DEFINE(THREAD_KSP, offsetof(struct thread, arch.ksp));
	DEFINE(THREAD_KSTACK_TOP, offsetof(struct thread, kstack_top));
	DEFINE(EXIT_WORK_MASK, WORK_EXIT_MASK);

	REG(R15, r15);
	REG(R11, r11);
	REG(AX, ax);
	REG(CX, cx);
	REG(DI, di);
	REG(ORIG_AX, orig_ax);
	REG(IP, ip);
	REG(CS, cs);
	REG(FLAGS, flags);
	REG(SP, sp);
	REG(SS, ss);
	DEFINE(REGS_SIZE, sizeof(struct arch_regs));

	DEFINE(KSTACK_SIZE, ARCH_KSTACK_SIZE);
	DEFINE(IST_SIZE, X86_IST_SIZE);
	DEFINE(KERNEL_CS, X86_KERNEL_CS);
	DEFINE(KERNEL_DS, X86_KERNEL_DS);
	DEFINE(USER_CS, X86_USER_CS);
	DEFINE(USER_DS, X86_USER_DS);
	DEFINE(MSR_GS_BASE, MSR_GS_BASE);
	DEFINE(VEC_NMI, X86_TRAP_NMI);
	DEFINE(VEC_DF, X86_TRAP_DF);
	DEFINE(VEC_MC, X86_TRAP_MC);
	DEFINE(VEC_DB, X86_TRAP_DB);
}
