/* SPDX-License-Identifier: MIT */
/*
 * machine/desc.h: selectors, exception and interrupt vectors, and each CPU's descriptor tables (cpu/desc.c).
 *
 * Selectors are those Linux uses: programs see them in signal frames and through ptrace.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define X86_KERNEL_CS	0x10
#define X86_KERNEL_DS	0x18
#define X86_USER32_CS	0x23	/* SYSRET's base: user data and 64-bit code follow */
#define X86_USER_DS	0x2b
#define X86_USER_CS	0x33
#define X86_TSS_SEL	0x40
#define X86_CPU_SEL	0x7b	/* limit holds the CPU number: LSL in the vDSO's getcpu */

enum x86_trap {
	X86_TRAP_DE = 0, X86_TRAP_DB = 1, X86_TRAP_NMI = 2, X86_TRAP_BP = 3, X86_TRAP_OF = 4, X86_TRAP_BR = 5,
	X86_TRAP_UD = 6, X86_TRAP_NM = 7, X86_TRAP_DF = 8, X86_TRAP_TS = 10, X86_TRAP_NP = 11, X86_TRAP_SS = 12,
	X86_TRAP_GP = 13, X86_TRAP_PF = 14, X86_TRAP_MF = 16, X86_TRAP_AC = 17, X86_TRAP_MC = 18, X86_TRAP_XM = 19,
};

/* 0x20..0x2f: where the masked PIC's spurious interrupts land. Dynamic vectors are shared by all CPUs. */
enum x86_vector {
	VECTOR_PIC = 0x20,
	VECTOR_DYNAMIC = 0x30,
	VECTOR_DYNAMIC_END = 0xf0,	/* first not dynamic */
	VECTOR_TIMER = 0xf0,
	VECTOR_RESCHED = 0xf1,
	VECTOR_CALL = 0xf2,
	VECTOR_TLB = 0xf3,
	VECTOR_ERROR = 0xfe,
	VECTOR_SPURIOUS = 0xff,
};

#define X86_IST_SIZE	8192UL	/* each is aligned to its size; its last word is the CPU's per-CPU offset */
enum x86_ist { IST_DF = 1, IST_NMI, IST_MC, IST_DB, IST_COUNT = IST_DB };

/* Fill the shared interrupt table. Once, while the image is still writable: it lies in read-only data. */
void desc_init_idt(void);
/* Build and load this CPU's GDT, TSS (IST stacks: IST_COUNT * X86_IST_SIZE bytes, aligned) and the IDT; GS is set. */
void desc_load(unsigned cpu, void *ist_stacks);
/* The stack an entry from user mode by interrupt or exception starts on. This CPU. */
void desc_set_kstack(uintptr_t top);
